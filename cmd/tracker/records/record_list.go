package records

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRecordList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var organisation, cycleText, area string
	var deleted bool
	cmd := &cobra.Command{
		Use:   "list KIND",
		Short: "List the records of a kind",
		Args:  cli.Exactly("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			query := url.Values{}
			if organisation != "" {
				id, err := cli.ParseID(cmd, organisation)
				if err != nil {
					return err
				}
				query.Set("organisation", string(id))
			}
			if cycleText != "" {
				cycle, err := cli.ParseCycle(cmd, cycleText)
				if err != nil {
					return err
				}
				query.Set("cycle", string(cycle))
			}
			if area != "" {
				query.Set("area", area)
			}
			if deleted {
				query.Set("deleted", "true")
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			return printRecords(cmd.Context(), c, out, kind, cl, "/"+string(kind.Kind), query)
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().StringVar(&organisation, "organisation", "", "only those of this company")
	cmd.Flags().StringVar(&cycleText, "cycle", "", "only those of this cycle")
	areaFlag(cmd, &area)
	cmd.Flags().BoolVar(&deleted, "deleted", false, "the deleted ones instead")
	return cmd
}

func printRecords(ctx context.Context, c *cli.Invocation, out cli.Format, kind survey.RecordType, cl *cli.Client, path string, query url.Values) error {
	found, raw, err := cli.Pages[map[string]json.RawMessage](ctx, cl, path, query, 0)
	if err != nil {
		return fmt.Errorf("list the %s: %w", kind.Kind, err)
	}
	columns := recordColumns(kind)
	t := cli.Table{}
	for _, name := range columns {
		t.Header = append(t.Header, strings.ToUpper(name))
	}
	for _, record := range found {
		cell := recordCells(kind, record)
		row := make([]string, len(columns))
		for i, name := range columns {
			row[i] = cell(name)
		}
		t.Add(row...)
	}
	return c.Print(out, cli.ItemsJSON(raw), t, "There are none. Add one with \"tracker record add "+string(kind.Kind)+" --set ...\".")
}
