package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseTakeOvers(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "take-overs --cycle CYCLE",
		Short: "List the companies of which another region's knowledge can be taken over",
		Long: `List the companies that this region holds and another one held before. What
that region knows of them can be taken over with "tracker response take-over".
Where last year's answers are there and were not taken over by the close, the
matched panel counts the company as one that changed region. That other regions
may see a company's answers is no hand-over.`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			return cli.List[survey.TakeoverOffer]{
				Doing:  fmt.Sprintf("what can be taken over for %s", cycle),
				Path:   cli.CampaignPath(cycle) + "/take-overs",
				Header: []string{"COMPANY", "FROM", "LAST YEAR'S ANSWERS", "TAKEN OVER"},
				Row: func(o survey.TakeoverOffer) []string {
					return []string{string(o.Organisation), string(o.From), cli.YesNo(o.LastYear), cli.YesNo(o.TakenOver)}
				},
				Empty: "No company that this region holds was another one's before.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
