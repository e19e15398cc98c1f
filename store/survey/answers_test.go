package survey

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// whole are complete answers that break no rule.
const whole = `{"q01":"yes","q02":["otv","wessex"],"q03":20,"q04":5,"q05":2.5,"q06":1,
 "q07":{"equity":250000,"debt":0,"uk_public_grant":"99.99","non_uk_public_grant":0,"charity":0,"corporate_partner":0,"own":10},
 "q08":100000,"q09":5000,"q10":3,"q11":{"stage":"ready_for_market","trl":8},"q12":1,"q13":["pricing","other"],"q14":4,"q15":"Thank you"}`

func current(t testing.TB) Definitions {
	t.Helper()
	d, err := DefinitionsByID(CurrentDefinitions)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func parsed(t testing.TB, text string) Answers {
	t.Helper()
	answers, problems, err := ParseAnswers(questionnaire(t), []byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%s: %v %v", text, problems, err)
	}
	return answers
}

func TestParseAnswersRefusesTheWhole(t *testing.T) {
	tests := map[string]string{
		"":                                 "not valid JSON",
		`{"q03": NaN}`:                     "in q03",
		`{"q03": 1`:                        "not valid JSON",
		`[1]`:                              "not a JSON object",
		`"yes"`:                            "not a JSON object",
		`{} {}`:                            "follows",
		`{"q07": {"equity": {"a": 1}}}`:    "too deeply, in q07",
		strings.Repeat(`{"q07":`, 100_000): "larger",
		strings.Repeat(`[`, 60_000):        "too deeply",
		"{\"q15\": \"\xff\"}":              "UTF-8",
		`{"<script>": nonsense}`:           "in (unknown)",
	}
	for text, want := range tests {
		_, _, err := ParseAnswers(questionnaire(t), []byte(text))
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q in it", text, err, want)
		}
	}
}

func TestParseAnswersNamesEveryFault(t *testing.T) {
	tests := []struct {
		text   string
		fields string // field:code, in order
	}{
		{`{"q03": 1e309}`, "q03:not-a-number"},
		{`{"q03": 1E2}`, "q03:not-a-number"},
		{`{"q03": "0x10"}`, "q03:not-a-number"},
		{`{"q03": "NaN"}`, "q03:not-a-number"},
		{`{"q03": 7.555}`, "q03:not-a-number"},
		{`{"q03": true}`, "q03:wrong-type"},
		{`{"q03": ""}`, "q03:not-a-number"},
		{`{"q08": "£1,234.50"}`, "q08:not-a-number"},
		{`{"q08": 99999999999999999999}`, "q08:not-a-number"},
		{`{"q08": "१२"}`, "q08:not-a-number"},
		{`{"q08": [1]}`, "q08:wrong-type"},
		{`{"q10": 1.5}`, "q10:not-a-number"},
		{`{"q10": "1"}`, "q10:wrong-type"},
		{`{"q01": "refused"}`, "q01:not-allowed"},
		{`{"q01": "maybe"}`, "q01:unknown-option"},
		{`{"q01": ["yes"]}`, "q01:wrong-type"},
		{`{"q02": "otv"}`, "q02:wrong-type"},
		{`{"q02": ["otv", "hin"]}`, "q02:unknown-option"},
		{`{"q02": ["otv", "otv"]}`, "q02:given-twice"},
		{`{"q02": ["otv", "none"]}`, "q02:inconsistent"},
		{`{"q07": 5}`, "q07:wrong-type"},
		{`{"q07": {"equity": "x", "gold": 1, "debt": 1, "debt": 2}}`, "q07.equity:not-a-number q07.gold:unknown-field q07.debt:given-twice"},
		{`{"q11": {"stage": "idea", "trl": 10}}`, "q11.trl:too-large"},
		{`{"q11": {"trl": 3}}`, "q11.stage:inconsistent"},
		{`{"q11": {"stage": "idea", "level": 3}}`, "q11.level:unknown-field"},
		{`{"q14": 6}`, "q14:unknown-option"},
		{`{"q14": "often"}`, "q14:unknown-option"},
		{`{"q15": 3}`, "q15:wrong-type"},
		{`{"q15": "a\u0000b"}`, "q15:not-allowed"},
		{`{"q99": 1, "q03": 1, "q03": 2, "q10": {}, "q12": "x", "<b>": 1}`, "q99:unknown-field (unknown):unknown-field q03:given-twice q12:wrong-type"},
	}
	for _, test := range tests {
		answers, problems, err := ParseAnswers(questionnaire(t), []byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var fields []string
		for _, p := range problems {
			fields = append(fields, p.Field+":"+p.Code)
		}
		if got := strings.Join(fields, " "); got != test.fields || len(answers.Items) > 0 {
			t.Errorf("%s: %s, want %s", test.text, got, test.fields)
		}
	}
}

func TestBlankIsNotZero(t *testing.T) {
	answers := parsed(t, `{"q03": null, "q02": [], "q07": {"equity": null}, "q15": "", "q10": 0, "q08": "0.00", "q12": "not_applicable"}`)
	want := map[QuestionID]AnswerStatus{"q03": AnswerMissing, "q02": AnswerMissing, "q07": AnswerMissing, "q15": AnswerMissing,
		"q10": AnswerGiven, "q08": AnswerGiven, "q12": AnswerNotApplicable, "q01": AnswerMissing}
	for id, status := range want {
		if got := answers.Of(id).Status; got != status {
			t.Errorf("%s is %s, want %s", id, got, status)
		}
	}
	got := current(t).Contributions(answers)
	if want := []Contribution{{"investment_leveraged", 0}, {"adoptions", 0}}; !slices.Equal(got, want) {
		t.Errorf("contributions %v, want %v", got, want)
	}
}

func TestAnswersRoundTrip(t *testing.T) {
	for _, text := range []string{whole, `{}`, `{"q07":{"own":"refused","equity":1},"q11":"idea","q14":"very_likely","q13":"dont_know"}`} {
		answers := parsed(t, text)
		shown, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		if again := parsed(t, string(shown)); !reflect.DeepEqual(again, answers) {
			t.Errorf("%s became %s", text, shown)
		}
		earlier := answers
		earlier.Items = slices.Clone(answers.Items)
		for i := range earlier.Items {
			earlier.Items[i].Kind = "" // as answers were kept before they had it
		}
		if old, err := json.Marshal(earlier); err != nil || string(old) != string(shown) || !earlier.Same(answers) {
			t.Errorf("without kinds: %s %v", old, err)
		}
	}
}

func TestContributions(t *testing.T) {
	got := map[string]int64{}
	for _, c := range current(t).Contributions(parsed(t, whole)) {
		got[c.Metric] = c.Value
	}
	want := map[string]int64{
		"investment_leveraged": 10000000, "investment_total": 25010999, "investment_equity": 25000000, "investment_debt": 0,
		"investment_uk_public_grant": 9999, "investment_non_uk_public_grant": 0, "investment_charity": 0,
		"investment_corporate_partner": 0, "investment_own": 1000, "jobs_created": 250, "jobs_created_gross": 500,
		"jobs_safeguarded": 100, "nhs_sales": 500000, "adoptions": 3, "nhs_partnerships": 1, "staff_fte": 2000,
		"recommend_positive": 1, "recommend_answered": 1, "companies_acquired": 0, "companies_dissolved": 0,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	for text, positive := range map[string]int64{`{"q14": 3}`: 0, `{"q14": 4}`: 1, `{"q14": "very_unlikely"}`: 0} {
		if c := current(t).Contributions(parsed(t, text)); len(c) != 2 || c[0].Value != positive || c[1].Value != 1 {
			t.Errorf("%s contributes %v", text, c)
		}
	}
	if c := current(t).Contributions(parsed(t, `{"q14": "dont_know"}`)); len(c) != 0 {
		t.Errorf("dont_know contributes %v", c)
	}
}

func TestCompleteAndSupported(t *testing.T) {
	if !questionnaire(t).Complete(parsed(t, whole)) || NotSupported(parsed(t, whole)) {
		t.Error("the whole answers are not complete, or not supported")
	}
	if questionnaire(t).Complete(parsed(t, strings.Replace(whole, `"q10":3,`, "", 1))) {
		t.Error("complete without q10")
	}
	if !questionnaire(t).Complete(parsed(t, strings.Replace(whole, `"q10":3,`, `"q10":"refused",`, 1))) {
		t.Error("a refused question is an answer")
	}
	if !NotSupported(parsed(t, `{"q02":["none"]}`)) {
		t.Error("none at q02")
	}
	if questionnaire(t).Complete(Answers{}) || questionnaire(t).Complete(Answers{Questionnaire: "nq-9"}) {
		t.Error("nothing is complete")
	}
}

// FuzzParseAnswers: no input panics; what is accepted survives a round trip to
// the same answers and can be validated.
func FuzzParseAnswers(f *testing.F) {
	for _, seed := range []string{whole, `{}`, `{"q03":1e309}`, `{"q07":{"equity":"-1.5"}}`, `{"q11":{"stage":"idea","trl":1}}`, `{"q02":[]}`, `{"q15":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	q, definitions := questionnaire(f), current(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		answers, problems, err := ParseAnswers(q, data)
		if err != nil || len(problems) > 0 {
			if len(answers.Items) > 0 {
				t.Fatal("answers together with problems")
			}
			return
		}
		shown, err := answers.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		again, problems, err := ParseAnswers(q, shown)
		if len(shown) > MaxAnswersBytes {
			return
		}
		if err != nil || len(problems) > 0 || !reflect.DeepEqual(again, answers) {
			t.Fatalf("%q became %q: %v %v", data, shown, problems, err)
		}
		q.Validate(answers, &again)
		definitions.Contributions(answers)
	})
}
