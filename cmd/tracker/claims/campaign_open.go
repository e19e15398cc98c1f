package claims

import (
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignOpen(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var body api.NewCampaign
	var from survey.Cycle
	cmd := &cobra.Command{
		Use:   "open CYCLE",
		Short: "Open a cycle's campaign",
		Long: `Open a cycle's campaign.

The cycle is the year from April to March that companies report on; the survey runs
in the year after it. Dates are days in Europe/London.` + secondRegion,
		Example: "  tracker campaign open 2022-23 --opens 2023-06-01 --closes 2023-09-30",
		Args:    cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			body.Cycle = string(cycle)
			return openCampaign(c, cmd, out, body, from)
		},
	}
	out.Flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&body.Questionnaire, "questionnaire", "", "version of the questionnaire (default: current)")
	flags.StringVar(&body.Definitions, "definitions", "", "version of the metric definitions (default: current)")
	flags.StringVar(&body.Policy, "policy", "", "disclosure policy, no laxer than the federation's (default)")
	cli.ParsedFlag(cmd, &from, survey.ParseCycle, "from",
		"an earlier cycle to take eligible companies from, with their last holders and refusals")
	flags.StringVar(&body.Opens, "opens", "", "first day, YYYY-MM-DD")
	flags.StringVar(&body.Closes, "closes", "", "last day, YYYY-MM-DD")
	return cmd
}

// openCampaign opens a campaign. If an earlier cycle is named, it carries that cycle's eligible set
// over.
func openCampaign(c *cli.Invocation, cmd *cobra.Command, out cli.Format, body api.NewCampaign,
	earlier survey.Cycle) error {
	cycle := survey.Cycle(body.Cycle)
	r, err := c.Send(cmd.Context(), "open campaign "+body.Cycle, "/campaigns", body)
	if err != nil {
		return err
	}

	open, err := sayOpened(c, r, cycle)
	if err != nil {
		return err
	}
	if out.JSON {
		if err := c.PrintJSON(r.Body); err != nil {
			return err
		}
	}

	// An eligible set belongs to an open campaign, so it must wait with the campaign.
	switch {
	case earlier == "":
		return nil
	case !open:
		c.Say("Once it is open, carry the eligible set over: tracker campaign eligible roll %s --from %s", cycle,
			earlier)
		return nil
	}
	return rollForward(c, cmd, cli.Format{}, cycle, earlier)
}

// sayOpened says what became of opening a campaign. open reports whether it is open now.
func sayOpened(c *cli.Invocation, r cli.Reply, cycle survey.Cycle) (open bool, err error) {
	switch r.Status {
	case http.StatusAccepted:
		return false, sayStepped(c, cli.Format{}, r, "")
	case http.StatusCreated:
		c.Say("Campaign %s is open.", cycle)
	default:
		c.Say("Campaign %s was open already: nothing was changed.", cycle)
	}
	return true, nil
}
