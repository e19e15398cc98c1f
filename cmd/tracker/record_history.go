package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newRecordHistory(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "history KIND ID",
		Short: "Show every version of a record, oldest first",
		Args:  exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), recordPath(kind, args[1])+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of %s %s: %w", kind.Kind, args[1], err)
			}
			var versions struct{ Items []map[string]json.RawMessage }
			if err := r.into(&versions); err != nil {
				return err
			}
			t := table{header: []string{"VERSION", "BY", "AT", "DELETED", "FIELDS"}}
			for _, record := range versions.Items {
				cell := recordCells(kind, record)
				var fields []string
				for _, f := range kind.Fields {
					if value := cell(f.Name); value != "" {
						fields = append(fields, f.Name+"="+value)
					}
				}
				t.add(cell("version"), cell("recorded_by"), cell("recorded_at"), cell("deleted"), strings.Join(fields, ", "))
			}
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, true)
	return cmd
}
