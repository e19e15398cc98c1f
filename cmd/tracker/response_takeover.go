package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseTakeOver(c *cli) *cobra.Command {
	var out format
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
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			id, err := parseOneID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), responsesPath(cycle)+"/"+url.PathEscape(string(id))+"/take-over", struct{}{})
			if err != nil {
				return fmt.Errorf("take %s over: %w", id, err)
			}
			var taken survey.Takeover
			if err := r.into(&taken); err != nil {
				return err
			}
			t := table{}
			t.add("from", taken.From.Name())
			t.add("contacts", fmt.Sprint(taken.Contacts))
			t.add("answers so far", yesNo(taken.Answers))
			t.add("typed and not sent", yesNo(taken.Draft))
			t.add("last year's answers", yesNo(taken.Last))
			return c.print(out, r.body, t, "")
		},
	}
	out.flags(cmd, false)
	cycleFlag(cmd, &cycleText)
	return cmd
}
