package records

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRecordList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var organisation survey.Identifier
	var cycle survey.Cycle
	var area string
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
			query := cli.Query("organisation", string(organisation), "cycle", string(cycle), "area", area,
				"deleted", cli.True(deleted))
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			return printRecords(cmd.Context(), c, out, kind, cl, "/"+string(kind.Kind), query)
		},
	}
	out.Flags(cmd, true)
	cli.ParsedFlag(cmd, &organisation, cli.Identifier, "organisation", "only records of this organisation")
	cli.ParsedFlag(cmd, &cycle, survey.ParseCycle, "cycle", "only records of this cycle")
	areaFlag(cmd, &area)
	cmd.Flags().BoolVar(&deleted, "deleted", false, "list the deleted records instead")
	return cmd
}

func printRecords(ctx context.Context, c *cli.Invocation, out cli.Format, kind survey.RecordType, cl *cli.Client,
	path string, query url.Values) error {
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
		cell := recordCells(record)

		// Every record has every column, so that the table lines up.
		row := make([]string, len(columns))
		for i, name := range columns {
			row[i] = cell(name)
		}
		t.Add(row...)
	}

	return c.Print(out, cli.ItemsJSON(raw), t,
		"There are none. Add one with \"tracker record add "+string(kind.Kind)+" --set ...\".")
}

// areaFlag adds --area. It keeps only records about organisations in one area.
func areaFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "area", "", "only what is about organisations in this area (a code or a name)")
}

// foundRecord is a record that a search found, in the node's form.
type foundRecord struct {
	Record  map[string]json.RawMessage `json:"record"`
	Matched []string                   `json:"matched"`
}

func newRecordSearch(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var kindText, area string
	var organisation survey.Identifier
	var limit int
	cmd := &cobra.Command{
		Use:   "search WORD...",
		Short: "Search this region's own records",
		Long: `Search this region's own records: contacts, notes, interactions and every other kind.
Each word must occur in the record, in any field, at least as part of a word. Case,
accents and punctuation do not matter. The records recorded last come first. None of this
leaves the node.`,
		Example: "  tracker record search wound oxford\n  tracker record search o'brien --kind contacts",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := cli.Query("q", strings.Join(args, " "), "limit", strconv.Itoa(limit),
				"organisation", string(organisation), "area", area)

			// Without a kind the search covers all of them.
			if kindText != "" {
				kind, err := parseKind(cmd, kindText)
				if err != nil {
					return err
				}
				query.Set("kind", string(kind.Kind))
			}

			r, err := c.Read(cmd.Context(), "search the records", "/search", query)
			if err != nil {
				return err
			}
			return printFound(c, out, r)
		},
	}
	out.Flags(cmd, true)
	cmd.Flags().StringVar(&kindText, "kind", "", "only records of this kind")
	cli.ParsedFlag(cmd, &organisation, cli.Identifier, "organisation", "only records of this organisation")
	areaFlag(cmd, &area)
	cmd.Flags().IntVar(&limit, "limit", 50, "maximum number of records, up to 200")
	return cmd
}

// foundWidth is the number of characters of a field that a line shows.
const foundWidth = 60

func printFound(c *cli.Invocation, out cli.Format, r cli.Reply) error {
	var answer struct {
		Items []foundRecord `json:"items"`
		More  bool          `json:"more"`
	}
	if err := r.Into(&answer); err != nil {
		return err
	}

	t := cli.Table{Header: []string{"KIND", "ID", "ORGANISATION", "FIELD", "TEXT"}}
	for _, f := range answer.Items {
		cell := recordCells(f.Record)
		kind, err := survey.RecordTypeOf(survey.RecordKind(cell("kind")))
		if err != nil {
			return err
		}

		for _, field := range f.Matched {
			text := cell(field)

			// Cut between characters, never inside one; programs get all of it.
			if runes := []rune(text); len(runes) > foundWidth && !out.CSV {
				text = string(runes[:foundWidth]) + "..."
			}
			t.Add(string(kind.Kind), cell("id"), cell("organisation"), field, text)
		}
	}

	if err := c.Print(out, r.Body, t, "No record of this region contains these words."); err != nil {
		return err
	}

	if answer.More {
		c.Say("There are more: add a word, or choose a --kind.")
	}
	return nil
}

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

			path, doing := recordPath(kind, args[1])+"/history", fmt.Sprintf("history of %s %s", kind.Kind, args[1])
			versions, r, err := cli.Decoded[api.Page[map[string]json.RawMessage]](c.Read(cmd.Context(), doing, path,
				nil))
			if err != nil {
				return err
			}

			t := cli.Table{Header: []string{"VERSION", "BY", "AT", "DELETED", "FIELDS"}}
			for _, record := range versions.Items {
				cell := recordCells(record)
				var fields []string
				for _, f := range kind.Fields {
					if value := cell(f.Name); value != "" {
						fields = append(fields, f.Name+"="+value)
					}
				}

				t.Add(cell("version"), cell("recorded_by"), cell("recorded_at"), cell("deleted"),
					strings.Join(fields, ", "))
			}
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
