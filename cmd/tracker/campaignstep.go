package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// Steps of a campaign bind the nation: one region takes the step, a second one
// consents to it.

const secondRegion = `

The first region proposes it; it takes effect when a second one runs the same command, or
"tracker endorse NUMBER".`

func newCampaignDates(c *cli) *cobra.Command {
	var out format
	var body api.CampaignChange
	cmd := &cobra.Command{
		Use: "dates CYCLE", Short: "Change the days on which the open campaign opens and closes", Args: exactly("CYCLE"),
		Long:    "Change the days on which the open campaign opens and closes." + secondRegion,
		Example: "  tracker campaign dates 2022-23 --closes 2023-10-31",
		RunE: func(cmd *cobra.Command, args []string) error {
			if body.Opens == "" && body.Closes == "" {
				return usage(cmd, "name a day with --opens, --closes or both")
			}
			return changeCampaign(c, cmd, out, args[0], body, "The days of campaign %s are changed.")
		},
	}
	out.flags(cmd, false)
	cmd.Flags().StringVar(&body.Opens, "opens", "", "first day, YYYY-MM-DD (default: stays)")
	cmd.Flags().StringVar(&body.Closes, "closes", "", "last day, YYYY-MM-DD (default: stays)")
	return cmd
}

func newCampaignPolicy(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "policy CYCLE POLICY", Short: "Change the open campaign's disclosure policy, never to a laxer one than the federation's", Args: exactly("CYCLE", "POLICY"),
		Long:    "Change the open campaign's disclosure policy, never to a laxer one than the federation's." + secondRegion,
		Example: "  tracker campaign policy 2022-23 ons-business",
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeCampaign(c, cmd, out, args[0], api.CampaignChange{Policy: args[1]}, "The policy of campaign %s is "+args[1]+".")
		},
	}
	out.flags(cmd, false)
	return cmd
}

func newCampaignLapse(c *cli) *cobra.Command {
	var out format
	var days int
	cmd := &cobra.Command{
		Use: "lapse CYCLE --days N", Short: "Set after how many days a claim lapses of which nothing happens", Args: exactly("CYCLE"),
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
	out.flags(cmd, false)
	cmd.Flags().IntVar(&days, "days", 0, "days, 0 for never (required)")
	if err := cmd.MarkFlagRequired("days"); err != nil {
		panic(err) // only if the flag above does not exist
	}
	return cmd
}

func changeCampaign(c *cli, cmd *cobra.Command, out format, cycleText string, body api.CampaignChange, done string) error {
	cycle, err := parseCycle(cmd, cycleText)
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.change(cmd.Context(), http.MethodPatch, campaignPath(cycle), body, cl.nextKey())
	if err != nil {
		return fmt.Errorf("campaign %s: %w", cycle, err)
	}
	return sayStepped(c, out, r, fmt.Sprintf(done, cycle))
}

// sayStepped says whether the step is done or waits.
func sayStepped(c *cli, out format, r reply, done string) error {
	if out.json {
		return c.printJSON(r.body)
	}
	var stepped struct{ api.Waiting }
	if err := r.into(&stepped); err != nil {
		return err
	}
	if stepped.Proposal != 0 {
		sayWaiting(c, stepped.Waiting)
		return nil
	}
	c.say("%s", done)
	return nil
}

func newReleaseIdle(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "release-idle CYCLE ID", Short: "Take a company from a holder that has not contacted it for 28 days", Args: exactly("CYCLE", "ID"),
		Long: `Take a company from a holder that has not contacted it for 28 days: two other regions than
the holder decide it. "tracker claims --idle" lists such claims.` + secondRegion,
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			id, err := parseOneID(cmd, args[1])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), claimPath(cycle, id)+"/release-idle", struct{}{})
			if err != nil {
				return fmt.Errorf("release %s in %s: %w", id, cycle, err)
			}
			return sayStepped(c, out, r, fmt.Sprintf("%s is free: claim it.", id))
		},
	}
	out.flags(cmd, false)
	return cmd
}

// sayOpened says what became of opening a campaign; done reports whether it is open
// now.
func sayOpened(c *cli, r reply, cycle survey.Cycle) (done bool, err error) {
	switch r.status {
	case http.StatusAccepted:
		return false, sayStepped(c, format{}, r, "")
	case http.StatusCreated:
		c.say("Campaign %s is open.", cycle)
	default:
		c.say("Campaign %s was open already: nothing changed.", cycle)
	}
	return true, nil
}
