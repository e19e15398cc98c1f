package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newOrgDuplicates(c *cli) *cobra.Command {
	var out format
	var limit int
	cmd := &cobra.Command{
		Use:   "duplicates",
		Short: "Pairs of organisations that may be one, with the reason",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > pageSize {
				return usage(cmd, "--limit %d: use 1 to %d", limit, pageSize)
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/organisations/duplicates", url.Values{"limit": {fmt.Sprint(limit)}})
			if err != nil {
				return fmt.Errorf("possible duplicates: %w", err)
			}
			var pairs api.Page[survey.DuplicatePair]
			if err := r.into(&pairs); err != nil {
				return err
			}
			t := table{header: []string{"REASON", "ID", "NAME", "ID", "NAME"}}
			for _, p := range pairs.Items {
				t.add(strings.ReplaceAll(string(p.Reason), "-", " "), string(p.First.ID), p.First.Name, string(p.Second.ID), p.Second.Name)
			}
			return c.print(out, r.body, t, "No pair looks like one company.")
		},
	}
	out.flags(cmd, true)
	cmd.Flags().IntVar(&limit, "limit", 100, "most pairs to show")
	return cmd
}
