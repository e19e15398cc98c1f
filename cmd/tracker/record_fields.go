package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

// recordCells returns the record's fields as text, with what is computed.
func recordCells(kind survey.RecordType, record map[string]json.RawMessage) func(name string) string {
	return func(name string) string {
		var list []string
		var text string
		switch raw := record[name]; {
		case raw == nil:
			return ""
		case json.Unmarshal(raw, &text) == nil:
			return text
		case json.Unmarshal(raw, &list) == nil:
			return strings.Join(list, "; ")
		case string(raw) == "true", string(raw) == "false":
			return yesNo(string(raw) == "true")
		default:
			return string(raw)
		}
	}
}

// recordColumns are the id, the version, the kind's fields and what is
// computed from them.
func recordColumns(kind survey.RecordType) []string {
	columns := []string{"id", "version"}
	for _, f := range kind.Fields {
		columns = append(columns, f.Name)
	}
	return append(columns, kind.Computed()...)
}

func printRecord(c *cli, out format, kind survey.RecordType, r reply) error {
	var record map[string]json.RawMessage
	if err := r.into(&record); err != nil {
		return err
	}
	cell := recordCells(kind, record)
	t := table{}
	for _, name := range append(recordColumns(kind), "deleted", "recorded_by", "recorded_at") {
		if value := cell(name); value != "" {
			t.add(name, value)
		}
	}
	for name := range record {
		if strings.Contains(name, ".") {
			t.add(name, cell(name))
		}
	}
	return c.print(out, r.body, t, "")
}

func newRecordFields(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "fields KIND",
		Short: "List the fields of a kind, without asking a node",
		Args:  exactly("KIND"),
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
			t, raw := table{header: []string{"FIELD", "MEANS", "KIND", "NEEDED", "OPTIONS"}}, []described{}
			for _, f := range kind.Fields {
				var options []string
				for _, o := range f.Options {
					options = append(options, o.Code)
				}
				t.add(f.Name, f.Label, string(f.Kind), yesNo(f.Required), strings.Join(options, ", "))
				raw = append(raw, described{f.Name, f.Label, string(f.Kind), f.Required, options})
			}
			return c.print(out, raw, t, "")
		},
	}
	out.flags(cmd, true)
	return cmd
}
