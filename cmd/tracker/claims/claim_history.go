package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func NewClaimHistoryCommand(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "claim-history ID --cycle CYCLE",
		Short: "Every change of a company's claim: when, which region, what it then was",
		Long: `Every change of a company's claim: when, which region, which of its people (a
number that only that region can read), what the claim then was, and the coded
reason.`,
		Args: cli.Exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			id, err := cli.ParseID(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			r, err := cl.Get(cmd.Context(), cli.ClaimPath(cycle, id)+"/history", nil)
			if err != nil {
				return fmt.Errorf("history of the claim on %s: %w", id, err)
			}
			var history api.Page[survey.ClaimEvent]
			if err := r.Into(&history); err != nil {
				return err
			}
			t := cli.Table{Header: []string{"NUMBER", "WHEN", "COMPANY", "BY", "ACTOR", "STATE", "HOLDER", "OFFERED TO", "REASON"}}
			for _, e := range history.Items {
				t.Add(fmt.Sprint(e.Number), out.TimeFor(e.At), string(e.Organisation), string(e.Region), fmt.Sprint(e.Actor), string(e.State),
					string(e.Holder), string(e.OfferedTo), string(e.Reason))
			}
			return c.Print(out, r.Body, t, "Nobody has claimed it.")
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
