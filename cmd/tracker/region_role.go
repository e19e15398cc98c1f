package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionRole(c *cli.Invocation) *cobra.Command {
	var w why
	var out cli.Format
	cmd := &cobra.Command{
		Use: "role REGION voter|observer --reason CODE", Short: "Make a region a voter or an observer", Args: cli.Exactly("REGION", "ROLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			if role := survey.Role(args[1]); role != survey.RoleVoter && role != survey.RoleObserver {
				return cli.Usage(cmd, "role %s: use %s or %s", args[1], survey.RoleVoter, survey.RoleObserver)
			}
			body["role"] = args[1]
			return decide(c, cmd, out, args[0], "role", body)
		},
	}
	w.flags(cmd)
	out.Flags(cmd, false)
	return cmd
}

func newRegionSucceed(c *cli.Invocation) *cobra.Command {
	var w why
	var out cli.Format
	cmd := &cobra.Command{
		Use: "succeed OLD NEW --reason CODE", Short: "NEW takes the open claims of OLD over, and OLD is removed", Args: cli.Exactly("OLD", "NEW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			to, err := cli.ParseRegion(cmd, args[1])
			if err != nil {
				return err
			}
			body["to"] = to
			return decide(c, cmd, out, args[0], "succeed", body)
		},
	}
	w.flags(cmd)
	out.Flags(cmd, false)
	return cmd
}
