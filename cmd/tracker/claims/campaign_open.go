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
		Short: "Open the campaign of one cycle",
		Long: `Open the campaign of one cycle.

The cycle is the April-to-March year that companies report on; the survey runs
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
	flags.StringVar(&body.Questionnaire, "questionnaire", "", "version of the questionnaire (default: the current one)")
	flags.StringVar(&body.Definitions, "definitions", "", "version of the metric definitions (default: the current one)")
	flags.StringVar(&body.Policy, "policy", "", "disclosure policy, never laxer than the federation's (default: the federation's)")
	cli.ParsedFlag(cmd, &from, survey.ParseCycle, "from", "an earlier cycle: its eligible companies, who held them and refusals are taken over")
	flags.StringVar(&body.Opens, "opens", "", "first day, YYYY-MM-DD")
	flags.StringVar(&body.Closes, "closes", "", "last day, YYYY-MM-DD")
	return cmd
}

// openCampaign opens a campaign and takes the eligible set of an earlier cycle
// over, if one was named.
func openCampaign(c *cli.Invocation, cmd *cobra.Command, out cli.Format, body api.NewCampaign, earlier survey.Cycle) error {
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

	switch {
	case earlier == "":
		return nil
	case !open:
		c.Say("When it is open, take the eligible set over: tracker campaign eligible roll %s --from %s", cycle, earlier)
		return nil
	}
	return rollForward(c, cmd, cli.Format{}, cycle, earlier)
}

// sayOpened says what became of opening a campaign; done reports whether it is open
// now.
func sayOpened(c *cli.Invocation, r cli.Reply, cycle survey.Cycle) (done bool, err error) {
	switch r.Status {
	case http.StatusAccepted:
		return false, sayStepped(c, cli.Format{}, r, "")
	case http.StatusCreated:
		c.Say("Campaign %s is open.", cycle)
	default:
		c.Say("Campaign %s was open already: nothing changed.", cycle)
	}
	return true, nil
}
