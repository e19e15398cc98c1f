package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/sheet"
)

// format is how a verb prints its data.
type format struct {
	json bool
	csv  bool
}

// flags adds --json, and --csv for lists.
func (f *format) flags(cmd *cobra.Command, list bool) {
	cmd.Flags().BoolVar(&f.json, "json", false, "print the node's answer as JSON")
	if list {
		cmd.Flags().BoolVar(&f.csv, "csv", false, "print the list as CSV (UTF-8)")
		cmd.MarkFlagsMutuallyExclusive("json", "csv")
	}
}

// print writes the data as the person asked for. raw is the JSON of it; empty
// says what to do next when there are no rows.
func (c *cli) print(f format, raw any, t table, empty string) error {
	switch {
	case f.json:
		return c.printJSON(raw)
	case f.csv:
		w := sheet.NewWriter(c.out)
		w.Row(t.header...)
		for _, row := range t.rows {
			w.Row(row...)
		}
		return w.Flush()
	case len(t.rows) == 0:
		c.say("%s", empty)
		return nil
	}
	return t.write(c.out)
}

// printJSON writes JSON with indents; what the node sent stays as it sent it.
func (c *cli) printJSON(v any) error {
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
	fmt.Fprintln(c.out, indented.String())
	return nil
}
