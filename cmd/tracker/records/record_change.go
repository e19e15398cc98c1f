package records

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRecordAdd(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var given recordFlags
	cmd := &cobra.Command{
		Use:     "add KIND",
		Short:   "Add a record",
		Example: "  tracker record add interactions --set organisation=GB-COH:07209813 --set date=2022-06-01 --set channel=call --set two_way=yes --set minutes=45 --set innovation=Pump",
		Args:    cli.Exactly("KIND"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			body, err := given.body(cmd, c)
			if err != nil {
				return err
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("add to %s", kind.Kind), "/"+string(kind.Kind), body)
			if err != nil {
				return err
			}
			return printRecord(c, out, kind, r)
		},
	}
	out.Flags(cmd, false)
	given.flags(cmd)
	return cmd
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
func (f *recordFlags) body(cmd *cobra.Command, c *cli.Invocation) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if f.file == "" {
		for _, pair := range f.set {
			name, value, found := strings.Cut(pair, "=")
			if name = strings.TrimSpace(name); !found || name == "" || fields[name] != nil {
				return nil, cli.Usage(cmd, "--set %q: write name=value, each name once", pair)
			}
			text, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("--set %s: %w", name, err)
			}
			fields[name] = text
		}
		return fields, nil
	}
	text, err := c.ReadInput(f.file, maxAnswersBytes+1)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil || len(text) > maxAnswersBytes {
		return nil, cli.FileFault(fmt.Errorf("%s: not a JSON object of at most %d bytes", f.file, maxAnswersBytes))
	}
	return fields, nil
}

func newRecordChange(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var given recordFlags
	cmd := &cobra.Command{
		Use:   "change KIND ID",
		Short: "Record a new version; earlier ones are kept",
		Long: `Record a new version; earlier ones are kept. Fields given with --set replace
those that are there, an empty value takes a field away; --file gives all.`,
		Args: cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			body, err := given.body(cmd, c)
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			path := recordPath(kind, args[1])
			if given.file == "" {
				if body, err = withFields(cmd.Context(), cl, kind, path, body); err != nil {
					return err
				}
			}
			r, err := cl.Change(cmd.Context(), http.MethodPut, path, body, cl.NextKey())
			if err != nil {
				return fmt.Errorf("change %s %s: %w", kind.Kind, args[1], err)
			}
			return printRecord(c, out, kind, r)
		},
	}
	out.Flags(cmd, false)
	given.flags(cmd)
	return cmd
}

// withFields returns the record as it is with the fields in it. Its version goes
// back with it, so that nobody's change in between is lost.
func withFields(ctx context.Context, cl *cli.Client, kind survey.RecordType, path string, fields map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	r, err := cl.Get(ctx, path, nil)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind.Kind, err)
	}
	body := map[string]json.RawMessage{}
	if err := r.Into(&body); err != nil {
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
