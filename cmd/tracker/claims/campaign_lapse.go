package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
)

func newCampaignLapse(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var days int
	cmd := &cobra.Command{
		Use: "lapse CYCLE --days N", Short: "Set after how many days a claim lapses of which nothing happens", Args: cli.Exactly("CYCLE"),
		Long: `Set after how many days a claim lapses of which nothing happens; 0, as every campaign
begins: never. It is for claims that wait for their holder (claimed, contacted), and for
offers that nobody answered, by the registry's clock. A new term begins when it is agreed
on.` + secondRegion,
		Example: "  tracker campaign lapse 2022-23 --days 56",
		RunE: func(cmd *cobra.Command, args []string) error {
			done := fmt.Sprintf("Claims of campaign %%s lapse when nothing happens for %d days.", days)
			if days == 0 {
				done = "Claims of campaign %s do not lapse."
			}
			return changeCampaign(c, cmd, out, args[0], api.CampaignChange{Lapse: &days}, done)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().IntVar(&days, "days", 0, "days, 0 for never (required)")
	cli.Require(cmd, "days")
	return cmd
}
