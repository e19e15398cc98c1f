package records

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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
		Use:   "add KIND",
		Short: "Add a record",
		Example: "  tracker record add interactions --set organisation=GB-COH:07209813 --set date=2022-06-01 " +
			"--set channel=call --set two_way=yes --set minutes=45 --set innovation=Pump",
		Args: cli.Exactly("KIND"),
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

// recordFlags holds a record as given: field by field, or in a file.
type recordFlags struct {
	set  []string
	file string
}

func (f *recordFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "a field, as name=value; may be repeated")
	cmd.Flags().StringVar(&f.file, "file", "", "file with all fields as a JSON object; \"-\" reads standard input")
	cmd.MarkFlagsOneRequired("set", "file")
	cmd.MarkFlagsMutuallyExclusive("set", "file")
}

// body returns the fields in the API's form. Values stay text, so that the node reads numbers,
// dates and lists exactly.
func (f *recordFlags) body(cmd *cobra.Command, c *cli.Invocation) (map[string]json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if f.file == "" {
		for _, pair := range f.set {
			// The value may have more equals signs in it.
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

	// One byte more than allowed was read, to tell that the file is too large.
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
		Short: "Record a new version of a record; earlier versions are kept",
		Long: `Record a new version of a record; earlier versions are kept. Each --set replaces a field,
and an empty value removes it. --file replaces the whole record.`,
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

			// A file has all fields; single fields need the others from the present version.
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

// withFields returns the present record with the fields replaced. The record's version goes back
// with it, so that the node refuses it if somebody changed the record in between.
func withFields(ctx context.Context, cl *cli.Client, kind survey.RecordType, path string,
	fields map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	body, _, err := cli.Decoded[map[string]json.RawMessage](cl.Get(ctx, path, nil))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind.Kind, err)
	}

	_, date := fields[kind.CycleFrom]
	if _, cycle := fields["cycle"]; date && !cycle {
		delete(body, "cycle") // it follows from the new date
	}
	maps.Copy(body, fields)
	return body, nil
}
