package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignCommand(c *cli) *cobra.Command {
	return group("campaign", "Open and show the yearly campaigns", newCampaignOpen(c), newCampaignDates(c), newCampaignPolicy(c), newCampaignLapse(c), newCampaignClose(c),
		newCampaignList(c), newCampaignShow(c), newCampaignEligible(c), newReleaseIdle(c))
}

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

func newCampaignList(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the campaigns",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/campaigns", nil)
			if err != nil {
				return err
			}
			var page api.Page[survey.Campaign]
			if err := r.into(&page); err != nil {
				return err
			}
			t := table{header: []string{"CYCLE", "STATE", "OPENS", "CLOSES", "QUESTIONNAIRE", "DEFINITIONS", "POLICY", "OPENED BY"}}
			for _, p := range page.Items {
				t.add(string(p.Cycle), string(p.State), p.Opens, p.Closes, p.Questionnaire, p.Definitions, p.Policy, string(p.OpenedBy))
			}
			return c.print(out, r.body, t, "There is no campaign yet. Open one with \"tracker campaign open CYCLE\".")
		},
	}
	out.flags(cmd, true)
	return cmd
}

func newCampaignShow(c *cli) *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use:   "show CYCLE",
		Short: "Show one campaign and its counts",
		Args:  exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := parseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.get(cmd.Context(), "/campaigns/"+url.PathEscape(string(cycle)), nil)
			if err != nil {
				return fmt.Errorf("show campaign %s: %w", cycle, err)
			}
			if out.json {
				return c.printJSON(r.body)
			}
			var detail api.CampaignDetail
			if err := r.into(&detail); err != nil {
				return err
			}
			return printCampaign(c, detail)
		},
	}
	out.flags(cmd, false)
	return cmd
}

func printCampaign(c *cli, d api.CampaignDetail) error {
	t := table{}
	t.add("campaign", fmt.Sprintf("%s, %s (1 April %d to 31 March %d)", d.Cycle, d.State, d.Cycle.FirstYear(), d.Cycle.FirstYear()+1))
	if d.Opens != "" || d.Closes != "" {
		t.add("dates", fmt.Sprintf("%s to %s", d.Opens, d.Closes))
	}
	t.add("questionnaire", fmt.Sprintf("%s, definitions %s, policy %s", d.Questionnaire, d.Definitions, d.Policy))
	if d.LapseDays > 0 {
		t.add("claims lapse", fmt.Sprintf("when nothing happens for %d days", d.LapseDays))
	}
	t.add("supported", groupDigits(int64(d.Counts.Supported)))
	t.add("eligible", groupDigits(int64(d.Counts.Eligible)))
	t.add("claimed", groupDigits(int64(d.Counts.Claimed)))
	for _, part := range []struct {
		label string
		n     int
	}{{"  contacted", d.Counts.Contacted}, {"  responded", d.Counts.Responded}, {"  declined", d.Counts.Declined},
		{"  unreachable", d.Counts.Unreachable}, {"  ineligible", d.Counts.Ineligible}} {
		t.add(part.label, groupDigits(int64(part.n)))
	}
	if err := t.write(c.out); err != nil {
		return err
	}
	if len(d.Counts.ByRegion) == 0 {
		return nil
	}
	fmt.Fprintln(c.out)
	regions := table{right: []int{2, 3, 4, 5}, header: []string{"REGION", "NAME", "SUPPORTED", "CLAIMED", "RESPONDED", "DECLINED"}}
	for _, info := range survey.Regions() {
		if n, ok := d.Counts.ByRegion[info.Region]; ok {
			regions.add(string(info.Region), shortName(info.Region), fmt.Sprint(n.Supported), fmt.Sprint(n.Claimed), fmt.Sprint(n.Responded), fmt.Sprint(n.Declined))
		}
	}
	return regions.write(c.out)
}
