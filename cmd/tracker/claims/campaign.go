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
	return cli.Group("campaign", "Open, change and show the yearly campaigns",
		newCampaignOpen(c), newCampaignDates(c), newCampaignPolicy(c), newCampaignLapse(c), newCampaignClose(c),
		newCampaignList(c), newCampaignShow(c), newCampaignEligible(c), newReleaseIdle(c))
}

func newCampaignClose(c *cli.Invocation) *cobra.Command {
	return newCampaignStep(c, "close CYCLE", "Close a cycle's campaign for the nation", "/close",
		"Campaign %s is closed.")
}

// newCampaignStep returns a verb that takes a campaign one step.
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

func stepCampaign(c *cli.Invocation, cmd *cobra.Command, out cli.Format, cycle survey.Cycle, path string,
	body any, done string) error {
	r, err := c.Send(cmd.Context(), "campaign "+string(cycle), cli.CampaignPath(cycle)+path, body)
	if err != nil {
		return err
	}
	return sayStepped(c, out, r, done)
}

// secondRegion ends the help of every step: steps bind the nation, so a second region must consent.
const secondRegion = `

The first region proposes it. It takes effect when a second region runs the same command or
"tracker endorse NUMBER".`

func changeCampaign(c *cli.Invocation, cmd *cobra.Command, out cli.Format, cycleText string, body api.CampaignChange,
	done string) error {
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

// sayStepped says whether the step has been taken or waits for a second region.
func sayStepped(c *cli.Invocation, out cli.Format, r cli.Reply, done string) error {
	if out.JSON {
		return c.PrintJSON(r.Body)
	}

	// A step that was taken answers with the campaign, one that waits with the proposal.
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

func newCampaignDates(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var body api.CampaignChange
	cmd := &cobra.Command{
		Use: "dates CYCLE", Short: "Change the days on which an open campaign opens and closes",
		Args:    cli.Exactly("CYCLE"),
		Long:    "Change the days on which an open campaign opens and closes." + secondRegion,
		Example: "  tracker campaign dates 2022-23 --closes 2023-10-31",
		RunE: func(cmd *cobra.Command, args []string) error {
			if body.Opens == "" && body.Closes == "" {
				return cli.Usage(cmd, "name a day with --opens, --closes or both")
			}
			return changeCampaign(c, cmd, out, args[0], body, "The dates of campaign %s have been changed.")
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().StringVar(&body.Opens, "opens", "", "first day, YYYY-MM-DD (default: unchanged)")
	cmd.Flags().StringVar(&body.Closes, "closes", "", "last day, YYYY-MM-DD (default: unchanged)")
	return cmd
}

func newCampaignPolicy(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "policy CYCLE POLICY", Args: cli.Exactly("CYCLE", "POLICY"),
		Short:   "Change an open campaign's disclosure policy",
		Long:    "Change an open campaign's disclosure policy, but to none laxer than the federation's." + secondRegion,
		Example: "  tracker campaign policy 2022-23 ons-business",
		RunE: func(cmd *cobra.Command, args []string) error {
			change := api.CampaignChange{Policy: args[1]}
			return changeCampaign(c, cmd, out, args[0], change, "The policy of campaign %s is now "+args[1]+".")
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func newCampaignLapse(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var days int
	cmd := &cobra.Command{
		Use: "lapse CYCLE --days N", Short: "Set how many idle days a claim lasts", Args: cli.Exactly("CYCLE"),
		Long: `Set how many days a claim lasts when nothing happens to it. With 0, as every campaign
begins, claims never lapse. It applies to claims that wait for their holder (claimed,
contacted) and to offers that nobody has answered, by the registry's clock. Every claim's
time starts again when the change is agreed.` + secondRegion,
		Example: "  tracker campaign lapse 2022-23 --days 56",
		RunE: func(cmd *cobra.Command, args []string) error {
			done := fmt.Sprintf("Claims in campaign %%s lapse after %d idle days.", days)
			if days == 0 {
				done = "Claims in campaign %s do not lapse."
			}

			// A pointer, because 0 is a value here and not an omission.
			return changeCampaign(c, cmd, out, args[0], api.CampaignChange{Lapse: &days}, done)
		},
	}
	out.Flags(cmd, false)
	cmd.Flags().IntVar(&days, "days", 0, "number of days, 0 for never (required)")
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
				Path: "/campaigns",
				Header: []string{"CYCLE", "STATE", "OPENS", "CLOSES", "QUESTIONNAIRE", "DEFINITIONS", "POLICY",
					"OPENED BY"},
				Row: func(p survey.Campaign) []string {
					return []string{string(p.Cycle), string(p.State), p.Opens, p.Closes,
						p.Questionnaire, p.Definitions, p.Policy, string(p.OpenedBy)}
				},
				Empty: "There are no campaigns yet. Open one with \"tracker campaign open CYCLE\".",
			}.PrintPage(cmd.Context(), c, out)
		},
	}
	out.Flags(cmd, true)
	return cmd
}

func newReleaseIdle(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use: "release-idle CYCLE ID", Args: cli.Exactly("CYCLE", "ID"),
		Short: "Free a claim that its holder has not worked for 28 days",
		Long: `Free a claim that its holder has not worked for 28 days. Two regions other than the
holder must agree. "tracker claims --idle" lists such claims.` + secondRegion,
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			id, err := cli.ParseID(cmd, args[1])
			if err != nil {
				return err
			}

			path := cli.ClaimPath(cycle, id) + "/release-idle"
			r, err := c.Send(cmd.Context(), fmt.Sprintf("release %s in %s", id, cycle), path, struct{}{})
			if err != nil {
				return err
			}
			return sayStepped(c, out, r, fmt.Sprintf("%s is free: any region may claim it.", id))
		},
	}
	out.Flags(cmd, false)
	return cmd
}
