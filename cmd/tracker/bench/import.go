package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/sheet"
)

// organisationsImport imports a list of organisations and returns the number added.
type organisationsImport func(ctx context.Context, c *cli.Invocation, path string) (added int, err error)

func newBenchImport(c *cli.Invocation, run organisationsImport) *cobra.Command {
	b := &measurement{Invocation: c}
	var rows int
	var invented bool
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Measure the import of a list of organisations",
		Long: `Measure "tracker import organisations" with a list (CSV) of invented companies, from
the first byte of the file to the last answer. The companies stay, so use a demo.`,
		Example: "  tracker bench import --dir demo --rows 20000",
		Args:    cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rows < 1 || rows > maxCompanies {
				return cli.Usage(cmd, "--rows %d: use 1 to %d", rows, maxCompanies)
			}
			if err := b.open(cmd); err != nil {
				return err
			}
			if err := b.nodes.mayInvent(invented); err != nil {
				return err
			}
			return b.imports(cmd.Context(), run, rows)
		},
	}
	b.flags(cmd, false)
	cmd.Flags().IntVar(&rows, "rows", 20_000, "number of rows in the list")
	cmd.Flags().BoolVar(&invented, "invented", false, inventedUsage)
	return cmd
}

// importResult is the measurement of one import.
type importResult struct {
	Rows      int      `json:"rows"`
	Added     int      `json:"added"`
	Bytes     int64    `json:"bytes"`
	Seconds   float64  `json:"seconds"`
	PerSecond float64  `json:"per_second"`
	ServerCPU *float64 `json:"server_cpu_ms"`
}

// imports runs the import verb's own code, without its messages.
func (b *measurement) imports(ctx context.Context, run organisationsImport, rows int) error {
	dir, err := os.MkdirTemp("", "tracker-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "invented.csv")
	size, err := writeInvented(path, rows)
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}

	// A slow import ends with the rows that it has added, and those are a result too.
	limited, cancel := context.WithTimeout(ctx, time.Duration(b.seconds)*time.Second)
	defer cancel()

	cpu, known := b.nodes.cpu()
	begun := time.Now()
	added, err := run(limited, b.Quietly(b.nodes.profiles[0]), path)
	elapsed := time.Since(begun)

	switch {
	case err != nil && errors.Is(limited.Err(), context.DeadlineExceeded):
		b.Say("the time was up after %d of %d rows: allow more with --seconds", added, rows)
	case err != nil:
		return err
	}

	r := importResult{Rows: rows, Added: added, Bytes: size, Seconds: elapsed.Seconds(),
		PerSecond: float64(added) / elapsed.Seconds(), ServerCPU: b.nodes.cpuEach(cpu, known, added)}
	t := cli.Table{Right: []int{0, 1, 2, 3, 4, 5},
		Header: []string{"ROWS", "ADDED", "BYTES", "SECONDS", "PER SECOND", "SERVER CPU MS EACH"}}
	t.Add(fmt.Sprint(r.Rows), fmt.Sprint(r.Added), fmt.Sprint(r.Bytes), fmt.Sprintf("%.1f", r.Seconds),
		fmt.Sprintf("%.0f", r.PerSecond), cpuCell(r.ServerCPU))

	return b.Print(b.out, r, t, "")
}

// writeInvented writes a list in the form that regions have and returns its size in bytes.
func writeInvented(path string, rows int) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()

	w := sheet.NewWriter(f)
	// With quoted cells, line breaks and capitals, because a real list takes that work too.
	w.Row("EmployerName", "CompanyNumber", "Address", "DateSubmitted")
	for _, number := range inventedNumbers(rows) {
		name := fmt.Sprintf("Bench %d Ltd", number)
		w.Row(strings.ToUpper(name), fmt.Sprint(number), "1 Invented Street,\nOxford, OX4 9ZZ", "2023/03/31 12:00:00")
	}

	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Close()
}
