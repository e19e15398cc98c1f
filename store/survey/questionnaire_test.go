package survey

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func questionnaire(t testing.TB) Questionnaire {
	t.Helper()
	q, err := QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestQuestionnaireIsWhole(t *testing.T) {
	q := questionnaire(t)
	if len(q.Questions) != 15 {
		t.Fatalf("%d questions, want 15", len(q.Questions))
	}
	core := ""
	for i, question := range q.Questions {
		if want := QuestionID(fmt.Sprintf("q%02d", i+1)); question.ID != want {
			t.Errorf("question %d is %s, want %s", i, question.ID, want)
		}
		if question.Core {
			core += string(question.ID) + " "
		}
		numeric := question.Kind == AskFTE || question.Kind == AskMoney || question.Kind == AskSources || question.Kind == AskCount
		for _, status := range []AnswerStatus{AnswerDontKnow, AnswerRefused, AnswerNotApplicable} {
			if numeric && !question.Allows(status) {
				t.Errorf("%s does not allow %s", question.ID, status)
			}
		}
		if numeric && (question.Unit == "" || question.Maximum == 0) {
			t.Errorf("%s has no unit or no maximum", question.ID)
		}
	}
	if core != "q01 q02 q03 q04 q05 q06 q07 q08 q10 " {
		t.Errorf("core questions: %s", core)
	}
	supported, _ := q.Question("q02")
	if len(supported.Options) != len(Regions())+1 {
		t.Errorf("q02 has %d options", len(supported.Options))
	}
	if got := q.Questions[2].Asked("2022-23"); !strings.Contains(got, "31 March 2023") {
		t.Errorf("q03 asks %q", got)
	}
	if len(SupportCategories()) != 11 {
		t.Errorf("%d support categories, want 11", len(SupportCategories()))
	}
	if _, err := QuestionnaireByID("nq-0"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown questionnaire: %v", err)
	}
}

func TestDefinitionsPointAtQuestions(t *testing.T) {
	d, err := DefinitionsByID(CurrentDefinitions)
	if err != nil {
		t.Fatal(err)
	}
	q := questionnaire(t)
	seen := map[string]bool{}
	for _, m := range d.Metrics {
		question, ok := q.Question(m.Question)
		if m.Record != "" {
			kind, err := RecordTypeOf(m.Record)
			measured := m.OfRegion() || m.Record == RecordAdoptions // package store adds these up
			if err != nil || kind.count == nil && !measured || m.Question != "" {
				t.Errorf("%s: no records are counted for it", m.ID)
			}
			question.Unit = UnitCount
			if m.Record == RecordFunding {
				question.Unit = UnitPence
			}
		} else if !ok {
			t.Errorf("%s: no question %s", m.ID, m.Question)
		}
		if _, ok := question.Option(m.Part); m.Part != "" && !ok {
			t.Errorf("%s: %s has no part %s", m.ID, m.Question, m.Part)
		}
		if m.Measure == MeasureValue && question.Unit != m.Unit {
			t.Errorf("%s is in %s, its question in %s", m.ID, m.Unit, question.Unit)
		}
		if seen[m.ID] || m.Label == "" || m.Definition == "" || m.Formula != nil {
			t.Errorf("%s: twice, without words, or with a formula", m.ID)
		}
		seen[m.ID] = true
	}
	for _, m := range d.Derived {
		for _, of := range m.Formula.Of {
			if part, _ := d.Metric(of); part.Qualifier == QualifierEstimated {
				t.Errorf("%s adds what was estimated", m.ID)
			}
			if !seen[of] {
				t.Errorf("%s is derived from the unknown %s", m.ID, of)
			}
		}
		if got, ok := d.Metric(m.ID); !ok || got.Formula == nil {
			t.Errorf("%s is not found", m.ID)
		}
	}
}

func TestFormula(t *testing.T) {
	totals := map[string]int64{"a": 2, "b": 3, "zero": 0, "huge": 1<<63 - 1}
	total := func(id string) (int64, bool) { v, ok := totals[id]; return v, ok }
	tests := []struct {
		formula Formula
		want    int64
		ok      bool
	}{
		{Formula{FormulaSum, []string{"a", "b"}}, 5, true},
		{Formula{FormulaSum, []string{"a", "absent"}}, 0, false},
		{Formula{FormulaSum, []string{"huge", "b"}}, 0, false},
		{Formula{FormulaRatio, []string{"a", "b"}}, 6667, true},
		{Formula{FormulaRatio, []string{"huge", "huge"}}, 10000, true},
		{Formula{FormulaRatio, []string{"a", "zero"}}, 0, false},
		{Formula{"mean", []string{"a", "b"}}, 0, false},
	}
	for _, test := range tests {
		if got, ok := test.formula.Value(total); got != test.want || ok != test.ok {
			t.Errorf("%v: %d %v, want %d %v", test.formula, got, ok, test.want, test.ok)
		}
	}
}

func TestBreakdownKeys(t *testing.T) {
	for dimension, count := range map[Dimension]int{BySector: 7, BySize: 5, ByStage: 7, BySupport: 12, ByRegion: 0} {
		keys := BreakdownKeys(dimension)
		if len(keys) != count {
			t.Errorf("%s has %d keys, want %d", dimension, len(keys), count)
		}
		if count > 0 && keys[count-1].Code != KeyUnknown {
			t.Errorf("%s does not end with %s", dimension, KeyUnknown)
		}
	}
	if SectorKey("astrology") != KeyUnknown || SectorKey(SectorPharma) != "pharma" || SizeKey("") != KeyUnknown || SizeKey(SizeMicro) != "0-9" {
		t.Error("sector or size key")
	}
}

func ExampleParseAnswers() {
	q, _ := QuestionnaireByID("nq-1")
	answers, problems, err := ParseAnswers(q, []byte(`{"q08": "250000.5", "q03": 7.5, "q10": 0, "q12": "dont_know"}`))
	shown, _ := json.Marshal(answers)
	fmt.Println(string(shown), problems, err)
	// Output: {"q03":7.50,"q08":250000.50,"q10":0,"q12":"dont_know"} [] <nil>
}
