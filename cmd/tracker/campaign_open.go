package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignOpen(c *cli) *cobra.Command {
	var out format
	var body api.NewCampaign
	var from string
	cmd := &cobra.Command{
		Use:   "open CYCLE",
		Short: "Open the campaign of one cycle",
		Long: `Open the campaign of one cycle.

The cycle is the April-to-March year that companies report on; the survey runs
in the year after it. Dates are days in Europe/London.` + secondRegion,
		Example: "  tracker campaign open 2022-23 --opens 2023-06-01 --closes 2023-09-30",
		Args:    exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			var earlier survey.Cycle
			if from != "" {
				if earlier, err = parseCycle(cmd, from); err != nil {
					return err
				}
			}
			body.Cycle = string(cycle)
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.post(cmd.Context(), "/campaigns", body)
			if err != nil {
				return fmt.Errorf("open campaign %s: %w", cycle, err)
			}
			open, err := sayOpened(c, r, cycle)
			if err != nil {
				return err
			}
			if out.json {
				if err := c.printJSON(r.body); err != nil {
					return err
				}
			}
			switch {
			case earlier == "":
				return nil
			case !open:
				c.say("When it is open, take the eligible set over: tracker campaign eligible roll %s --from %s", cycle, earlier)
				return nil
			}
			return rollForward(c, cmd, cl, format{}, cycle, earlier)
		},
	}
	out.flags(cmd, false)
	flags := cmd.Flags()
	flags.StringVar(&body.Questionnaire, "questionnaire", "", "version of the questionnaire (default: the current one)")
	flags.StringVar(&body.Definitions, "definitions", "", "version of the metric definitions (default: the current one)")
	flags.StringVar(&body.Policy, "policy", "", "disclosure policy, never laxer than the federation's (default: the federation's)")
	flags.StringVar(&from, "from", "", "an earlier cycle: its eligible companies, who held them and refusals are taken over")
	flags.StringVar(&body.Opens, "opens", "", "first day, YYYY-MM-DD")
	flags.StringVar(&body.Closes, "closes", "", "last day, YYYY-MM-DD")
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
