package survey

import (
	"errors"
	"strings"
	"testing"
)

func codes(problems []FieldProblem) string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Field+":"+p.Code)
	}
	return strings.Join(out, " ")
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name, answers, last, problems, warnings string
	}{
		{"whole", whole, "", "", ""},
		{"nothing", `{}`, "", "", ""},
		{"negative", `{"q03":-1,"q08":-0.01,"q10":-5,"q07":{"debt":-2}}`, "", "q03:negative q07.debt:negative q08:negative q10:negative", ""},
		{"more new posts than staff", `{"q03":4,"q04":4.01}`, "", "q04:inconsistent", ""},
		{"as many new posts as staff", `{"q03":4,"q04":4}`, "", "", ""},
		{"more supported than new", `{"q04":1,"q05":2}`, "", "q05:inconsistent", ""},
		{"created and kept", `{"q03":5,"q04":3,"q05":3,"q06":2.01}`, "", "q06:inconsistent", ""},
		{"kept alone", `{"q03":5,"q06":6}`, "", "q06:inconsistent", ""},
		{"staff not known", `{"q03":"dont_know","q04":900}`, "", "", ""},
		{"helped beyond the total", `{"q07":{"equity":100,"debt":50},"q08":150.01}`, "", "q08:inconsistent", ""},
		{"helped, total open above", `{"q07":{"equity":100,"debt":"dont_know"},"q08":150.01}`, "", "", ""},
		{"helped, total refused", `{"q07":"refused","q08":150.01}`, "", "", ""},
		{"sales are no investment", `{"q07":{"equity":0},"q08":0,"q09":500}`, "", "", ""},
		{"counts", `{"q10":100001,"q12":100000}`, "", "q10:too-large", ""},
		{"above int64 as a sum", `{"q07":{"equity":90000000000000000,"debt":90000000000000000},"q08":1}`, "", "q07.equity:too-large q07.debt:too-large", ""},
		{"large", `{"q07":{"equity":10000000.01},"q09":10000000}`, "", "", "q07.equity:type-it-again"},
		{"ten times", `{"q07":{"equity":1000},"q08":999,"q09":50}`, `{"q07":{"equity":100},"q08":100,"q09":0}`, "", "q07.equity:type-it-again"},
		{"staff halved", `{"q03":10}`, `{"q03":20}`, "", "q03:changed-much"},
		{"staff changed little", `{"q03":10.01}`, `{"q03":20}`, "", ""},
		{"small staff doubled", `{"q03":10}`, `{"q03":5}`, "", ""},
		{"small staff more than doubled", `{"q03":10.01}`, `{"q03":5}`, "", "q03:changed-much"},
		{"staff from nothing", `{"q03":6}`, `{"q03":0}`, "", "q03:changed-much"},
		{"staff not known before", `{"q03":600}`, `{"q03":"refused"}`, "", ""},
		{"readiness", `{"q11":{"stage":"idea","trl":9}}`, "", "", "q11:implausible"},
		{"readiness fits", `{"q11":{"stage":"spread","trl":9}}`, "", "", ""},
		{"text", `{"q15":"` + strings.Repeat("é", 1000) + `"}`, "", "", ""},
		{"long text", `{"q15":"` + strings.Repeat("é", 1001) + `"}`, "", "q15:too-long", ""},
	}
	for _, test := range tests {
		var last *Answers
		if test.last != "" {
			before := parsed(t, test.last)
			last = &before
		}
		problems, warnings := questionnaire(t).Validate(parsed(t, test.answers), last)
		if codes(problems) != test.problems || codes(warnings) != test.warnings {
			t.Errorf("%s: problems %q, want %q; warnings %q, want %q", test.name, codes(problems), test.problems, codes(warnings), test.warnings)
		}
	}
}

func TestFaultyAnswersNameFieldsAndWrapInvalid(t *testing.T) {
	err := error(&FaultyAnswers{Problems: []FieldProblem{{Field: "q03", Code: ProblemNegative, Message: "it cannot be less than 0"}}})
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "q03: it cannot") {
		t.Errorf("%v", err)
	}
}
