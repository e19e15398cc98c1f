package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newRecordCommand(c *cli) *cobra.Command {
	cmd := group("record", "Keep this region's own records: contacts, engagements, interactions and more",
		newRecordAdd(c), newRecordChange(c), newRecordList(c), newRecordSearch(c), newRecordAreas(c), newRecordShow(c), newRecordHistory(c),
		newRecordDelete(c), newRecordRestore(c), newRecordErase(c), newRecordFields(c), newRecordReassign(c), newRecordRetention(c))
	cmd.Long = `Keep this region's own records. They stay at this region's node; what counts of
them enters its figures at once.

The kinds: ` + joinIDs(survey.RecordKinds()) + `.
"tracker record fields KIND" lists the fields of a kind. A field of the region's
own begins with its code, as in otv.lep=Oxfordshire.`
	return cmd
}

func parseKind(cmd *cobra.Command, text string) (survey.RecordType, error) {
	kind, err := survey.RecordTypeOf(survey.RecordKind(strings.ToLower(text)))
	if err != nil {
		return kind, usage(cmd, "%q is no kind of record: use one of %s", text, joinIDs(survey.RecordKinds()))
	}
	return kind, nil
}

func recordPath(kind survey.RecordType, id string) string {
	return "/" + string(kind.Kind) + "/" + url.PathEscape(id)
}

// recordFlags are how a record is given: field by field, or in a file.
type recordFlags struct {
	set  []string
	file string
}

func (f *recordFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "one field, as name=value; may be repeated")
	cmd.Flags().StringVar(&f.file, "file", "", "file with all fields, a JSON object; \"-\" reads standard input")
	cmd.MarkFlagsOneRequired("set", "file")
	cmd.MarkFlagsMutuallyExclusive("set", "file")
}

// body returns the fields as the API takes them. Values stay text: the node
// reads numbers, dates and lists out of it exactly.
func (f *recordFlags) body(cmd *cobra.Command, c *cli) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if f.file == "" {
		for _, pair := range f.set {
			name, value, found := strings.Cut(pair, "=")
			if name = strings.TrimSpace(name); !found || name == "" || fields[name] != nil {
				return nil, usage(cmd, "--set %q: write name=value, each name once", pair)
			}
			text, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("--set %s: %w", name, err)
			}
			fields[name] = text
		}
		return fields, nil
	}
	source := c.In
	if f.file != "-" {
		opened, err := os.Open(f.file)
		if err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
		defer opened.Close()
		source = opened
	}
	text, err := io.ReadAll(io.LimitReader(source, maxAnswersBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil || len(text) > maxAnswersBytes {
		return nil, fileFault(fmt.Errorf("%s: not a JSON object of at most %d bytes", f.file, maxAnswersBytes))
	}
	return fields, nil
}

func newRecordAdd(c *cli) *cobra.Command {
	var out format
	var given recordFlags
	cmd := &cobra.Command{
		Use:     "add KIND",
		Short:   "Add a record",
		Example: "  tracker record add interactions --set organisation=GB-COH:07209813 --set date=2022-06-01 --set channel=call --set two_way=yes --set minutes=45 --set innovation=Pump",
		Args:    exactly("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			body, err := given.body(cmd, c)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/"+string(kind.Kind), body)
			if err != nil {
				return fmt.Errorf("add to %s: %w", kind.Kind, err)
			}
			return printRecord(c, out, kind, r)
		},
	}
	out.flags(cmd, false)
	given.flags(cmd)
	return cmd
}

func newRecordChange(c *cli) *cobra.Command {
	var out format
	var given recordFlags
	cmd := &cobra.Command{
		Use:   "change KIND ID",
		Short: "Record a new version; earlier ones are kept",
		Long: `Record a new version; earlier ones are kept. Fields given with --set replace
those that are there, an empty value takes a field away; --file gives all.`,
		Args: exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			body, err := given.body(cmd, c)
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			path := recordPath(kind, args[1])
			if given.file == "" {
				if body, err = withFields(cmd.Context(), cl, kind, path, body); err != nil {
					return err
				}
			}
			r, err := cl.change(cmd.Context(), http.MethodPut, path, body, cl.nextKey())
			if err != nil {
				return fmt.Errorf("change %s %s: %w", kind.Kind, args[1], err)
			}
			return printRecord(c, out, kind, r)
		},
	}
	out.flags(cmd, false)
	given.flags(cmd)
	return cmd
}

// withFields returns the record as it is with the fields in it. Its version goes
// back with it, so that nobody's change in between is lost.
func withFields(ctx context.Context, cl *client, kind survey.RecordType, path string, fields map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	r, err := cl.get(ctx, path, nil)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind.Kind, err)
	}
	body := map[string]json.RawMessage{}
	if err := r.into(&body); err != nil {
		return nil, err
	}
	_, date := fields[kind.CycleFrom]
	if _, cycle := fields["cycle"]; date && !cycle {
		delete(body, "cycle") // it follows the new day
	}
	for name, value := range fields {
		body[name] = value
	}
	return body, nil
}

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

// recordColumns are the id, the version, the kind's fields and what is
// computed from them.
func recordColumns(kind survey.RecordType) []string {
	columns := []string{"id", "version"}
	for _, f := range kind.Fields {
		columns = append(columns, f.Name)
	}
	return append(columns, kind.Computed()...)
}

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
