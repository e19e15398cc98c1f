package records

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

func newResponseShared(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycleText string
	cmd := &cobra.Command{
		Use:   "shared --cycle CYCLE",
		Short: "List the answers that other regions shared with this one; they count nowhere",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cycle, err := cli.ParseCycle(cmd, cycleText)
			if err != nil {
				return err
			}
			return cli.List[survey.SharedResponse]{
				Doing:  fmt.Sprintf("answers shared for %s", cycle),
				Path:   cli.CampaignPath(cycle) + "/shared",
				Header: []string{"COMPANY", "SHARED BY", "VERSION", "RECEIVED", "TAKEN BACK"},
				Row: func(s survey.SharedResponse) []string {
					return []string{string(s.Organisation), string(s.From), fmt.Sprint(s.Version), out.TimeFor(s.ReceivedAt), out.TimeFor(s.RevokedAt)}
				},
				Empty: "No other region has shared answers of " + string(cycle) + " with this one.",
			}.Print(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycleText)
	return cmd
}
