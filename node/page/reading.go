package page

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// grouped matches amounts with thousands separators, as people write them.
var grouped = regexp.MustCompile(`^\d{1,3}(,\d{3})+(\.\d+)?$`)

// plainNumber takes a pound sign, spaces and thousands separators off an
// amount. Anything else stays as it is, for the questionnaire to refuse.
func plainNumber(text string) string {
	text = strings.TrimSpace(text)
	if rest, found := strings.CutPrefix(text, "£"); found {
		text = strings.TrimSpace(rest)
	}

	if grouped.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	return text
}

// collect turns the fields of a form into the answers that the rooms below
// take, by question. Problems name the fields in which a form contradicts itself.
func collect(q survey.Questionnaire, form url.Values) (map[string]any, []survey.FieldProblem) {
	answers := map[string]any{}
	var problems []survey.FieldProblem
	for _, question := range q.Questions {
		id := string(question.ID)
		value := valueOf(question, form)
		status := form[id+statusPart]

		switch {
		case len(status) > 1:
			problems = append(problems, survey.FieldProblem{Field: id, Code: survey.ProblemTwice,
				Message: "tick only one"})
		case len(status) == 1 && status[0] != "" && value != nil:
			problems = append(problems, survey.FieldProblem{Field: id, Code: survey.ProblemInconsistent,
				Message: "answer the question or tick why you cannot, not both"})
		case len(status) == 1 && status[0] != "":
			answers[id] = status[0]
		case value != nil:
			answers[id] = value
		}
	}
	return answers, problems
}

// encode writes collected answers as the rooms below take them.
func encode(answers map[string]any) []byte {
	data, err := json.Marshal(answers)
	if err != nil { // cannot happen: it holds only texts, lists and numbers
		return []byte("{}")
	}
	return data
}

// valueOf returns the answer to one question, nil if there is none.
func valueOf(q survey.Question, form url.Values) any {
	id := string(q.ID)
	text := strings.TrimSpace(form.Get(id))

	switch q.Kind {
	case survey.AskMulti:
		var codes []string
		for _, code := range form[id] {
			if code != "" {
				codes = append(codes, code)
			}
		}
		if len(codes) == 0 {
			return nil
		}
		return codes

	case survey.AskSources:
		parts := map[string]string{}
		for _, o := range q.Options {
			if amount := plainNumber(form.Get(id + "." + o.Code)); amount != "" {
				parts[o.Code] = amount
			}
		}
		if len(parts) == 0 {
			return nil
		}
		return parts
	case survey.AskStage:
		level := strings.TrimSpace(form.Get(id + levelPart))
		if text == "" && level == "" {
			return nil
		}
		stage := map[string]any{}
		if text != "" {
			stage["stage"] = text
		}
		if level != "" {
			stage["trl"] = numberOrText(level)
		}
		return stage
	}

	if text == "" {
		return nil
	}
	switch q.Kind {
	case survey.AskFTE, survey.AskMoney:
		return plainNumber(text)
	case survey.AskCount:
		return numberOrText(plainNumber(text))
	case survey.AskText:
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
	return text
}

// numberOrText is a JSON number if the text is one, else the text, which the
// questionnaire refuses with its own words.
func numberOrText(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return text
}

// Reading is the content of a form with its faults.
type Reading struct {
	Data     []byte // as the rooms below take it
	Answers  survey.Answers
	Problems []survey.FieldProblem
	Warnings []survey.FieldProblem
}

// ReadAnswers reads the form of the whole questionnaire. Last year's answers
// may be nil.
func ReadAnswers(q survey.Questionnaire, form url.Values, last *survey.Answers) Reading {
	answers, problems := collect(q, form)
	out := Reading{Data: encode(answers), Problems: problems}
	parsed, faulty, err := survey.ParseAnswers(q, out.Data)
	if err == nil && len(faulty) > 0 {
		// The other answers are checked all the same, so that a faulty one
		// hides nothing about them.
		for _, p := range faulty {
			delete(answers, string(survey.QuestionOf(p.Field)))
		}
		parsed, _, err = survey.ParseAnswers(q, encode(answers))
	}

	if err != nil {
		out.Problems = append(out.Problems, survey.FieldProblem{Field: string(q.Questions[0].ID), Message: Wrong(err)})
		return out
	}
	out.Problems = append(out.Problems, faulty...)
	out.Answers = parsed

	// Only answers that could be read can be compared with each other and with last year's.
	broken, warnings := q.Validate(parsed, last)
	out.Problems = append(out.Problems, broken...)
	out.Warnings = warnings
	return out
}

// sureOf is the value of the tick "it is right": a hash of the warnings and the
// values, so that another value is asked about again.
func sureOf(question survey.Question, form url.Values, warnings []survey.FieldProblem) string {
	sum := sha256.New()
	for _, w := range warnings {
		fmt.Fprintf(sum, "%s %s\n", w.Field, w.Code)
	}

	// The tick itself is not part of the values.
	for _, name := range FieldNames(question) {
		if !strings.HasSuffix(name, surePart) {
			fmt.Fprintf(sum, "%s=%q\n", name, form[name])
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

// Unsure returns the warnings of one question that nobody has confirmed yet,
// and the value of the tick that confirms them.
func (r Reading) Unsure(question survey.Question, form url.Values) (warnings []survey.FieldProblem, sure string) {
	for _, w := range r.Warnings {
		if survey.QuestionOf(w.Field) == question.ID {
			warnings = append(warnings, w)
		}
	}

	if len(warnings) == 0 {
		return nil, ""
	}
	sure = sureOf(question, form, warnings)
	if form.Get(string(question.ID)+surePart) == sure {
		return nil, sure
	}
	return warnings, sure
}

// Of returns the problems of one question.
func (r Reading) Of(id survey.QuestionID) []survey.FieldProblem {
	var out []survey.FieldProblem
	for _, p := range r.Problems {
		if survey.QuestionOf(p.Field) == id {
			out = append(out, p)
		}
	}
	return out
}

// Responses are this region's own answers.
type Responses interface {
	Response(context.Context, survey.Cycle, survey.Identifier) (survey.Response, error)
}

// QuestionnaireOf returns the questionnaire of a company's form, and last year's answers if they were to the same one.
func QuestionnaireOf(ctx context.Context, editions *survey.Editions, responses Responses, campaign survey.Campaign,
	id survey.Identifier) (q survey.Questionnaire, last *survey.Answers, err error) {
	if q, err = editions.Questionnaire(campaign.Questionnaire); err != nil {
		return q, nil, err
	}

	// Answers to another questionnaire cannot be compared.
	before, err := responses.Response(ctx, campaign.Cycle.Previous(), id)
	switch {
	case err == nil && before.Answers.Questionnaire == q.ID:
		return q, &before.Answers, nil
	case err != nil && !errors.Is(err, survey.ErrNotFound):
		return q, nil, err
	}
	return q, nil, nil
}
