package survey_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

const shortQuestionnaire = `{"id": "nq-901", "title": "A short one", "questions": [
 {"id": "q02", "kind": "multi", "text": "Who helped?", "core": true, "options_from": "regions", "options": [{"code": "none", "label": "None", "exclusive": true}]},
 {"id": "q08", "kind": "money", "unit": "pence", "core": true, "maximum": 1000000, "text": "How much?"},
 {"id": "otv.lep", "kind": "money", "unit": "pence", "maximum": 1000000, "text": "How much from the LEP?"}], "rules": []}`

const shortDefinitions = `{"id": "md-901", "questionnaire": "nq-901", "metrics": [
 {"id": "investment_leveraged", "label": "Investment", "unit": "pence", "question": "q08", "definition": "q08"}], "derived": []}`

const shortStakeholders = `{"id": "ss-901", "title": "A shorter one", "statements": [{"code": "recommend", "label": "Would tell others"}, {"code": "fair", "label": "Finds it fair"}]}`

const shortOwn = `{"id": "own-1", "region": "otv", "questions": [
 {"id": "otv.jobs", "kind": "fte", "unit": "fte_hundredths", "maximum": 100000, "text": "How many posts in the Thames Valley?", "allow": ["dont_know"]},
 {"id": "otv.parks", "kind": "choice", "text": "Which park?", "options": [{"code": "a", "label": "Park A"}, {"code": "b", "label": "Park B"}]}],
 "areas": [{"code": "QU9", "label": "Buckinghamshire, Oxfordshire and Berkshire West"}, {"code": "E37000025", "label": "Oxfordshire LEP"}, {"code": "otv.west", "label": "West of the river"}]}`

// known returns the editions with the texts in their order.
func known(t *testing.T, region survey.Region, texts ...string) *survey.Editions {
	t.Helper()
	e := survey.NewEditions(region)
	for _, text := range texts {
		more, err := e.Check([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e = e.With(more)
	}
	return e
}

func TestAnswersToALoadedQuestionnaireCount(t *testing.T) {
	var none *survey.Editions
	if _, err := none.Questionnaire("nq-901"); !errors.Is(err, survey.ErrNotFound) {
		t.Fatalf("before it is loaded: %v", err)
	}
	e := known(t, "otv", shortQuestionnaire, shortDefinitions)
	q, err := e.Questionnaire("nq-901")
	if err != nil {
		t.Fatal(err)
	}
	a, problems, err := survey.ParseAnswers(q, []byte(`{"q02": ["otv"], "q08": 12.5, "otv.lep": 99}`))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	d, err := e.DefinitionsFor("nq-901")
	if err != nil {
		t.Fatal(err)
	}
	counts := d.Contributions(a)
	if len(counts) != 1 || counts[0] != (survey.Contribution{Metric: "investment_leveraged", Value: 1250}) || !q.Complete(a) {
		t.Errorf("the region's own question must not count: %+v", counts)
	}
	again, err := e.Check([]byte(strings.ReplaceAll(shortQuestionnaire, "\n", "\n\n  ")))
	if err != nil || !again.Known {
		t.Errorf("the same with other spaces: %+v %v", again, err)
	}
	_, err = e.Check([]byte(strings.Replace(shortQuestionnaire, "How much?", "How little?", 1)))
	if !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), "other content") {
		t.Errorf("other content under the same name: %v", err)
	}
	if q, err := known(t, "sw", shortQuestionnaire).Questionnaire("nq-901"); err != nil || len(q.Questions) != 2 {
		t.Errorf("another region asks %v, %v", q.Questions, err)
	}
	if files := e.Files(); strings.Join(files, " ") != "md-901.json nq-901.json" {
		t.Errorf("%v", files)
	}
}

func TestARegionAsksItsOwnQuestionsAfterTheNationalOnes(t *testing.T) {
	e := known(t, "otv", shortOwn)
	q, err := e.Questionnaire("nq-1")
	if err != nil || len(q.Questions) != 17 || q.Questions[15].ID != "otv.jobs" || q.Questions[16].ID != "otv.parks" {
		t.Fatalf("%v %v", q.Questions, err)
	}
	national, err := e.National("nq-1")
	if err != nil || len(national.Questions) != 15 {
		t.Errorf("the nation asks %d, %v", len(national.Questions), err)
	}
	a, problems, err := survey.ParseAnswers(q, []byte(`{"q03": 7, "otv.jobs": 2.5, "otv.parks": "b"}`))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	text, err := a.MarshalJSON()
	if err != nil || string(text) != `{"q03":7.00,"otv.jobs":2.50,"otv.parks":"b"}` {
		t.Errorf("%s %v", text, err)
	}
	if text, err := a.National().MarshalJSON(); err != nil || string(text) != `{"q03":7.00}` {
		t.Errorf("what may leave: %s %v", text, err)
	}
	// The next edition asks something else; what was answered stays readable.
	e = e.With(check(t, e, `{"id": "own-2", "region": "otv", "questions": [{"id": "otv.rooms", "kind": "count", "maximum": 9, "text": "How many rooms?"}]}`))
	if q, err = e.Questionnaire("nq-1"); err != nil || len(q.Questions) != 16 || q.Questions[15].ID != "otv.rooms" {
		t.Errorf("%v %v", q.Questions, err)
	}
	recorded, err := e.Recorded("nq-1")
	if err != nil || len(recorded.Questions) != 18 {
		t.Errorf("%v %v", recorded.Questions, err)
	}
	for field, want := range map[string]survey.QuestionID{"q07.equity": "q07", "q03": "q03", "otv.jobs": "otv.jobs", "otv.jobs.status": "otv.jobs", "q11.trl": "q11"} {
		if got := survey.QuestionOf(field); got != want {
			t.Errorf("%s belongs to %s, want %s", field, got, want)
		}
	}
}

func check(t *testing.T, e *survey.Editions, text string) survey.Edition {
	t.Helper()
	read, err := e.Check([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestAreasAndStatementsOfEditions(t *testing.T) {
	e := known(t, "otv", shortOwn, shortStakeholders)
	kind, err := e.RecordType(survey.RecordAreas)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"organisation": "GB-COH:99000001", "icb": "buckinghamshire, oxfordshire and berkshire west", "lep": "E37000025"}`: "QU9 E37000025",
		`{"organisation": "GB-COH:99000001", "icb": "qnx"}`:                                                                 "QNX", // not in the list: by its code
		`{"organisation": "GB-COH:99000001", "area": "otv.elsewhere"}`:                                                      "otv.elsewhere",
		`{"organisation": "GB-COH:99000001", "area": "sw.coast"}`:                                                           "", // another region's
		`{"organisation": "GB-COH:99000001", "area": "The North"}`:                                                          "",
		`{"organisation": "GB-COH:99000001"}`:                                                                               "",
	} {
		r, problems, err := survey.ParseRecord(kind, "otv", []byte(text))
		if got := strings.Join(r.Areas(), " "); err != nil || (len(problems) == 0) != (want != "") || len(problems) == 0 && got != want {
			t.Errorf("%s: %q %v %v, want %q", text, got, problems, err, want)
		}
	}
	kind, err = e.RecordType(survey.RecordStakeholders)
	if err != nil {
		t.Fatal(err)
	}
	field, _ := kind.Field("question")
	last := field.Options[len(field.Options)-1]
	if len(field.Options) != 7 || field.Options[0].Label != "Would tell others" || last.Code != "fair" {
		t.Errorf("%v", field.Options)
	}
}

func TestTheEmbeddedEditionsPassTheirOwnCheck(t *testing.T) {
	var software *survey.Editions
	for _, name := range []string{"nq-1", "md-1"} {
		data, err := os.ReadFile("data/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if e, err := software.Check(data); err != nil || !e.Known {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
	if _, err := software.Check([]byte(`{"id": "ss-1", "title": "x", "statements": [{"code": "a", "label": "A"}]}`)); err == nil {
		t.Error("another ss-1 was taken")
	}
}

func TestFaultyEditionsAreRefused(t *testing.T) {
	question := func(change string) string {
		return `{"id": "nq-902", "title": "x", "questions": [` + change + `], "rules": []}`
	}
	metric := func(change string) string {
		return `{"id": "md-902", "questionnaire": "nq-1", "metrics": [` + change + `], "derived": []}`
	}
	own := func(change string) string { return `{"id": "own-2", "region": "otv", ` + change + `}` }
	good := `{"id": "q08", "kind": "money", "unit": "pence", "maximum": 1, "text": "x"}`
	e := known(t, "otv", shortOwn)
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
		"no stages":            {question(`{"id": "q11", "kind": "choice", "text": "x", "options": [{"code": "new", "label": "New"}]}`), "a breakdown is made of it"},
		"an own core one":      {question(`{"id": "otv.x", "kind": "text", "maximum": 9, "text": "x", "core": true}`), "nothing national"},
		"of no region":         {question(`{"id": "xyz.x", "kind": "text", "maximum": 9, "text": "x"}`), "a region's code"},
		"of a foreign metric":  {metric(`{"id": "m", "label": "M", "unit": "pence", "question": "q99", "definition": "x"}`), "does not ask"},
		"of an own question":   {metric(`{"id": "m", "label": "M", "unit": "pence", "question": "otv.lep", "definition": "x"}`), "never national"},
		"of no questionnaire":  {strings.Replace(metric(""), "nq-1", "nq-77", 1), "load their questionnaire"},
		"of a part it has not": {metric(`{"id": "m", "label": "M", "unit": "pence", "question": "q07", "part": "luck", "definition": "x"}`), "does not have"},
		"no statements":        {`{"id": "ss-2", "title": "x", "statements": []}`, "0 statements"},
		"a statement twice":    {`{"id": "ss-2", "title": "x", "statements": [{"code": "a", "label": "A"}, {"code": "a", "label": "A"}]}`, "twice"},
		"another region's":     {`{"id": "own-1", "region": "sw", "areas": [{"code": "QU9", "label": "x"}]}`, "other content"},
		"another region's two": {`{"id": "own-2", "region": "sw", "areas": [{"code": "QU9", "label": "x"}]}`, "this node is otv's"},
		"a national own":       {own(`"questions": [` + good + `]`), "otv.name"},
		"another region's own": {own(`"questions": [{"id": "sw.x", "kind": "text", "maximum": 9, "text": "x"}]`), "otv.name"},
		"nothing own":          {own(`"title": "x"`), "at least one"},
		"another kind":         {own(`"questions": [{"id": "otv.jobs", "kind": "text", "maximum": 9, "text": "x"}]`), "otv.jobs has other content in own-1"},
		"an option less":       {own(`"questions": [{"id": "otv.parks", "kind": "choice", "text": "x", "options": [{"code": "a", "label": "A"}]}]`), "otv.parks"},
		"an area of nobody":    {own(`"areas": [{"code": "North", "label": "x"}]`), "area North"},
		"an area of others":    {own(`"areas": [{"code": "sw.coast", "label": "x"}]`), "otv.name"},
		"an area twice":        {own(`"areas": [{"code": "QU9", "label": "x"}, {"code": "QU9", "label": "x"}]`), "twice"},
	} {
		_, err := e.Check([]byte(c[0]))
		if !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
