package survey_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// A questionnaire may offer more kinds of help than the software knows, if the
// definitions that count it declare them.
func TestDefinitionsDeclareTheKeysOfABreakdown(t *testing.T) {
	categories, err := json.Marshal(append(survey.SupportCategories(), survey.Option{Code: "ai-advice", Label: "Advice on AI"}))
	if err != nil {
		t.Fatal(err)
	}
	questionnaire := `{"id": "nq-903", "title": "More help", "questions": [{"id": "q13", "kind": "multi", "text": "Which help?", "options": ` + string(categories) + `}], "rules": []}`
	definitions := func(breakdowns string) string {
		return `{"id": "md-903", "questionnaire": "nq-903", "metrics": [], "derived": []` + breakdowns + `}`
	}
	e := known(t, "otv", questionnaire)
	for breakdowns, want := range map[string]string{
		"": `q13 of nq-903 offers ai-advice, which is no key of the breakdown by support: declare all its keys under "breakdowns"`,
		`, "breakdowns": {"support": [{"code": "ai-advice", "label": "Advice on AI"}]}`:                                               "is missing: keys can be added and renamed",
		`, "breakdowns": {"sector": [{"code": "toys", "label": "Toys"}]}`:                                                             "the breakdown sector has the keys of the software",
		`, "breakdowns": {"support": [{"code": "unknown", "label": "?"}]}`:                                                            "stands there twice",
		`, "breakdowns": {"support": ` + strings.Replace(string(categories), `"Advice on AI"`, `""`, 1) + `}`:                         "has no label",
		`, "breakdowns": {"support": ` + strings.Replace(string(categories), `"ai-advice"`, `"`+strings.Repeat("x", 41)+`"`, 1) + `}`: "has no code",
	} {
		if _, err := e.Check([]byte(definitions(breakdowns))); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "no code, no label", "no code, has no label"), want) {
			t.Errorf("%s: %v", breakdowns, err)
		}
	}
	e = e.With(check(t, e, definitions(`, "breakdowns": {"support": `+string(categories)+`}`)))
	d, err := e.DefinitionsFor("nq-903")
	if err != nil {
		t.Fatal(err)
	}
	keys := d.Keys(survey.BySupport)
	if n := len(keys); n != len(survey.SupportCategories())+2 || keys[n-2].Label != "Advice on AI" || keys[n-1].Code != survey.KeyUnknown {
		t.Errorf("%v", keys)
	}
	if got, want := len(d.Keys(survey.BySector)), len(survey.BreakdownKeys(survey.BySector)); got != want {
		t.Errorf("%d sectors, want %d", got, want)
	}
}
