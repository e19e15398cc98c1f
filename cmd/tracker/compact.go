package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store"
)

func newCompactCommand(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Rewrite the node's records file without what is no longer used",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.change(cmd.Context(), http.MethodPost, "/compact", struct{}{}, cl.nextKey())
			if err != nil {
				return fmt.Errorf("compact: %w", err)
			}
			var sizes store.Compacted
			if err := r.into(&sizes); err != nil {
				return err
			}
			t := table{}
			t.add("before", groupDigits(sizes.Before)+" bytes")
			t.add("after", groupDigits(sizes.After)+" bytes")
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, false)
	return cmd
}
