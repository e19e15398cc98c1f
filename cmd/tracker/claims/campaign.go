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
			cl, err := c.Connect()
			if err != nil {
				return err
			}
			return stepCampaign(c, cmd, cl, out, cycle, path, struct{}{}, fmt.Sprintf(done, cycle))
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func stepCampaign(c *cli.Invocation, cmd *cobra.Command, cl *cli.Client, out cli.Format, cycle survey.Cycle, path string, body any, done string) error {
	r, err := cl.Post(cmd.Context(), cli.CampaignPath(cycle)+path, body)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", cycle, err)
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
		cli.SayWaiting(c, stepped.Waiting)
		return nil
	}
	c.Say("%s", done)
	return nil
}
