package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewClaimHistoryCommand shows every change of a company's claim.
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
			cycle, id, err := cli.ParseCycleAndID(cmd, cycleText, args[0])
			if err != nil {
				return err
			}
			return cli.List[survey.ClaimEvent]{
				Doing:  fmt.Sprintf("history of the claim on %s", id),
				Path:   cli.ClaimPath(cycle, id) + "/history",
				Header: []string{"NUMBER", "WHEN", "COMPANY", "BY", "ACTOR", "STATE", "HOLDER", "OFFERED TO", "REASON"},
				Row: func(e survey.ClaimEvent) []string {
					return []string{fmt.Sprint(e.Number), out.TimeFor(e.At), string(e.Organisation), string(e.Region), fmt.Sprint(e.Actor), string(e.State),
						string(e.Holder), string(e.OfferedTo), string(e.Reason)}
				},
				Empty: "Nobody has claimed it.",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
