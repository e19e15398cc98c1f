package records

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// areaMetrics are the metrics in the table. --json has all of them.
var areaMetrics = []struct {
	id, header string
	unit       survey.Unit
}{
	{"investment_leveraged", "INVESTMENT", survey.UnitPence}, {"jobs_created", "JOBS CREATED", survey.UnitFTE},
	{"jobs_safeguarded", "JOBS SAFEGUARDED", survey.UnitFTE},
	{"meaningful_interactions", "INTERACTIONS", survey.UnitCount},
}

func newRecordAreas(c *cli.Invocation) *cobra.Command {
	var out cli.Format
	var cycle survey.Cycle
	cmd := &cobra.Command{
		Use:   "areas --cycle CYCLE",
		Short: "Show this region's own figures by area (LEPs, ICBs, its own)",
		Long: `Show the sum of the counted answers and records of each area's organisations. A record
of the kind "areas" says where an organisation is. A company may be in several areas, so
the rows do not add up to the region. These are working figures for the region's own
staff: no release rule applies to them, and they do not leave the node. Do not publish
them.`,
		Example: "  tracker record add areas --set organisation=GB-COH:07209813 --set icb=QU9\n" +
			"  tracker record areas --cycle 2022-23",
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.Read(cmd.Context(), "figures by area", "/totals/areas", url.Values{"cycle": {string(cycle)}})
			if err != nil {
				return err
			}
			return printAreas(c, out, r)
		},
	}
	out.Flags(cmd, true)
	cli.CycleFlag(cmd, &cycle)
	return cmd
}

func printAreas(c *cli.Invocation, out cli.Format, r cli.Reply) error {
	var totals api.AreaTotals
	if err := r.Into(&totals); err != nil {
		return err
	}

	t := cli.Table{Header: []string{"AREA", "NAME", "ORGANISATIONS", "ANSWERS"}, Right: []int{2, 3}}

	// Figures stand to the right, after the four columns that are always there.
	for i, m := range areaMetrics {
		t.Header, t.Right = append(t.Header, m.header), append(t.Right, 4+i)
	}

	for _, row := range totals.Rows {
		sums := map[string]int64{}
		for _, f := range row.Figures {
			sums[f.Metric] = f.Value
		}

		cells := []string{row.Area, row.Label, cli.Digits(row.Organisations), cli.Digits(row.Answers)}

		// An area has a figure only if something was recorded there, and a blank is not 0.
		for _, m := range areaMetrics {
			text := ""
			if value, given := sums[m.id]; given {
				text = m.unit.Amount(value)
			}
			cells = append(cells, text)
		}
		t.Add(cells...)
	}

	return c.Print(out, r.Body, t, "No organisation has an area. "+
		"Add one with \"tracker record add areas --set organisation=ID --set icb=QU9\".")
}
