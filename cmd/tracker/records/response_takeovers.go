package records

import (
	"fmt"
	"net/url"

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
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			found, raw, err := cli.Pages[survey.TakeoverOffer](cmd.Context(), cl, "/campaigns/"+url.PathEscape(string(cycle))+"/take-overs", nil, 0)
			if err != nil {
				return fmt.Errorf("what can be taken over for %s: %w", cycle, err)
			}
			t := cli.Table{Header: []string{"COMPANY", "FROM", "LAST YEAR'S ANSWERS", "TAKEN OVER"}}
			for _, o := range found {
				t.Add(string(o.Organisation), string(o.From), cli.YesNo(o.LastYear), cli.YesNo(o.TakenOver))
			}
			return c.Print(out, cli.ItemsJSON(raw), t, "No company that this region holds was another one's before.")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
