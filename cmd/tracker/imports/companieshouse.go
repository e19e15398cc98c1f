package imports

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/companieshouse"
)

func newImportCompaniesHouse(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var asOf string
	cmd := &cobra.Command{
		Use:   "companies-house FILE",
		Short: "Copy the Companies House register into --dir, to look up companies",
		Long: `Copy the Companies House register into the node's directory.

FILE is BasicCompanyData as Companies House publishes it every month, as CSV or in its
ZIP file (https://download.companieshouse.gov.uk/en_output.html). The copy stays at this
node. A running node notices it and from then on fills in names, previous names, status
and postcode district when a company is added by its number. "tracker org refresh" does
the same for companies that are registered already.

The date of the register is taken from the file's name, or from --as-of. A file that
cannot be read to its end replaces nothing.`,
		Example: "  tracker import companies-house BasicCompanyDataAsOneFile-2026-11-01.zip --dir /var/lib/tracker",
		Args:    cli.Exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := c.Dir()
			if dir == "" {
				return cli.Usage(cmd, "name the node's directory with --dir")
			}

			day, err := registerDay(args[0], asOf)
			if err != nil {
				return cli.Usage(cmd, "%v", err)
			}

			source, size, err := openRegister(args[0])
			if err != nil {
				return fmt.Errorf("open the register: %w; nothing was changed", err)
			}
			defer source.Close()

			target := filepath.Join(dir, companieshouse.FileName)
			about, err := companieshouse.Build(cmd.Context(), target, c.Watched(source, size, "reading the register"),
				day)
			if err != nil {
				return fmt.Errorf("import %s: %w; nothing was changed", filepath.Base(args[0]), err)
			}

			if out.JSON {
				return c.PrintJSON(about)
			}
			fmt.Fprintf(c.Data, "%d companies of %s can now be looked up at this node.\n", about.Companies, about.AsOf)
			return nil
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&asOf, "as-of", "", "date of the register, YYYY-MM-DD (default: from the file's name)")
	return cmd
}

// registerDay returns the date that was given, or else the date in the file's name.
func registerDay(path, said string) (string, error) {
	day := said
	if day == "" {
		day = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`).FindString(filepath.Base(path))
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", fmt.Errorf("the file's name has no date: give the register's date with --as-of YYYY-MM-DD")
	}
	return day, nil
}

// openRegister opens a CSV file, or the only file in a ZIP file. It returns the size in bytes,
// unpacked.
func openRegister(path string) (io.ReadCloser, int64, error) {
	if !strings.EqualFold(filepath.Ext(path), ".zip") {
		file, err := os.Open(path)
		if err != nil {
			return nil, 0, err
		}
		info, err := file.Stat()
		if err != nil {
			return nil, 0, err
		}
		return file, info.Size(), nil
	}

	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, 0, err
	}
	if len(archive.File) != 1 {
		return nil, 0, fmt.Errorf("the ZIP file holds %d files instead of one", len(archive.File))
	}

	file, err := archive.File[0].Open()
	if err != nil {
		return nil, 0, err
	}
	return unpacked{file, archive}, int64(archive.File[0].UncompressedSize64), nil
}

// unpacked is a file in an archive. Closing it closes the archive too.
type unpacked struct {
	io.ReadCloser
	archive *zip.ReadCloser
}

// Close closes both.
func (u unpacked) Close() error {
	if err := u.ReadCloser.Close(); err != nil {
		return err
	}
	return u.archive.Close()
}
