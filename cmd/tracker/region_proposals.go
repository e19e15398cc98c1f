package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionProposals(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "proposals", Short: "What regions proposed about regions and campaigns, newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/federation/proposals", nil)
			if err != nil {
				return err
			}
			var page api.Page[survey.Proposal]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"NUMBER", "WHAT", "REGION", "CYCLE", "REASON", "BY", "STATE", "ENDORSED BY", "LAPSES"}}
			for _, p := range page.Items {
				t.add(fmt.Sprint(p.Number), string(p.Kind), string(p.Region), string(p.Cycle), string(p.Reason), string(p.By), string(p.State), string(p.EndorsedBy), out.timeFor(p.Lapses))
			}
			return c.print(out, r.body, t, "Nothing was proposed.")
		},
	}
	out.flags(cmd, true)
	return cmd
}
