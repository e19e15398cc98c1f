package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newRegionVoters(c *cli.Invocation) *cobra.Command {
	var w cli.Why
	var out cli.Format
	cmd := &cobra.Command{
		Use: "max-voters N --reason CODE", Short: "How many regions vote; 0 for all", Args: cli.Exactly("N"),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := w.Body(cmd)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 || n > 64 {
				return cli.Usage(cmd, "%s: use a number from 0 to 64", args[0])
			}
			body["voters"] = n
			r, err := c.Send(cmd.Context(), "set the number of voters", "/federation/max-voters", body)
			if err != nil {
				return err
			}
			return showDecided(c, out, r, "max-voters "+args[0])
		},
	}
	w.Flags(cmd, survey.ProposalReasons())
	out.Flags(cmd, false)
	return cmd
}
