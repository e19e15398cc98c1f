package main

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// json returns the answers in the API's form, for questionnaire nq-1. The
// options are taken by their place, so that the questionnaire stays the one
// list of them.
func (a *demoAnswers) json(company demoCompany, questions survey.Questionnaire) map[string]any {
	code := func(question survey.QuestionID, option int) string {
		q, _ := questions.Question(question)
		return q.Options[option].Code
	}
	secured := map[string]string{}
	for i, pence := range a.Secured {
		secured[code("q07", i)] = pence.Decimal()
	}
	support := make([]string, len(a.Support))
	for i, category := range a.Support {
		support[i] = code("q13", category)
	}
	return map[string]any{
		"q01": "yes",
		"q02": company.Supporters,
		"q03": a.Staff.Decimal(),
		"q04": a.NewPosts.Decimal(),
		"q05": a.Created.Decimal(),
		"q06": a.Kept.Decimal(),
		"q07": secured,
		"q08": a.Leveraged.Decimal(),
		"q09": a.Sales.Decimal(),
		"q10": a.Adoptions,
		"q11": map[string]any{"stage": code("q11", a.Stage)},
		"q12": a.Partnerships,
		"q13": support,
		"q14": code("q14", a.Recommend),
	}
}
