package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseTakeOver(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "take-over ID --cycle CYCLE",
		Short: "Take over what the region that held a company before may give on",
		Long: `Take over what the region that held a company before may give on: the answers
given so far with what was typed since, and last year's, each only if the company
named this region in them and allowed it to see them. If it allowed nothing,
nothing is handed over (exit code 1). Contacts stay where they are. It comes
sealed from that region's node, once this region holds the company. Last year's answers count where they were given. Here they
are kept beside what is shared with this region, and at the close the company is
on the matched panel: its growth is counted, unless that gave somebody away.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, id, err := cli.ParseCycleAndID(cmd, cycleText, args[0])
			if err != nil {
				return err
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("take %s over", id), responsePath(cycle, id)+"/take-over", struct{}{})
			if err != nil {
				return err
			}
			var taken survey.Takeover
			if err := r.Into(&taken); err != nil {
				return err
			}
			t := cli.Table{}
			t.Add("from", taken.From.Name())
			t.Add("contacts", fmt.Sprint(taken.Contacts))
			t.Add("answers so far", cli.YesNo(taken.Answers))
			t.Add("typed and not sent", cli.YesNo(taken.Draft))
			t.Add("last year's answers", cli.YesNo(taken.Last))
			return c.Print(out, r.Body, t, "")
		},
	}
	out.Flags(cmd, false)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
