package claims

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func newCampaignShow(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	cmd := &cobra.Command{
		Use:   "show CYCLE",
		Short: "Show a campaign and its counts",
		Args:  cli.Exactly("CYCLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cycle, err := cli.ParseCycle(cmd, args[0])
			if err != nil {
				return err
			}
			doing := fmt.Sprintf("show campaign %s", cycle)
			detail, r, err := cli.Decoded[api.CampaignDetail](c.Read(cmd.Context(), doing, cli.CampaignPath(cycle),
				nil))
			if err != nil {
				return err
			}
			if out.JSON {
				return c.PrintJSON(r.Body)
			}
			return printCampaign(c, detail)
		},
	}
	out.Flags(cmd, false)
	return cmd
}

func printCampaign(c *cli.Invocation, d api.CampaignDetail) error {
	t := cli.Table{}
	years := fmt.Sprintf("(1 April %d to 31 March %d)", d.Cycle.FirstYear(), d.Cycle.FirstYear()+1)
	t.Add("campaign", fmt.Sprintf("%s, %s %s", d.Cycle, d.State, years))

	// A campaign may have no dates yet.
	if d.Opens != "" || d.Closes != "" {
		t.Add("dates", fmt.Sprintf("%s to %s", d.Opens, d.Closes))
	}
	t.Add("questionnaire", fmt.Sprintf("%s, definitions %s, policy %s", d.Questionnaire, d.Definitions, d.Policy))
	if d.LapseDays > 0 {
		t.Add("claims lapse", fmt.Sprintf("after %d idle days", d.LapseDays))
	}

	t.Add("supported", cli.Digits(d.Counts.Supported))
	t.Add("eligible", cli.Digits(d.Counts.Eligible))
	t.Add("claimed", cli.Digits(d.Counts.Claimed))
	for _, part := range []struct {
		label string
		n     int
	}{{"  contacted", d.Counts.Contacted}, {"  responded", d.Counts.Responded}, {"  declined", d.Counts.Declined},
		{"  unreachable", d.Counts.Unreachable}, {"  ineligible", d.Counts.Ineligible}} {
		t.Add(part.label, cli.Digits(part.n))
	}

	if err := t.Write(c.Data); err != nil {
		return err
	}

	// A campaign that nobody has claimed in has no regions to list.
	if len(d.Counts.ByRegion) == 0 {
		return nil
	}

	fmt.Fprintln(c.Data)
	regions := cli.Table{Right: []int{2, 3, 4, 5},
		Header: []string{"REGION", "NAME", "SUPPORTED", "CLAIMED", "RESPONDED", "DECLINED"}}
	for _, info := range survey.Regions() {
		if n, ok := d.Counts.ByRegion[info.Region]; ok {
			regions.Add(string(info.Region), info.Region.ShortName(), fmt.Sprint(n.Supported), fmt.Sprint(n.Claimed),
				fmt.Sprint(n.Responded), fmt.Sprint(n.Declined))
		}
	}
	return regions.Write(c.Data)
}
