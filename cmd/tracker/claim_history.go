package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newClaimHistoryCommand(c *cli) *cobra.Command {
	var out format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "claim-history ID --cycle CYCLE",
		Short: "Every change of a company's claim: when, which region, what it then was",
		Long: `Every change of a company's claim: when, which region, which of its people (a
number that only that region can read), what the claim then was, and the coded
reason.`,
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
			r, err := cl.get(cmd.Context(), claimPath(cycle, id)+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of the claim on %s: %w", id, err)
			}
			var history api.Page[survey.ClaimEvent]
			if err := r.into(&history); err != nil {
				return err
			}
			t := table{header: []string{"NUMBER", "WHEN", "COMPANY", "BY", "ACTOR", "STATE", "HOLDER", "OFFERED TO", "REASON"}}
			for _, e := range history.Items {
				t.add(fmt.Sprint(e.Number), out.timeFor(e.At), string(e.Organisation), string(e.Region), fmt.Sprint(e.Actor), string(e.State),
					string(e.Holder), string(e.OfferedTo), string(e.Reason))
			}
			return c.print(out, r.body, t, "Nobody has claimed it.")
		},
	}
	out.flags(cmd, true)
	cycleFlag(cmd, &cycleText)
	return cmd
}
