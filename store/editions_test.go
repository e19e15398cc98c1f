package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	laterQuestions = `{"id": "nq-2", "title": "Later", "questions": [
 {"id": "q02", "kind": "multi", "text": "Who helped?", "core": true, "options_from": "regions", "options": [{"code": "none", "label": "None", "exclusive": true}]},
 {"id": "q20", "kind": "money", "unit": "pence", "maximum": 100000000000, "core": true, "text": "How much was saved?"}], "rules": []}`
	laterDefinitions = `{"id": "md-2", "questionnaire": "nq-2", "metrics": [{"id": "savings", "label": "Savings", "unit": "pence", "question": "q20", "definition": "q20"}], "derived": []}`
	fewerDefinitions = `{"id": "md-3", "questionnaire": "nq-1", "metrics": [{"id": "staff", "label": "Staff", "unit": "fte_hundredths", "question": "q03", "definition": "q03"}], "derived": []}`
)

// editionsIn writes files into a directory and reads it.
func editionsIn(t *testing.T, dir string, files map[string]string) (*survey.Editions, error) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, _, err := store.ReadEditions(dir, us)
	return e, err
}

func TestEditionsAreReadFromADirectory(t *testing.T) {
	if e, found, err := store.ReadEditions(filepath.Join(t.TempDir(), "nowhere"), us); err != nil || len(found) != 0 || len(e.Files()) != 0 {
		t.Errorf("%v %v", found, err)
	}
	own := func(n, text string) string {
		return `{"id": "own-` + n + `", "region": "otv", "questions": [{"id": "otv.x", "kind": "text", "maximum": 9, "text": "` + text + `"}]}`
	}
	e, err := editionsIn(t, t.TempDir(), map[string]string{"nq-2.json": laterQuestions, "md-2.json": laterDefinitions, "own-9.json": own("9", "before"), "own-10.json": own("10", "now"), "other.json": "no"})
	if err != nil || strings.Join(e.Files(), " ") != "md-2.json nq-2.json own-10.json own-9.json" {
		t.Fatalf("%v %v", e.Files(), err)
	}
	if q, err := e.Questionnaire("nq-1"); err != nil || q.Questions[15].Text != "now" {
		t.Errorf("%+v %v", q, err)
	}
	for want, files := range map[string]map[string]string{
		"name the file nq-2.json":         {"nq-3.json": laterQuestions},
		"load their questionnaire":        {"md-2.json": laterDefinitions},
		"not JSON":                        {"ss-2.json": "{"},
		"larger than":                     {"nq-2.json": strings.Repeat(" ", 1<<20+1)},
		"otv.x has other content":         {"own-1.json": own("1", "x"), "own-2.json": strings.Replace(own("2", "x"), `"kind": "text"`, `"kind": "count"`, 1)},
		"of the region sw, this node is":  {"own-1.json": strings.ReplaceAll(own("1", "x"), "otv", "sw")},
		"its id is own- and a number":     {"own-01.json": own("01", "x")},
		"md-1 is known here with other c": {"md-1.json": strings.Replace(laterDefinitions, "md-2", "md-1", 1), "nq-2.json": laterQuestions},
	} {
		if _, err := editionsIn(t, t.TempDir(), files); !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestAnswersCountByWhatIsKnownNow: definitions that come later count what is
// there, and a campaign's own definitions go before the current ones.
func TestAnswersCountByWhatIsKnownNow(t *testing.T) {
	dir, r := t.TempDir(), newRegistry()
	path := filepath.Join(dir, "records.db")
	reopen := func(files map[string]string) *store.Store {
		t.Helper()
		e, err := editionsIn(t, dir, files)
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(store.Options{Path: path, Region: us, Editions: e})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { checkClean(t, s); _ = s.Close() })
		return s
	}
	s := reopen(map[string]string{"nq-2.json": laterQuestions})
	q, err := s.Editions().Questionnaire("nq-2")
	if err != nil {
		t.Fatal(err)
	}
	a, problems, err := survey.ParseAnswers(q, []byte(`{"q02": ["otv"], "q20": "12.50"}`))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	r.grant(cycle, company(1), us)
	r.grant(cycle, company(2), us)
	record(t, s, company(1), a)
	record(t, s, company(2), complete(t, "100"))
	feed(t, s, r)
	wantTotal(t, s, "savings", 0, 0)
	wantTotal(t, s, "investment_leveraged", 100_00, 1)
	checkClean(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = reopen(map[string]string{"md-2.json": laterDefinitions, "md-3.json": fewerDefinitions})
	wantTotal(t, s, "savings", 12_50, 1)
	checkClean(t, s)
	number, at := r.next()
	r.campaigns[cycle] = &survey.Change{Number: number, At: at, Campaign: &survey.Campaign{Cycle: cycle, State: survey.CampaignOpen, Questionnaire: "nq-1", Definitions: "md-3"}}
	feed(t, s, r)
	wantTotal(t, s, "staff", 20_00, 1)
	wantTotal(t, s, "investment_leveraged", 0, 0)
	wantTotal(t, s, "savings", 12_50, 1)

	// Answers to what nobody here knows are refused.
	unknown := request(company(3), survey.Answers{Questionnaire: "nq-77"})
	if _, err := s.RecordResponse(t.Context(), unknown); !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), "questionnaire") {
		t.Errorf("%v", err)
	}
}
