package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newRecordList(c *cli) *cobra.Command {
	var out format
	var organisation, cycleText, area string
	var deleted bool
	cmd := &cobra.Command{
		Use:   "list KIND",
		Short: "List the records of a kind",
		Args:  exactly("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			query := url.Values{}
			if organisation != "" {
				id, err := parseOneID(cmd, organisation)
				if err != nil {
					return err
				}
				query.Set("organisation", string(id))
			}
			if cycleText != "" {
				cycle, err := parseCycle(cmd, cycleText)
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
			cl, err := c.connect()
			if err != nil {
				return err
			}
			return printRecords(cmd.Context(), c, out, kind, cl, "/"+string(kind.Kind), query)
		},
	}
	out.flags(cmd, true)
	cmd.Flags().StringVar(&organisation, "organisation", "", "only those of this company")
	cmd.Flags().StringVar(&cycleText, "cycle", "", "only those of this cycle")
	areaFlag(cmd, &area)
	cmd.Flags().BoolVar(&deleted, "deleted", false, "the deleted ones instead")
	return cmd
}

func printRecords(ctx context.Context, c *cli, out format, kind survey.RecordType, cl *client, path string, query url.Values) error {
	found, raw, err := pages[map[string]json.RawMessage](ctx, cl, path, query, 0)
	if err != nil {
		return fmt.Errorf("list the %s: %w", kind.Kind, err)
	}
	columns := recordColumns(kind)
	t := table{}
	for _, name := range columns {
		t.header = append(t.header, strings.ToUpper(name))
	}
	for _, record := range found {
		cell := recordCells(kind, record)
		row := make([]string, len(columns))
		for i, name := range columns {
			row[i] = cell(name)
		}
		t.add(row...)
	}
	return c.print(out, itemsJSON(raw), t, "There are none. Add one with \"tracker record add "+string(kind.Kind)+" --set ...\".")
}
