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
		Short: "Put a copy of the Companies House register into --dir, to look companies up",
		Long: `Put a copy of the Companies House register into the node's directory.

FILE is BasicCompanyData as Companies House publishes it every month, as CSV or
still in its ZIP file (https://download.companieshouse.gov.uk/en_output.html). It
stays at this node. A running node notices it by itself, and from then on fills in
names, previous names, status and postcode district of companies that are added by
number; "tracker org refresh" does it for those that are registered already.

The day of the register is read from the file's name; --as-of says it otherwise.
A file that cannot be read to its end replaces nothing.`,
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
			about, err := companieshouse.Build(cmd.Context(), filepath.Join(dir, companieshouse.FileName), c.Watched(source, size, "reading the register"), day)
			if err != nil {
				return fmt.Errorf("import %s: %w; nothing was changed", filepath.Base(args[0]), err)
			}
			if out.JSON {
				return c.PrintJSON(about)
			}
			fmt.Fprintf(c.Data, "%d companies of %s can be looked up at this node.\n", about.Companies, about.AsOf)
			return nil
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&asOf, "as-of", "", "the day of the register, YYYY-MM-DD (default: from the file's name)")
	return cmd
}

// registerDay is the day that the file's name has, unless it was said.
func registerDay(path, said string) (string, error) {
	day := said
	if day == "" {
		day = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`).FindString(filepath.Base(path))
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", fmt.Errorf("the file's name has no day: say with --as-of YYYY-MM-DD which day's register it is")
	}
	return day, nil
}

// openRegister opens the CSV file, or the only one in a ZIP file, and returns
// its size in bytes.
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

// unpacked closes the archive with the file that is read from it.
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
