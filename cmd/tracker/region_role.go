package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionRole(c *cli.Invocation) *cobra.Command {
	return newRegionDecision(c, "role", &cobra.Command{
		Use: "role REGION voter|observer --reason CODE", Short: "Make a region a voter or an observer", Args: cli.Exactly("REGION", "ROLE"),
	}, func(cmd *cobra.Command, args []string, body map[string]any) error {
		if role := survey.Role(args[1]); role != survey.RoleVoter && role != survey.RoleObserver {
			return cli.Usage(cmd, "role %s: use %s or %s", args[1], survey.RoleVoter, survey.RoleObserver)
		}
		body["role"] = args[1]
		return nil
	})
}
