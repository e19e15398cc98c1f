package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionProposals(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "proposals", Short: "What regions proposed about regions and campaigns, newest first", Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), "/federation/proposals", nil)
			if err != nil {
				return err
			}
			var page api.Page[survey.Proposal]
			if err := r.Into(&page); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"NUMBER", "WHAT", "REGION", "CYCLE", "REASON", "BY", "STATE", "ENDORSED BY", "LAPSES"}}
			for _, p := range page.Items {
				t.Add(fmt.Sprint(p.Number), string(p.Kind), string(p.Region), string(p.Cycle), string(p.Reason), string(p.By), string(p.State), string(p.EndorsedBy), out.TimeFor(p.Lapses))
			}
			return c.Print(out, r.Body, t, "Nothing was proposed.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
