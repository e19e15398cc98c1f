package main

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionRole(c *cli) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: "role REGION voter|observer --reason CODE", Short: "Make a region a voter or an observer", Args: exactly("REGION", "ROLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			if role := survey.Role(args[1]); role != survey.RoleVoter && role != survey.RoleObserver {
				return usage(cmd, "role %s: use %s or %s", args[1], survey.RoleVoter, survey.RoleObserver)
			}
			body["role"] = args[1]
			return decide(c, cmd, out, args[0], "role", body)
		},
	}
	w.flags(cmd)
	out.flags(cmd, false)
	return cmd
}

func newRegionSucceed(c *cli) *cobra.Command {
	var w why
	var out format
	cmd := &cobra.Command{
		Use: "succeed OLD NEW --reason CODE", Short: "NEW takes the open claims of OLD over, and OLD is removed", Args: exactly("OLD", "NEW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.body(cmd)
			if err != nil {
				return err
			}
			to, err := parseRegion(cmd, args[1])
			if err != nil {
				return err
			}
			body["to"] = to
			return decide(c, cmd, out, args[0], "succeed", body)
		},
	}
	w.flags(cmd)
	out.flags(cmd, false)
	return cmd
}
