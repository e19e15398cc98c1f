package claims

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
)

// Steps of a campaign bind the nation: one region takes the step, a second one
// consents to it.

func newCampaignDates(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var body api.CampaignChange
	cmd := &cobra.Command{
		Use: "dates CYCLE", Short: "Change the days on which the open campaign opens and closes", Args: cli.Exactly("CYCLE"),
		Long:    "Change the days on which the open campaign opens and closes." + secondRegion,
		Example: "  tracker campaign dates 2022-23 --closes 2023-10-31",
		RunE: func(cmd *cobra.Command, args []string) error {
			if body.Opens == "" && body.Closes == "" {
				return cli.Usage(cmd, "name a day with --opens, --closes or both")
			}
			return changeCampaign(c, cmd, out, args[0], body, "The days of campaign %s are changed.")
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&body.Opens, "opens", "", "first day, YYYY-MM-DD (default: stays)")
	cmd.Flags().StringVar(&body.Closes, "closes", "", "last day, YYYY-MM-DD (default: stays)")
	return cmd
}

func newCampaignPolicy(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "policy CYCLE POLICY", Short: "Change the open campaign's disclosure policy, never to a laxer one than the federation's", Args: cli.Exactly("CYCLE", "POLICY"),
		Long:    "Change the open campaign's disclosure policy, never to a laxer one than the federation's." + secondRegion,
		Example: "  tracker campaign policy 2022-23 ons-business",
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeCampaign(c, cmd, out, args[0], api.CampaignChange{Policy: args[1]}, "The policy of campaign %s is "+args[1]+".")
		},
	}
	out.Flags(cmd, false)
	return cmd
}
