package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignCommand(c *cli) *cobra.Command {
	return group("campaign", "Open and show the yearly campaigns", newCampaignOpen(c), newCampaignDates(c), newCampaignPolicy(c), newCampaignLapse(c), newCampaignClose(c),
		newCampaignList(c), newCampaignShow(c), newCampaignEligible(c), newReleaseIdle(c))
}

func newCampaignClose(c *cli) *cobra.Command {
	return newCampaignStep(c, "close CYCLE", "Close the campaign of one cycle for the nation", "/close", "Campaign %s is closed.")
}

// newCampaignStep is a verb that takes a campaign one step.
func newCampaignStep(c *cli, use, short, path, done string) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: use, Short: short, Long: short + "." + secondRegion, Args: exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			return stepCampaign(c, cmd, cl, out, cycle, path, struct{}{}, fmt.Sprintf(done, cycle))
		},
	}
	out.flags(cmd, false)
	return cmd
}

func stepCampaign(c *cli, cmd *cobra.Command, cl *client, out format, cycle survey.Cycle, path string, body any, done string) error {
	r, err := cl.post(cmd.Context(), campaignPath(cycle)+path, body)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", cycle, err)
	}
	return sayStepped(c, out, r, done)
}

const secondRegion = `

The first region proposes it; it takes effect when a second one runs the same command, or
"tracker endorse NUMBER".`

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
