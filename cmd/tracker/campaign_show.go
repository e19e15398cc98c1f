package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

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
