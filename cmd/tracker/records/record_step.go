package records

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

func newRecordShow(c *cli.Invocation) *cobra.Command {
	return newRecordStep(c, "show", "Show one record", func(ctx context.Context, cl *cli.Client, path string) (cli.Reply, error) {
		return cl.Get(ctx, path, nil)
	})
}

func newRecordDelete(c *cli.Invocation) *cobra.Command {
	return newRecordStep(c, "delete", "Mark a record as deleted: it counts no more, and can be restored", func(ctx context.Context, cl *cli.Client, path string) (cli.Reply, error) {
		return cl.Change(ctx, http.MethodDelete, path, nil, cl.NextKey())
	})
}

func newRecordRestore(c *cli.Invocation) *cobra.Command {
	return newRecordStep(c, "restore", "Take a deletion back", func(ctx context.Context, cl *cli.Client, path string) (cli.Reply, error) {
		return cl.Post(ctx, path+"/restore", struct{}{})
	})
}

// newRecordStep is a verb on one record.
func newRecordStep(c *cli.Invocation, name, short string, do func(context.Context, *cli.Client, string) (cli.Reply, error)) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: name + " KIND ID", Short: short, Args: cli.Exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := do(cmd.Context(), cl, recordPath(kind, args[1]))
			if err != nil {
				return fmt.Errorf("%s %s %s: %w", name, kind.Kind, args[1], err)
			}
			return printRecord(c, out, kind, r)
		},
	}
	out.Flags(cmd, false)
	return cmd
}
