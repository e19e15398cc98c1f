package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newEligibleRoll(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var from string
	cmd := &cobra.Command{
		Use:   "roll CYCLE --from CYCLE",
		Short: "Put what was eligible in an earlier cycle into the set",
		Args:  cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			earlier, err := cli.ParseCycle(cmd, from)
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			return rollForward(c, cmd, cl, out, cycle, earlier)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&from, "from", "", "the earlier cycle (required)")
	cli.Require(cmd, "from")
	return cmd
}

func rollForward(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, out cli.Format, cycle, earlier survey.Cycle) error {
	return stepCampaign(c, cmd, cl, out, cycle, "/eligible/roll", api.Roll{From: string(earlier)},
		fmt.Sprintf("What was eligible in %s is in the eligible set of %s, with who held it then and refusals.", earlier, cycle))
}
