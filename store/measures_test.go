package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func measured(t *testing.T, s *store.Store) map[string]int64 {
	t.Helper()
	cells, err := s.Measures(cycle)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, c := range cells {
		out[fmt.Sprintf("%s %s", c.Metric, c.Key)] = c.Value
	}
	return out
}

// The stakeholder survey of 2015: 1,200 respondents, of whom 73 % would
// recommend working with their AHSN.
func TestMeasuresOfTheRegionsOwnWork(t *testing.T) {
	s, _ := opened(t)
	for i, text := range []string{
		`{"cycle": "2022-23", "question": "recommend", "answered": 700, "positive": 500, "group": "NHS Trust"}`,
		`{"cycle": "2022-23", "question": "recommend", "answered": 500, "positive": 376, "group": "Industry"}`,
		`{"cycle": "2021-22", "question": "recommend", "answered": 9, "positive": 9, "group": "Industry"}`,
	} {
		add(t, s, write(t, survey.RecordStakeholders, fmt.Sprint(i), text))
	}
	for i, text := range []string{
		`{"programme": "PReCePT", "cycle": "2022-23", "name": "Patients benefited", "value": 400}`,
		`{"programme": "PINCER", "cycle": "2022-23", "name": "patients", "value": 57000, "value_qualifier": "up_to"}`,
		`{"programme": "PINCER", "cycle": "2022-23", "name": "patients", "value": 10, "value_basis": "modelled"}`,
		`{"programme": "Our falls project", "cycle": "2022-23", "name": "Sites", "value": 12}`,
		`{"programme": "Our falls project", "cycle": "2022-23", "name": "Smiles", "value": 999}`,
	} {
		add(t, s, write(t, survey.RecordMeasures, fmt.Sprint("m", i), text))
	}
	add(t, s, write(t, survey.RecordFunding, "f1", `{"cycle": "2022-23", "source": "ols", "amount": "1000000.50"}`))
	add(t, s, write(t, survey.RecordFunding, "f2", `{"cycle": "2022-23", "source": "other", "amount": "5", "amount_qualifier": "estimated"}`))
	got := measured(t, s)
	for name, want := range map[string]int64{
		"stakeholder_recommend_answered ": 1200, "stakeholder_recommend_positive ": 876, "stakeholder_recommend_answered industry": 500,
		"stakeholder_recommend_answered nhs-provider": 700,
		"programme_patients ":                         400, "programme_patients precept": 400, "programme_patients_estimated ": 57010,
		"programme_patients_estimated pincer": 57010, "programme_locations regional": 12, "programme_measures ": 5,
		"funding ": 1000000_50, "funding_estimated ": 5_00,
	} {
		if got[name] != want {
			t.Errorf("%s: %d, want %d", name, got[name], want)
		}
	}
	if rate := got["stakeholder_recommend_positive "] * 100 / got["stakeholder_recommend_answered "]; rate != 73 {
		t.Errorf("%d %% would recommend", rate)
	}
	definitions, err := survey.DefinitionsByID(survey.CurrentDefinitions)
	if err != nil {
		t.Fatal(err)
	}
	for name := range got {
		var metric, key string
		if _, err := fmt.Sscan(name, &metric, &key); metric == "" {
			t.Fatal(err)
		}
		if m, known := definitions.Metric(metric); !known || !m.OfRegion() {
			t.Errorf("%s is not defined", metric)
		}
	}
}

func TestAdoptionsCountForEachCompany(t *testing.T) {
	s, _ := opened(t)
	for i, text := range []string{
		`{"organisation": %q, "adopter": "A trust", "date": "2022-06-01", "sites": 3, "patients": 100}`,
		`{"organisation": %q, "adopter": "Another", "date": "2022-07-01", "sites": 2, "patients": 500, "patients_basis": "modelled"}`,
		`{"organisation": %q, "adopter": "Next year", "date": "2023-07-01", "sites": 50}`,
	} {
		add(t, s, write(t, survey.RecordAdoptions, fmt.Sprint(i), fmt.Sprintf(text, company(1))))
	}
	got, err := s.CountedSince(cycle, store.Mark{})
	if err != nil || len(got.Companies) != 1 || got.Companies[0].Organisation != company(1) || got.Companies[0].Adoptions == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	sums := map[string]int64{}
	for _, v := range got.Companies[0].Adoptions.Values {
		sums[v.Metric] = v.Value
	}
	if sums["adoption_sites"] != 5 || sums["adoption_patients"] != 100 || sums["adoption_patients_estimated"] != 500 {
		t.Errorf("%v", sums)
	}
}

// TestMeasuresAreNews: who waits for changed figures hears of the region's own
// work too, when it is recorded and when it is changed; a contact is none.
func TestMeasuresAreNews(t *testing.T) {
	s, _ := opened(t)
	news := func(what string, want bool, change func()) {
		t.Helper()
		watch := s.Watch()
		change()
		select {
		case <-watch:
			if !want {
				t.Errorf("%s: the figures are called changed", what)
			}
		default:
			if want {
				t.Errorf("%s: nobody is told", what)
			}
		}
	}
	text := `{"programme": "PINCER", "cycle": "2022-23", "name": "patients", "value": %d}`
	var kept survey.Record
	news("recorded", true, func() { kept = add(t, s, write(t, survey.RecordMeasures, "1", fmt.Sprintf(text, 5))) })
	news("a contact", false, func() {
		add(t, s, write(t, survey.RecordContacts, "2", `{"organisation": "GB-COH:99000001", "name": "A contact"}`))
	})
	again := write(t, survey.RecordMeasures, "3", fmt.Sprintf(text, 6))
	again.Record.ID = kept.ID
	news("changed", true, func() {
		if _, err := s.ChangeRecord(context.Background(), again); err != nil {
			t.Error(err)
		}
	})
}
