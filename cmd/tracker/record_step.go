package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func newRecordShow(c *cli) *cobra.Command {
	return newRecordStep(c, "show", "Show one record", func(ctx context.Context, cl *client, path string) (reply, error) {
		return cl.get(ctx, path, nil)
	})
}

func newRecordDelete(c *cli) *cobra.Command {
	return newRecordStep(c, "delete", "Mark a record as deleted: it counts no more, and can be restored", func(ctx context.Context, cl *client, path string) (reply, error) {
		return cl.change(ctx, http.MethodDelete, path, nil, cl.nextKey())
	})
}

func newRecordRestore(c *cli) *cobra.Command {
	return newRecordStep(c, "restore", "Take a deletion back", func(ctx context.Context, cl *client, path string) (reply, error) {
		return cl.post(ctx, path+"/restore", struct{}{})
	})
}

// newRecordStep is a verb on one record.
func newRecordStep(c *cli, name, short string, do func(context.Context, *client, string) (reply, error)) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: name + " KIND ID", Short: short, Args: exactly("KIND", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := parseKind(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
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
	out.flags(cmd, false)
	return cmd
}
