package totals

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// finalTable is a region's final summary with money by sector.
func finalTable(t *testing.T, region survey.Region, medtech, digital survey.Cell) *held {
	cells := []survey.Cell{{Metric: money, Value: medtech.Value + digital.Value, Contributors: medtech.Contributors + digital.Contributors}}
	for key, c := range map[string]survey.Cell{"digital": digital, "medtech": medtech} {
		c.Metric, c.Dimension, c.Key = money, survey.BySector, key
		cells = append(cells, c)
	}
	if medtech.Flag.Withheld() { // the headline is whole, the parts are not known
		cells[0].Value, cells[0].Contributors = 900_00, 15
	}
	s := summaryOf(region, 1, 1, cells, 40)
	s.Status = SummaryFinal
	return heldOf(t, s)
}

func TestPublicTableByRegionAndSector(t *testing.T) {
	var summaries []*held
	for i, region := range fifteen {
		medtech, digital := survey.Cell{Value: int64(1000_00 + 100*i), Contributors: 20}, survey.Cell{Value: 500_00, Contributors: 12}
		switch i {
		case 2:
			medtech.Flag = survey.CellMembers // dominated
		case 4:
			medtech, digital = survey.Cell{Flag: survey.CellHidden}, survey.Cell{Flag: survey.CellHidden}
		}
		summaries = append(summaries, finalTable(t, region, medtech, digital))
	}
	in := nationOf(t, survey.BySector, summaries...)
	in.campaign.Policy, in.by = disclosure.Standard, survey.BySector
	got, err := publicTable(in, money)
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[string]int{}
	for _, row := range got.Rows {
		for k, f := range row.Figures {
			if f.Status == survey.FigureHidden {
				hidden[got.Keys[k].Code]++
				if f.Value != 0 || f.ReasonCode == "" || f.Reason == "" {
					t.Errorf("%s %s: %+v", row.Key, got.Keys[k].Code, f)
				}
			}
		}
	}
	if hidden["medtech"] < 3 || hidden["digital"] == 0 {
		t.Errorf("hidden: %v", hidden)
	}
	for k, key := range got.Keys {
		if key.Code == "medtech" && (got.Nation[k].Qualifier != survey.QualifierAtLeast || got.Nation[k].ReasonCode != survey.FigureFew) {
			t.Errorf("of the nation: %+v", got.Nation[k])
		}
	}
	if _, err := publicTable(in, "jobs_created_or_safeguarded"); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a derived metric: %v", err)
	}
	in.by = survey.ByRegion
	if _, err := publicTable(in, money); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("by region twice: %v", err)
	}
}

func TestPublicTableOfACertifiedYear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "standard", "gm", "kss", "otv", "sw")
		defer n.end()
		if _, err := n.node("gm").PublicTable(cycle, money, survey.BySector); !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), "not final") {
			t.Errorf("before the figures are final: %v", err)
		}
		n.certify(0)
		got, err := n.node("gm").PublicTable(cycle, money, survey.BySector)
		if err != nil || got.Revision != 0 || len(got.Rows) != 4 || len(got.Totals) != 4 {
			t.Fatalf("%+v, %v", got, err)
		}
		for k, f := range got.Nation {
			if code := got.Keys[k].Code; (code == "medtech" || code == "digital") && (f.Value != 4*10*100_00 || f.Qualifier != survey.QualifierExact) {
				t.Errorf("%s: %+v", code, f)
			}
		}
	})
}
