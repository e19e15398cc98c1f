package records

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

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
