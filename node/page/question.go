package page

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Fields of one question in a form are named by its id, and a dot and the
// part: q03, q03.status, q07.equity, q11.trl, q08.sure.
const (
	statusPart = ".status"
	levelPart  = ".trl"
	surePart   = ".sure"
)

// Question is one question as a form shows it.
type Question struct {
	ID       string
	Number   int
	Text     string
	Hint     string
	Kind     survey.QuestionKind
	Core     bool
	Options  []Option
	Value    string
	Parts    []Part
	Level    string
	Statuses []Option
	Fault    string
	Warnings []string
	Sure     string // what the tick for the warnings says when it is sent
	Last     string // last year's answer in words
	Alone    bool   // the only question of its page
}

type Option struct {
	Code, Label string
	Chosen      bool
	Exclusive   bool
}

type Part struct{ Code, Label, Value, Fault string }

var statusTexts = map[survey.AnswerStatus]string{
	survey.AnswerDontKnow:      "Don't know",
	survey.AnswerRefused:       "Prefer not to say",
	survey.AnswerNotApplicable: "Does not apply",
}

var kindHints = map[survey.QuestionKind]string{
	survey.AskFTE:     "Full-time equivalent posts, such as 7.5. Enter 0 if there are none.",
	survey.AskMoney:   "In pounds, such as 250,000. Enter 0 if there is none.",
	survey.AskCount:   "A whole number. Enter 0 if there are none.",
	survey.AskMulti:   "Tick all that apply.",
	survey.AskSources: "In pounds. Leave a source empty if you got nothing from it, or enter 0.",
	survey.AskText:    "Stays with the AHSN that asked you. At most 1,000 characters.",
}

// ownHint stands with every question that a region asks for itself.
const ownHint = "Only the AHSN that asked you sees this answer: it goes into no national figure."

// FieldNames returns the names of the question's fields, so that a form can be
// kept as it was typed.
func FieldNames(q survey.Question) []string {
	id := string(q.ID)
	names := []string{id, id + statusPart, id + surePart}
	if q.Kind == survey.AskStage {
		names = append(names, id+levelPart)
	}
	if q.Kind == survey.AskSources {
		for _, o := range q.Options {
			names = append(names, id+"."+o.Code)
		}
	}
	return names
}

// QuestionOf makes the view of one question from a form.
func QuestionOf(q survey.Questionnaire, number int, cycle survey.Cycle, form url.Values) Question {
	question := q.Questions[number-1]
	id := string(question.ID)
	v := Question{ID: id, Number: number, Text: question.Asked(cycle), Hint: kindHints[question.Kind],
		Kind: question.Kind, Core: question.Core, Value: form.Get(id), Level: form.Get(id + levelPart)}
	if question.ID.Own() {
		v.Hint = strings.TrimSpace(strings.TrimSuffix(v.Hint, kindHints[survey.AskText]) + " " + ownHint)
	}

	// A list of sources has an amount for each option instead of a tick.
	chosen := map[string]bool{}
	for _, code := range form[id] {
		chosen[code] = true
	}
	for _, o := range question.Options {
		if question.Kind == survey.AskSources {
			v.Parts = append(v.Parts, Part{Code: o.Code, Label: o.Label, Value: form.Get(id + "." + o.Code)})
			continue
		}
		v.Options = append(v.Options, Option{Code: o.Code, Label: o.Label, Chosen: chosen[o.Code],
			Exclusive: o.Exclusive})
	}

	status := map[string]bool{}
	for _, s := range form[id+statusPart] {
		status[s] = true
	}
	for _, s := range question.Allow {
		v.Statuses = append(v.Statuses, Option{Code: string(s), Label: statusTexts[s], Chosen: status[string(s)]})
	}
	return v
}

// Describe adds the faults and warnings of the reading.
func (v *Question) Describe(r Reading, question survey.Question, form url.Values) {
	for _, p := range r.Of(question.ID) {
		message := survey.Sentence(QuestionWords(p.Message))
		part, found := strings.CutPrefix(p.Field, string(question.ID)+".")
		if found && question.Kind == survey.AskSources {
			for i := range v.Parts {
				if v.Parts[i].Code == part {
					v.Parts[i].Fault = message
				}
			}
			continue
		}
		if v.Fault == "" {
			v.Fault = message
		}
	}

	warnings, sure := r.Unsure(question, form)
	for _, w := range warnings {
		text := survey.Sentence(QuestionWords(strings.Replace(w.Message, "type it again", "is it right?", 1)))
		if part, found := strings.CutPrefix(w.Field, string(question.ID)+"."); found {
			if o, known := question.Option(part); known {
				text = o.Label + ": " + text
			}
		}
		v.Warnings = append(v.Warnings, text)
	}
	v.Sure = sure
}

// Faults are the entries of the error summary: each leads to its field.
func (v Question) Faults() []Fault {
	var out []Fault
	if v.Fault != "" {
		out = append(out, Fault{Field: v.ID, Message: fmt.Sprintf("Question %d: %s", v.Number, v.Fault)})
	}

	for _, p := range v.Parts {
		if p.Fault != "" {
			out = append(out, Fault{Field: v.ID + "." + p.Code,
				Message: fmt.Sprintf("Question %d, %s: %s", v.Number, p.Label, p.Fault)})
		}
	}

	if len(v.Warnings) > 0 {
		out = append(out, Fault{Field: v.ID + surePart,
			Message: fmt.Sprintf("Question %d: check it. %s", v.Number, strings.Join(v.Warnings, " "))})
	}
	return out
}
