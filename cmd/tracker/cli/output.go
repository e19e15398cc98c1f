package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/sheet"
)

// Format says how a verb prints its data.
type Format struct {
	JSON bool
	CSV  bool
}

// Flags adds --json, and --csv for lists.
func (f *Format) Flags(cmd *cobra.Command, list bool) {
	cmd.Flags().BoolVar(&f.JSON, "json", false, "print the node's answer as JSON")
	if list {
		cmd.Flags().BoolVar(&f.CSV, "csv", false, "print the list as CSV (UTF-8)")
		cmd.MarkFlagsMutuallyExclusive("json", "csv")
	}
}

// Print writes the data in the format that was asked for. raw is its JSON. empty
// says what to do next when there are no rows.
func (c *Invocation) Print(f Format, raw any, t Table, empty string) error {
	switch {
	case f.JSON:
		return c.PrintJSON(raw)
	case f.CSV:
		w := sheet.NewWriter(c.Data)
		w.Row(t.Header...)
		for _, row := range t.Rows {
			w.Row(row...)
		}
		return w.Flush()
	case len(t.Rows) == 0:
		c.Say("%s", empty)
		return nil
	}
	return t.Write(c.Data)
}

// PrintJSON writes JSON with indents. Numbers and the order of members stay as
// the node sent them.
func (c *Invocation) PrintJSON(v any) error {
	text, ok := v.(json.RawMessage)
	if !ok {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return fmt.Errorf("print JSON: %w", err)
		}
	}

	// Indented as text: decoding would round large numbers and sort the members.
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace(text), "", "  "); err != nil {
		return fmt.Errorf("the node's answer is not JSON: %w", err)
	}
	fmt.Fprintln(c.Data, indented.String())
	return nil
}

// Deliver writes an export to a file that only this person can read, or to
// standard output if no file is named.
func (c *Invocation) Deliver(text []byte, file string) error {
	if file == "" {
		_, err := c.Data.Write(text)
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	c.Say("%s: %s bytes", file, Digits(int64(len(text))))
	return nil
}
