package page

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// AnswerWords returns an answer as people read it, "" if there is none.
func AnswerWords(q survey.Question, a survey.Answer) string {
	switch a.Status {
	case survey.AnswerGiven:
	case survey.AnswerMissing, "":
		return ""
	default:
		return statusTexts[a.Status]
	}

	switch q.Kind {
	case survey.AskChoice, survey.AskMulti:
		return strings.Join(labels(q, a.Codes), ", ")
	case survey.AskFTE, survey.AskMoney, survey.AskCount:
		return q.Unit.Amount(a.Number)
	case survey.AskScale:
		if n := int(a.Number); n >= 1 && n <= len(q.Options) {
			return q.Options[n-1].Label
		}
	case survey.AskStage:
		text := strings.Join(labels(q, a.Codes), ", ")
		if a.Number != 0 {
			text += ", readiness level " + strconv.FormatInt(a.Number, 10)
		}
		return text
	case survey.AskSources:
		var parts []string
		for _, p := range a.Parts {
			o, _ := q.Option(p.Code)
			words := statusTexts[p.Status]
			if p.Status == survey.AnswerGiven {
				words = q.Unit.Amount(p.Number)
			}
			parts = append(parts, o.Label+" "+words)
		}
		return strings.Join(parts, ", ")
	}
	return a.Text
}

func labels(q survey.Question, codes []string) []string {
	out := make([]string, 0, len(codes))
	for _, code := range codes {
		if o, known := q.Option(code); known {
			code = o.Label
		}
		out = append(out, code)
	}
	return out
}

// FormOf writes recorded answers back into the fields of a form.
func FormOf(q survey.Questionnaire, answers survey.Answers) url.Values {
	form := url.Values{}
	for _, question := range q.Questions {
		a := answers.Of(question.ID)
		id := string(question.ID)

		switch {
		case a.Status == survey.AnswerMissing:
		case a.Status != survey.AnswerGiven:
			form.Set(id+statusPart, string(a.Status))
		default:
			fillField(form, question, a)
		}
	}
	return form
}

func fillField(form url.Values, q survey.Question, a survey.Answer) {
	id := string(q.ID)

	switch q.Kind {
	case survey.AskChoice, survey.AskMulti:
		form[id] = append([]string(nil), a.Codes...)
	case survey.AskFTE, survey.AskMoney:
		form.Set(id, shortDecimal(a.Number))
	case survey.AskCount:
		form.Set(id, strconv.FormatInt(a.Number, 10))
	case survey.AskScale:
		if n := int(a.Number); n >= 1 && n <= len(q.Options) {
			form.Set(id, q.Options[n-1].Code)
		}
	case survey.AskStage:
		form[id] = append([]string(nil), a.Codes...)
		if a.Number != 0 {
			form.Set(id+levelPart, strconv.FormatInt(a.Number, 10))
		}
	case survey.AskSources:
		for _, p := range a.Parts {
			if p.Status == survey.AnswerGiven {
				form.Set(id+"."+p.Code, shortDecimal(p.Number))
			}
		}
	case survey.AskText:
		form.Set(id, a.Text)
	}
}

// shortDecimal leaves out decimals that are zero.
func shortDecimal(hundredths int64) string {
	return strings.TrimSuffix(survey.Pence(hundredths).Decimal(), ".00")
}
