package totals

import (
	"errors"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestPeopleForThePublic: 1 to 7 persons are not shown, the rest to the nearest
// five, in provisional and in final figures, of the nation and of the regions,
// and no share tells how many they are.
func TestPeopleForThePublic(t *testing.T) {
	definitions, err := survey.DefinitionsByID(survey.CurrentDefinitions)
	if err != nil {
		t.Fatal(err)
	}
	for persons, want := range map[int64]int64{0: 0, 1: -1, 2: -1, 3: -1, 7: -1, 8: 10, 12: 10, 13: 15, 530_002: 530_000} {
		for _, metric := range []string{"programme_patients", "stakeholder_recommend_positive", "adoption_patients"} {
			totals := survey.Totals{Policy: disclosure.Standard, Figures: []survey.Figure{
				{Metric: metric, Unit: survey.UnitCount, Value: persons, Contributors: 12, Status: survey.FigureReported, Qualifier: survey.QualifierExact}}}
			for name, public := range map[string]func(survey.Definitions, survey.Totals) (survey.Totals, error){"provisional": Provisional, "final": Final} {
				got, err := public(definitions, totals)
				if err != nil {
					t.Fatal(err)
				}
				f := got.Figures[0]
				if shown := !f.Absent(); shown != (want >= 0) || shown && f.Value != want || !shown && (f.Value != 0 || f.ReasonCode != survey.FigureFewPeople) {
					t.Errorf("%s %s of %d persons: %+v", name, metric, persons, f)
				}
			}
		}
	}
}

func TestAShareOfFewPeopleIsHidden(t *testing.T) {
	in := nationOfOnly(t, heldOf(t, finalOf("otv", 3, 9)), heldOf(t, finalOf("sw", 41, 52)))
	in.campaign.Policy, in.campaign.State = disclosure.Standard, survey.CampaignClosed
	for metric, want := range map[string][3]int64{"stakeholder_recommend_positive": {45, -1, 40}, "stakeholder_recommend_answered": {60, 10, 50}, "stakeholder_recommend_rate": {7500, -1, 8000}} {
		table, err := publicWhole(in, metric)
		if err != nil || len(table.Rows) != 2 || table.Provisional {
			t.Fatalf("%s: %+v, %v", metric, table, err)
		}
		for i, f := range []survey.Figure{table.Nation[0], table.Rows[0].Figures[0], table.Rows[1].Figures[0]} {
			if f.Absent() != (want[i] < 0) || !f.Absent() && (f.Value != want[i] || f.Qualifier == survey.QualifierExact) {
				t.Errorf("%s, %d: %+v", metric, i, f)
			}
		}
	}
}

// nationOfOnly has no regions but those.
func nationOfOnly(t *testing.T, summaries ...*held) *input {
	in := nationOf(t, "", summaries...)
	in.summaries, in.regions = summaries, nil
	for _, h := range summaries {
		in.regions = append(in.regions, h.summary.Region)
	}
	return in
}

// finalOf is a region's final summary with what its stakeholders say.
func finalOf(region survey.Region, positive, answered int64) Summary {
	s := summaryOf(region, 1, 1, []survey.Cell{
		{Metric: "stakeholder_recommend_answered", Value: answered, Contributors: 1}, {Metric: "stakeholder_recommend_positive", Value: positive, Contributors: 1}}, 0)
	s.Status = SummaryFinal
	return s
}

// dominated is a nation of fifteen, one of which has a company with most of its
// money.
func dominated(t *testing.T) *input {
	var summaries []*held
	for i, region := range fifteen {
		c := survey.Cell{Metric: money, Value: 500_000_00 + int64(i)*1000_00, Contributors: 20}
		if region == "sw" {
			c.Value, c.Flag = 2_500_000_00, survey.CellMembers
		}
		cells := []survey.Cell{c}
		for by, key := range map[survey.Dimension]string{survey.BySector: "medtech", survey.BySize: string(survey.SizeMicro), survey.ByStage: "idea"} {
			c.Dimension, c.Key = by, key
			cells = append(cells, c)
		}
		s := summaryOf(region, 1, 1, cells, 20)
		s.Status = SummaryFinal
		summaries = append(summaries, heldOf(t, s))
	}
	in := nationOf(t, "", summaries...)
	in.campaign.Policy, in.campaign.State = disclosure.Standard, survey.CampaignClosed
	return in
}

// TestPublicRegionsHideAlike: a region that one company dominates is hidden with
// complements beside the exact nation, and alike in every table of the metric.
func TestPublicRegionsHideAlike(t *testing.T) {
	in := dominated(t)
	whole, err := publicWhole(in, money)
	if err != nil {
		t.Fatal(err)
	}
	if f := whole.Nation[0]; f.Qualifier != survey.QualifierExact || f.Value == 0 {
		t.Errorf("the nation: %+v", f)
	}
	var hidden []string
	for _, row := range whole.Rows {
		if f := row.Figures[0]; f.Status == survey.FigureHidden {
			hidden = append(hidden, row.Key)
			if f.Value != 0 || f.Contributors != 0 || f.Reason == "" {
				t.Errorf("%s: %+v", row.Key, f)
			}
		}
	}
	if len(hidden) < 3 || !slices.Contains(hidden, "sw") {
		t.Errorf("hidden: %v", hidden)
	}
	for _, by := range []survey.Dimension{survey.BySector, survey.BySize, survey.ByStage} {
		in.by = by
		table, err := publicTable(in, money)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range table.Totals {
			if f.Absent() != whole.Rows[i].Figures[0].Absent() {
				t.Errorf("by %s, %s: %+v, and %+v alone", by, table.Rows[i].Key, f, whole.Rows[i].Figures[0])
			}
		}
	}
}

func TestPublicFiguresOfAnOpenYear(t *testing.T) {
	in := dominated(t)
	in.campaign.State = survey.CampaignOpen
	for _, h := range in.summaries {
		h.summary.Status = SummaryOpen
	}
	table, err := publicWhole(in, money)
	if err != nil || !table.Provisional || len(table.Rows) != 0 || table.Nation[0].Value%100_000_00 != 0 || table.Nation[0].Qualifier == survey.QualifierExact {
		t.Errorf("%+v, %v", table, err)
	}
	if _, err := publicWhole(in, "luck"); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("an unknown metric: %v", err)
	}
}

// TestDerivedFiguresForThePublic: what is made of a hidden part is hidden.
func TestDerivedFiguresForThePublic(t *testing.T) {
	in := nationOfOnly(t, heldOf(t, jobs("gm", 0, 30_00)), heldOf(t, jobs("otv", survey.CellMembers, 50_00)), heldOf(t, jobs("sw", 0, 20_00)), heldOf(t, jobs("we", 0, 25_00)), heldOf(t, jobs("yh", 0, 26_00)))
	in.campaign.Policy, in.campaign.State = disclosure.Standard, survey.CampaignClosed
	whole, err := publicWhole(in, "jobs_created_or_safeguarded")
	if err != nil {
		t.Fatal(err)
	}
	created, err := publicWhole(in, "jobs_created")
	if err != nil {
		t.Fatal(err)
	}
	if f := whole.Nation[0]; f.Value != 151_00+5*10_00 || f.Qualifier != survey.QualifierExact {
		t.Errorf("the nation: %+v", f)
	}
	shown := 0
	for i, row := range whole.Rows {
		f, part := row.Figures[0], created.Rows[i].Figures[0]
		if f.Absent() != part.Absent() || !f.Absent() && f.Value != part.Value+10_00 {
			t.Errorf("%s: %+v beside %+v", row.Key, f, part)
		}
		if !f.Absent() {
			shown++
		}
	}
	if shown == 0 || shown > 2 {
		t.Errorf("%d regions are shown", shown)
	}
}

func jobs(region survey.Region, flag survey.CellFlag, created int64) Summary {
	s := summaryOf(region, 1, 1, []survey.Cell{
		{Metric: "jobs_created", Value: created, Contributors: 20, Flag: flag}, {Metric: "jobs_created", Dimension: survey.BySector, Key: "medtech", Value: created, Contributors: 20, Flag: flag},
		{Metric: "jobs_safeguarded", Value: 10_00, Contributors: 20}, {Metric: "jobs_safeguarded", Dimension: survey.BySector, Key: "medtech", Value: 10_00, Contributors: 20}}, 20)
	s.Status = SummaryFinal
	return s
}
