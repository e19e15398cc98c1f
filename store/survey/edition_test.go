package survey_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// Numbers of their own: what is loaded stays for the life of the process.
const shortQuestionnaire = `{"id": "nq-901", "title": "A short one", "questions": [
 {"id": "q02", "kind": "multi", "text": "Who helped?", "core": true, "options_from": "regions", "options": [{"code": "none", "label": "None", "exclusive": true}]},
 {"id": "q08", "kind": "money", "unit": "pence", "core": true, "maximum": 1000000, "text": "How much?"},
 {"id": "otv.lep", "kind": "money", "unit": "pence", "maximum": 1000000, "text": "How much from the LEP?"}], "rules": []}`

const shortDefinitions = `{"id": "md-901", "questionnaire": "nq-901", "metrics": [
 {"id": "investment_leveraged", "label": "Investment", "unit": "pence", "question": "q08", "definition": "q08"}], "derived": []}`

func TestAnswersToALoadedQuestionnaireCount(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"nq-901.json": shortQuestionnaire, "md-901.json": shortDefinitions, "other.json": "no"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := survey.QuestionnaireByID("nq-901"); !errors.Is(err, survey.ErrNotFound) {
		t.Fatalf("before it is loaded: %v", err)
	}
	for range 2 { // again changes nothing
		found, err := survey.LoadEditions(dir)
		if err != nil || len(found) != 2 || found[0].ID != "md-901" || found[1].Items != 3 || len(found[1].Hash) != 64 {
			t.Fatalf("%+v %v", found, err)
		}
	}
	q, err := survey.QuestionnaireByID("nq-901")
	if err != nil {
		t.Fatal(err)
	}
	a, problems, err := survey.ParseAnswers(q, []byte(`{"q02": ["otv"], "q08": 12.5, "otv.lep": 99}`))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	counts := survey.Contributions(a)
	if len(counts) != 1 || counts[0] != (survey.Contribution{Metric: "investment_leveraged", Value: 1250}) || !survey.Complete(a) {
		t.Errorf("the region's own question must not count: %+v", counts)
	}
	e, err := survey.CheckEdition([]byte(strings.ReplaceAll(shortQuestionnaire, "\n", "\n\n  ")))
	if err != nil || !e.Known {
		t.Errorf("the same with other spaces: %+v %v", e, err)
	}
	_, err = survey.CheckEdition([]byte(strings.Replace(shortQuestionnaire, "How much?", "How little?", 1)))
	if !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), "other content") {
		t.Errorf("other content under the same name: %v", err)
	}
}

func TestTheEmbeddedEditionsPassTheirOwnCheck(t *testing.T) {
	for _, name := range []string{"nq-1", "md-1"} {
		data, err := os.ReadFile("data/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if e, err := survey.CheckEdition(data); err != nil || !e.Known {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
}

func TestFaultyEditionsAreRefused(t *testing.T) {
	question := func(change string) string {
		return `{"id": "nq-902", "title": "x", "questions": [` + change + `], "rules": []}`
	}
	metric := func(change string) string {
		return `{"id": "md-902", "questionnaire": "nq-1", "metrics": [` + change + `], "derived": []}`
	}
	good := `{"id": "q08", "kind": "money", "unit": "pence", "maximum": 1, "text": "x"}`
	for name, c := range map[string][2]string{
		"not JSON":             {"{", "not JSON"},
		"neither":              {"{}", "neither"},
		"unknown member":       {strings.Replace(question(good), `"title"`, `"colour": 1, "title"`, 1), "colour"},
		"something after":      {question(good) + "x", "not JSON"},
		"a foreign id":         {strings.Replace(question(good), "nq-902", "../nq-1", 1), "its id is"},
		"no question":          {question(""), "0 questions"},
		"twice":                {question(good + "," + good), "twice"},
		"unknown kind":         {question(`{"id": "q08", "kind": "guess", "text": "x"}`), "kind is not known"},
		"wrong unit":           {question(`{"id": "q08", "kind": "money", "unit": "count", "maximum": 1, "text": "x"}`), "unit is pence"},
		"no options":           {question(`{"id": "q01", "kind": "choice", "text": "x"}`), "no options"},
		"an own core one":      {question(`{"id": "otv.x", "kind": "text", "maximum": 9, "text": "x", "core": true}`), "nothing national"},
		"of no region":         {question(`{"id": "xyz.x", "kind": "text", "maximum": 9, "text": "x"}`), "a region's code"},
		"of a foreign metric":  {metric(`{"id": "m", "label": "M", "unit": "pence", "question": "q99", "definition": "x"}`), "does not ask"},
		"of an own question":   {metric(`{"id": "m", "label": "M", "unit": "pence", "question": "otv.lep", "definition": "x"}`), "never national"},
		"of no questionnaire":  {strings.Replace(metric(""), "nq-1", "nq-77", 1), "load their questionnaire"},
		"of a part it has not": {metric(`{"id": "m", "label": "M", "unit": "pence", "question": "q07", "part": "luck", "definition": "x"}`), "does not have"},
	} {
		_, err := survey.CheckEdition([]byte(c[0]))
		if !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
