package records

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
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
		return nil, cli.FileFault(fmt.Errorf("%s: not a JSON object of at most %d bytes", f.file, maxAnswersBytes))
	}
	return fields, nil
}
