package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/sheet"
)

// Format is how a verb prints its data.
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

// Print writes the data as the person asked for. raw is the JSON of it; empty
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

// PrintJSON writes JSON with indents; what the node sent stays as it sent it.
func (c *Invocation) PrintJSON(v any) error {
	text, ok := v.(json.RawMessage)
	if !ok {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return fmt.Errorf("print JSON: %w", err)
		}
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace(text), "", "  "); err != nil {
		return fmt.Errorf("the node's answer is not JSON: %w", err)
	}
	fmt.Fprintln(c.Data, indented.String())
	return nil
}
