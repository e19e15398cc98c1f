package records

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newRecordHistory(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "history KIND ID",
		Short: "Show every version of a record, oldest first",
		Args:  cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			r, err := c.Read(cmd.Context(), fmt.Sprintf("history of %s %s", kind.Kind, args[1]), recordPath(kind, args[1])+"/history", nil)
			if err != nil {
				return err
			}
			var versions struct{ Items []map[string]json.RawMessage }
			if err := r.Into(&versions); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"VERSION", "BY", "AT", "DELETED", "FIELDS"}}
			for _, record := range versions.Items {
				cell := recordCells(kind, record)
				var fields []string
				for _, f := range kind.Fields {
					if value := cell(f.Name); value != "" {
						fields = append(fields, f.Name+"="+value)
					}
				}
				t.Add(cell("version"), cell("recorded_by"), cell("recorded_at"), cell("deleted"), strings.Join(fields, ", "))
			}
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
