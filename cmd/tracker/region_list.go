package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "Every region: code, name, state, role, node id", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/federation", nil)
			if err != nil {
				return err
			}
			var status survey.FederationStatus
			if err := r.into(&status); err != nil {
				return err
			}
			t := table{header: []string{"REGION", "NAME", "STATE", "ROLE", "STAGE", "ADDRESS", "NODE ID"}}
			for _, m := range status.Regions {
				t.add(string(m.Region), m.Name, string(m.State), string(m.Role), m.Stage, m.Address, m.NodeID)
			}
			return c.print(out, r.body, t, "There is no region.")
		},
	}
	out.flags(cmd, true)
	return cmd
}
