package survey

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func recordType(t *testing.T, kind RecordKind) RecordType {
	t.Helper()
	kindOf, err := RecordTypeOf(kind)
	if err != nil {
		t.Fatal(err)
	}
	return kindOf
}

// valid are the least records of each kind.
var validRecords = map[RecordKind]string{
	RecordContacts:       `{"organisation": "GB-COH:7209813", "name": "A. Person", "email": "a@example.org"}`,
	RecordInnovations:    `{"organisation": "GB-COH:07209813", "name": "Pump", "stage": "Idea", "trl": 3}`,
	RecordEngagements:    `{"organisation": "GB-COH:07209813", "date": "2022-04-01", "category": "pricing"}`,
	RecordInteractions:   `{"organisation": "GB-COH:07209813", "date": "2023-03-31", "channel": "call", "two_way": true, "minutes": 30, "innovation": "Pump"}`,
	RecordPartnerships:   `{"organisation": "GB-COH:07209813", "partner": "A trust", "partner_kind": "nhs", "starts": "2022-06-01", "months": 12}`,
	RecordAdoptions:      `{"organisation": "GB-COH:07209813", "adopter": "A trust", "date": "2022-06-01", "patients": "1200", "patients_qualifier": "up_to", "patients_basis": "modelled"}`,
	RecordProgrammes:     `{"name": "Hearts", "cycle": "2022/23", "budget": "1250000.50"}`,
	RecordMeasures:       `{"programme": "Hearts", "cycle": "2022-23", "name": "Patients treated", "value": 12}`,
	RecordSafetyMeasures: `{"programme": "Falls", "cycle": "2022-23", "name": "Falls", "value": 3, "of": 100}`,
	RecordStakeholders:   `{"cycle": "2022-23", "question": "recommend", "answered": 120, "positive": 88}`,
	RecordFunding:        `{"cycle": "2022-23", "source": "ols", "amount": 100000}`,
	RecordChases:         `{"organisation": "GB-COH:07209813", "cycle": "2022-23", "date": "2023-05-01", "channel": "email", "next_due": "2023-05-15"}`,
	RecordAssignments:    `{"organisation": "GB-COH:07209813", "cycle": "2022-23", "adviser": "jo"}`,
	RecordNotes:          `{"organisation": "GB-COH:07209813", "tags": ["spin-out", "AI"], "note": "Ask in June"}`,
	RecordAreas:          `{"organisation": "GB-COH:07209813", "icb": "QU9", "lep": "E37000025", "area": "otv.west"}`,
	RecordReported:       `{"organisation": "GB-COH:07209813", "cycle": "2019-20", "region": "Wessex AHSN", "state": "Surveyed", "date": "2020-09-01", "outcome": "Replied"}`,
	RecordBaseline:       `{"cycle": "2018-19", "through": "2019-20", "scope": "nation", "metric": "investment_leveraged", "value": "500000000", "unit": "pounds", "value_qualifier": "at_least", "source": "Impact report 2020"}`,
}

func TestEveryKindOfRecordReadsBackWhatItWrites(t *testing.T) {
	for _, kind := range RecordKinds() {
		kindOf := recordType(t, kind)
		r, problems, err := ParseRecord(kindOf, "otv", []byte(validRecords[kind]))
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", kind, problems, err)
			continue
		}
		r.ID, r.Version = "an-id", 3
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, problems, err := ParseRecord(kindOf, "otv", text)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s: %s: %v %v", kind, text, problems, err)
		}
		again.ID, again.Version = r.ID, r.Version
		if back, _ := json.Marshal(again); string(back) != string(text) {
			t.Errorf("%s:\n%s\n%s", kind, text, back)
		}
		var cells []RecordCell
		for _, v := range r.Values {
			f, _ := kindOf.Field(v.Field)
			cells = append(cells, RecordCell{v.Field, v.Cell(f.Kind)})
		}
		fromCells, problems := ParseRecordCells(kindOf, "otv", cells)
		fromCells.ID, fromCells.Version = r.ID, r.Version
		if back, _ := json.Marshal(fromCells); string(back) != string(text) || len(problems) > 0 {
			t.Errorf("%s from cells: %v\n%s\n%s", kind, problems, text, back)
		}
	}
	if _, err := RecordTypeOf("wishes"); !errors.Is(err, ErrNotFound) {
		t.Error("an unknown kind is found")
	}
}

func TestFaultyRecords(t *testing.T) {
	for _, tc := range []struct {
		kind        RecordKind
		text        string
		field, code string
	}{
		{RecordContacts, `{"organisation": "GB-COH:1"}`, "name", ProblemMissing},
		{RecordContacts, `{"organisation": "Acme", "name": "A"}`, "organisation", ProblemWrongType},
		{RecordContacts, `{"organisation": "GB-COH:1", "name": "A", "email": "A <a@b.c>"}`, "email", ProblemWrongType},
		{RecordContacts, `{"organisation": "GB-COH:1", "name": "A", "opted_out": "perhaps"}`, "opted_out", ProblemWrongType},
		{RecordContacts, `{"organisation": "GB-COH:1", "name": "A", "name": "B"}`, "name", ProblemTwice},
		{RecordContacts, `{"organisation": "GB-COH:1", "name": "A\u0000"}`, "name", ProblemNotAllowed},
		{RecordContacts, `{"organisation": "GB-COH:1", "name": "A", "shoes": 1}`, "shoes", ProblemUnknownField},
		{RecordContacts, `{"organisation": "GB-COH:1", "name": "A", "sw.lep": "x"}`, "sw.lep", ProblemUnknownField},
		{RecordEngagements, `{"organisation": "GB-COH:1", "date": "2022-02-30", "category": "pricing"}`, "date", ProblemWrongType},
		{RecordEngagements, `{"organisation": "GB-COH:1", "date": "2022-05-30", "category": "magic"}`, "category", ProblemUnknownCode},
		{RecordEngagements, `{"organisation": "GB-COH:1", "date": "2022-05-30", "category": "pricing", "cycle": "2021-22"}`, "cycle", ProblemInconsistent},
		{RecordEngagements, `{"organisation": "GB-COH:1", "date": "1999-05-30", "category": "pricing"}`, "date", ProblemNotAllowed},
		{RecordEngagements, `{"organisation": "GB-COH:1", "date": "2022-05-30", "category": "pricing", "ended": "2022-05-29"}`, "ended", ProblemInconsistent},
		{RecordInteractions, `{"organisation": "GB-COH:1", "date": "2022-05-30", "channel": "call", "meaningful_override": true}`, "meaningful_reason", ProblemInconsistent},
		{RecordAdoptions, `{"organisation": "GB-COH:1", "adopter": "T", "date": "2022-06-01", "patients_qualifier": "exact"}`, "patients", ProblemMissing},
		{RecordFunding, `{"cycle": "2022-23", "source": "ols", "amount": "1e309"}`, "amount", ProblemNotNumber},
		{RecordFunding, `{"cycle": "2022-23", "source": "ols", "amount": -1}`, "amount", ProblemNegative},
		{RecordFunding, `{"cycle": "2022-23", "source": "ols", "amount": "99999999999999"}`, "amount", ProblemTooLarge},
		{RecordStakeholders, `{"cycle": "2022-23", "question": "recommend", "answered": 1, "positive": 2}`, "positive", ProblemInconsistent},
		{RecordNotes, `{"organisation": "GB-COH:1", "tags": [1]}`, "tags", ProblemWrongType},
	} {
		_, problems, err := ParseRecord(recordType(t, tc.kind), "otv", []byte(tc.text))
		if err != nil || len(problems) != 1 || problems[0].Field != tc.field || problems[0].Code != tc.code {
			t.Errorf("%s: %v %v", tc.text, problems, err)
		}
	}
	for _, text := range []string{"", "[]", "{", `{"a": [[1]]}`, strings.Repeat(" ", MaxAnswersBytes+1)} {
		if _, _, err := ParseRecord(recordType(t, RecordNotes), "otv", []byte(text)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestARegionsOwnFields(t *testing.T) {
	r, problems, err := ParseRecord(recordType(t, RecordNotes), "otv", []byte(`{"organisation": "GB-COH:1", "otv.lep": "Oxfordshire"}`))
	if err != nil || len(problems) > 0 || r.Text("otv.lep") != "Oxfordshire" {
		t.Fatalf("%+v %v %v", r, problems, err)
	}
	if r.Contributions() != nil || r.Supports() {
		t.Error("a note counts")
	}
}

func TestMeaningfulAndStrategic(t *testing.T) {
	interaction := `{"organisation": "GB-COH:1", "date": "2022-05-30", "innovation": "Pump", `
	partnership := `{"organisation": "GB-COH:1", "partner": "T", "starts": "2022-04-01", `
	for text, want := range map[string]bool{
		interaction + `"channel": "call", "two_way": true, "minutes": 30}`:                                                                   true,
		interaction + `"channel": "call", "two_way": true, "minutes": 29}`:                                                                   false,
		interaction + `"channel": "email", "two_way": true, "bespoke_output": "yes"}`:                                                        true,
		interaction + `"channel": "call", "minutes": 60}`:                                                                                    false,
		interaction + `"channel": "event", "two_way": true, "minutes": 60}`:                                                                  false,
		interaction + `"channel": "newsletter", "two_way": true, "bespoke_output": true}`:                                                    false,
		interaction + `"channel": "email", "meaningful_override": true, "meaningful_reason": "several_contacts"}`:                            true,
		interaction + `"channel": "call", "two_way": true, "minutes": 60, "meaningful_override": false, "meaningful_reason": "misrecorded"}`: false,
		partnership + `"partner_kind": "nhs", "months": 12}`:                                                                                 true,
		partnership + `"partner_kind": "nhs", "months": 11}`:                                                                                 false,
		partnership + `"partner_kind": "nhs", "ends": "2023-03-31"}`:                                                                         true,
		partnership + `"partner_kind": "nhs", "ends": "2023-03-30"}`:                                                                         false,
		partnership + `"partner_kind": "ahsn", "months": 24}`:                                                                                true,
		partnership + `"partner_kind": "university", "months": 24}`:                                                                          false,
		partnership + `"partner_kind": "nhs"}`:                                                                                               false,
		`{"organisation": "GB-COH:1", "date": "2022-05-30", "channel": "call", "two_way": true, "minutes": 60}`:                              false,
	} {
		kind, metric := RecordInteractions, "meaningful_interactions"
		if strings.HasPrefix(text, partnership) {
			kind, metric = RecordPartnerships, "strategic_partnerships"
		}
		r, problems, err := ParseRecord(recordType(t, kind), "otv", []byte(text))
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s: %v %v", text, problems, err)
		}
		got := r.Contributions()
		if (len(got) == 1 && got[0] == Contribution{metric, 1}) != want || (r.Computed()[0].Number == 1) != want {
			t.Errorf("%s: %v", text, got)
		}
		if r.Deleted = true; r.Contributions() != nil || r.Supports() {
			t.Errorf("%s counts although it is deleted", text)
		}
	}
}

func TestCycleOf(t *testing.T) {
	for day, want := range map[string]Cycle{"2022-03-31": "2021-22", "2022-04-01": "2022-23", "2013-03-31": "", "2013-04-01": "2013-14", "nonsense": ""} {
		if got := CycleOf(day); got != want {
			t.Errorf("%s: %q", day, got)
		}
	}
}
