package figures

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// A comparison says of how many companies it is, and how many of them another
// region handed over.
func TestComparisonSaysWhoWasHandedOver(t *testing.T) {
	grown := int64(5000)
	answer := api.TotalsAnswer{Comparison: &survey.Comparison{Cycle: "2022-23", Against: "2021-22", Mode: survey.ModeCached, Definitions: survey.CurrentDefinitions,
		Panel:     []survey.Region{"otv", "sw"},
		Companies: &survey.PanelCompanies{Answered: 30, Matched: 20, AfterHandover: 3, ChangedRegion: 1, New: 6},
		Figures: []survey.ComparedFigure{{Metric: "investment_leveraged", Unit: survey.UnitPence,
			Now: survey.Figure{Metric: "investment_leveraged", Unit: survey.UnitPence}, Before: survey.Figure{Metric: "investment_leveraged", Unit: survey.UnitPence},
			Panel: &survey.PanelChange{Now: 150, Before: 100, Change: &grown, Companies: 23, AfterHandover: 3, Regions: 2}}}}}
	definitions, err := survey.DefinitionsByID(survey.CurrentDefinitions)
	if err != nil {
		t.Fatal(err)
	}
	for _, csv := range []bool{false, true} {
		var out bytes.Buffer
		c := cli.New(nil, cli.Stdio{Out: &out})
		if err := printComparison(c, cli.Format{CSV: csv}, nil, definitions, answer, false); err != nil {
			t.Fatal(err)
		}
		if err := c.Data.Flush(); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(out.String(), ",", " ")), " ")
		wants := []string{"SAME COMPANIES OF HANDED OVER", "+50% 23 3"}
		if !csv {
			wants = append(wants, "20 had answered the same region in 2021-22 3 another region which handed over what they said 1 another one without that",
				"the year before to another one that handed over what they said; 2 regions could match them")
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("csv %v: no %q in\n%s", csv, want, out.String())
			}
		}
	}
}
