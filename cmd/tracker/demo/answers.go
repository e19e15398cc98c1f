package demo

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// answersList returns the companies' answers to questionnaire nq-1 as a list to import (CSV).
func answersList(companies []Company, questions survey.Questionnaire) ([]byte, error) {
	header := []string{"Identifier", "q01", "q02", "q03", "q04", "q05", "q06"}
	sources, _ := questions.Question("q07")

	// One column for each source, as the template of the import has it.
	for _, source := range sources.Options {
		header = append(header, fmt.Sprintf("q07[%s]", source.Code))
	}
	header = append(header, "q08", "q09", "q10", "q11", "q12", "q13", "q14")

	var list bytes.Buffer
	w := sheet.NewWriter(&list)
	w.Row(header...)
	for _, c := range companies {
		if c.Answers != nil {
			w.Row(c.Answers.row(c, questions)...)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return list.Bytes(), nil
}

// row returns the answers in the order of the list's columns.
func (a *Answers) row(company Company, questions survey.Questionnaire) []string {
	row := []string{string(company.ID), "yes", strings.Join(survey.Codes(company.Supporters), ";"),
		a.Staff.Decimal(), a.NewPosts.Decimal(), a.Created.Decimal(), a.Kept.Decimal()}
	for _, pence := range a.Secured {
		row = append(row, pence.Decimal())
	}
	return append(row, a.Leveraged.Decimal(), a.Sales.Decimal(), strconv.Itoa(a.Adoptions),
		OptionCode(questions, "q11", a.Stage), strconv.Itoa(a.Partnerships),
		strings.Join(a.supportCodes(questions), ";"), OptionCode(questions, "q14", a.Recommend))
}

func (a *Answers) supportCodes(questions survey.Questionnaire) []string {
	codes := make([]string, len(a.Support))
	for i, category := range a.Support {
		codes[i] = OptionCode(questions, "q13", category)
	}
	return codes
}

// OptionCode returns the code of an option by its place, so that the questionnaire remains the only
// list of the codes.
func OptionCode(questions survey.Questionnaire, question survey.QuestionID, option int) string {
	q, _ := questions.Question(question)
	return q.Options[option].Code
}

// JSON returns the answers to questionnaire nq-1 in the API's form.
func (a *Answers) JSON(company Company, questions survey.Questionnaire) map[string]any {
	code := func(question survey.QuestionID, option int) string { return OptionCode(questions, question, option) }
	secured := map[string]string{}
	for i, pence := range a.Secured {
		secured[code("q07", i)] = pence.Decimal()
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
		"q13": a.supportCodes(questions),
		"q14": code("q14", a.Recommend),
	}
}
