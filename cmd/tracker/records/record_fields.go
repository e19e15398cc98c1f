package records

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// recordCells returns a function that writes a field of the record as text.
func recordCells(record map[string]json.RawMessage) func(name string) string {
	return func(name string) string {
		var list []string
		var text string

		// By the shape of the JSON, so that fields of later versions are shown too.
		switch raw := record[name]; {
		case raw == nil:
			return ""
		case json.Unmarshal(raw, &text) == nil:
			return text
		case json.Unmarshal(raw, &list) == nil:
			return strings.Join(list, "; ")
		case string(raw) == "true", string(raw) == "false":
			return survey.YesNo(string(raw) == "true")
		default:
			return string(raw)
		}
	}
}

// recordColumns returns id, version, the kind's fields and the computed ones.
func recordColumns(kind survey.RecordType) []string {
	columns := []string{"id", "version"}
	for _, f := range kind.Fields {
		columns = append(columns, f.Name)
	}
	return append(columns, kind.Computed()...)
}

func printRecord(c *cli.Invocation, out cli.Format, kind survey.RecordType, r cli.Reply) error {
	var record map[string]json.RawMessage
	if err := r.Into(&record); err != nil {
		return err
	}
	cell := recordCells(record)

	t := cli.Table{}
	for _, name := range append(recordColumns(kind), "deleted", "recorded_by", "recorded_at") {
		if value := cell(name); value != "" {
			t.Add(name, value)
		}
	}

	// The region's own fields are not in the kind; their names have a dot.
	for _, name := range slices.Sorted(maps.Keys(record)) {
		if strings.Contains(name, ".") {
			t.Add(name, cell(name))
		}
	}

	return c.Print(out, r.Body, t, "")
}

func newRecordFields(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "fields KIND",
		Short: "List the fields of a kind; needs no node",
		Args:  cli.Exactly("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			type described struct {
				Name     string   `json:"name"`
				Label    string   `json:"label"`
				Kind     string   `json:"kind"`
				Required bool     `json:"required"`
				Options  []string `json:"options,omitempty"`
			}

			t, raw := cli.Table{Header: []string{"FIELD", "MEANS", "KIND", "NEEDED", "OPTIONS"}}, []described{}
			for _, f := range kind.Fields {
				var options []string
				for _, o := range f.Options {
					options = append(options, o.Code)
				}
				t.Add(f.Name, f.Label, string(f.Kind), survey.YesNo(f.Required), strings.Join(options, ", "))
				raw = append(raw, described{f.Name, f.Label, string(f.Kind), f.Required, options})
			}

			return c.Print(out, raw, t, "")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
