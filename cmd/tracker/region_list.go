package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "list", Short: "Every region: code, name, state, role, node id", Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.Read(cmd.Context(), "", "/federation", nil)
			if err != nil {
				return err
			}
			var status survey.FederationStatus
			if err := r.Into(&status); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"REGION", "NAME", "STATE", "ROLE", "STAGE", "ADDRESS", "NODE ID"}}
			for _, m := range status.Regions {
				t.Add(string(m.Region), m.Name, string(m.State), string(m.Role), m.Stage, m.Address, m.NodeID)
			}
			return c.Print(out, r.Body, t, "There is no region.")
		},
	}
	out.Flags(cmd, true)
	return cmd
}
