package records

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// areaFlag narrows what is shown to the organisations in an area.
func areaFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "area", "", "only what is about organisations in this area: a code, or a name of the region's list")
}

// foundRecord is a record that a search found, as the node sent it.
type foundRecord struct {
	Record  map[string]json.RawMessage `json:"record"`
	Matched []string                   `json:"matched"`
}

func newRecordSearch(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var kindText, organisation, area string
	var limit int
	cmd := &cobra.Command{
		Use:   "search WORD...",
		Short: "Find this region's own records by their words",
		Long: `Find this region's own records by their words: contacts, notes, interactions and
every other kind. Each word has to stand in the record, in any field, as part of
a word at least; case, accents and signs do not matter. Those recorded last come
first. Nothing of it leaves the node.`,
		Example: "  tracker record search wound oxford\n  tracker record search o'brien --kind contacts",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{"q": {strings.Join(args, " ")}, "limit": {strconv.Itoa(limit)}}
			if kindText != "" {
				kind, err := parseKind(cmd, kindText)
				if err != nil {
					return err
				}
				query.Set("kind", string(kind.Kind))
			}
			if organisation != "" {
				id, err := cli.ParseID(cmd, organisation)
				if err != nil {
					return err
				}
				query.Set("organisation", string(id))
			}
			if area != "" {
				query.Set("area", area)
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
	cmd.Flags().StringVar(&organisation, "organisation", "", "only those of this company")
	areaFlag(cmd, &area)
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many, up to 200")
	return cmd
}

// foundWidth is how much of a field a line shows.
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
		kind, err := survey.RecordTypeOf(survey.RecordKind(recordCells(survey.RecordType{}, f.Record)("kind")))
		if err != nil {
			return err
		}
		cell := recordCells(kind, f.Record)
		for _, field := range f.Matched {
			text := cell(field)
			if runes := []rune(text); len(runes) > foundWidth && !out.CSV {
				text = string(runes[:foundWidth]) + "..."
			}
			t.Add(string(kind.Kind), cell("id"), cell("organisation"), field, text)
		}
	}
	if err := c.Print(out, r.Body, t, "No record of this region has these words."); err != nil {
		return err
	}
	if answer.More {
		c.Say("There are more: add a word, or name a --kind.")
	}
	return nil
}
