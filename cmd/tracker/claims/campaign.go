package claims

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewCampaignCommand opens and shows the yearly campaigns.
func NewCampaignCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("campaign", "Open and show the yearly campaigns", newCampaignOpen(c), newCampaignDates(c), newCampaignPolicy(c), newCampaignLapse(c), newCampaignClose(c),
		newCampaignList(c), newCampaignShow(c), newCampaignEligible(c), newReleaseIdle(c))
}

func newCampaignClose(c *cli.Invocation) *cobra.Command {
	return newCampaignStep(c, "close CYCLE", "Close the campaign of one cycle for the nation", "/close", "Campaign %s is closed.")
}

// newCampaignStep is a verb that takes a campaign one step.
func newCampaignStep(c *cli.Invocation, use, short, path, done string) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: use, Short: short, Long: short + "." + secondRegion, Args: cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			return stepCampaign(c, cmd, out, cycle, path, struct{}{}, fmt.Sprintf(done, cycle))
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func stepCampaign(c *cli.Invocation, cmd *cobra.Command, out cli.Format, cycle survey.Cycle, path string, body any, done string) error {
	r, err := c.Send(cmd.Context(), "campaign "+string(cycle), cli.CampaignPath(cycle)+path, body)
	if err != nil {
		return err
	}
	return sayStepped(c, out, r, done)
}

const secondRegion = `

The first region proposes it; it takes effect when a second one runs the same command, or
"tracker endorse NUMBER".`

func changeCampaign(c *cli.Invocation, cmd *cobra.Command, out cli.Format, cycleText string, body api.CampaignChange, done string) error {
	cycle, err := cli.ParseCycle(cmd, cycleText)
	if err != nil {
		return err
	}
	r, err := c.Replace(cmd.Context(), "campaign "+string(cycle), http.MethodPatch, cli.CampaignPath(cycle), body)
	if err != nil {
		return err
	}
	return sayStepped(c, out, r, fmt.Sprintf(done, cycle))
}

// sayStepped says whether the step is done or waits.
func sayStepped(c *cli.Invocation, out cli.Format, r cli.Reply, done string) error {
	if out.JSON {
		return c.PrintJSON(r.Body)
	}
	var stepped struct{ api.Waiting }
	if err := r.Into(&stepped); err != nil {
		return err
	}
	if stepped.Proposal != 0 {
		c.SayWaiting(stepped.Waiting)
		return nil
	}
	c.Say("%s", done)
	return nil
}

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

func newCampaignList(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the campaigns",
		Args:  cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cli.List[survey.Campaign]{
				Path:   "/campaigns",
				Header: []string{"CYCLE", "STATE", "OPENS", "CLOSES", "QUESTIONNAIRE", "DEFINITIONS", "POLICY", "OPENED BY"},
				Row: func(p survey.Campaign) []string {
					return []string{string(p.Cycle), string(p.State), p.Opens, p.Closes, p.Questionnaire, p.Definitions, p.Policy, string(p.OpenedBy)}
				},
				Empty: "There is no campaign yet. Open one with \"tracker campaign open CYCLE\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newReleaseIdle(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "release-idle CYCLE ID", Short: "Take a company from a holder that has not contacted it for 28 days", Args: cli.Exactly("CYCLE", "ID"),
		Long: `Take a company from a holder that has not contacted it for 28 days: two other regions than
the holder decide it. "tracker claims --idle" lists such claims.` + secondRegion,
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			id, err := cli.ParseID(cmd, args[1])
			if err != nil {
				return err
			}
			r, err := c.Send(cmd.Context(), fmt.Sprintf("release %s in %s", id, cycle), cli.ClaimPath(cycle, id)+"/release-idle", struct{}{})
			if err != nil {
				return err
			}
			return sayStepped(c, out, r, fmt.Sprintf("%s is free: claim it.", id))
		},
	}
	out.Flags(cmd, false)
	return cmd
}
