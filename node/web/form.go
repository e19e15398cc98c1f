package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
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

// questionView is one question as a form shows it.
type questionView struct {
	ID       string
	Number   int
	Text     string
	Hint     string
	Kind     survey.QuestionKind
	Core     bool
	Options  []optionView
	Value    string
	Parts    []partView
	Level    string
	Statuses []optionView
	Fault    string
	Warnings []string
	Sure     string // what the tick for the warnings says when it is sent
	Last     string // last year's answer in words
	Alone    bool   // the only question of its page
}

type optionView struct {
	Code, Label string
	Chosen      bool
	Exclusive   bool
}

type partView struct{ Code, Label, Value, Fault string }

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

// fields returns the names of the question's fields, so that a form can be
// kept as it was typed.
func fields(q survey.Question) []string {
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
			problems = append(problems, survey.FieldProblem{Field: id, Code: survey.ProblemTwice, Message: "tick only one"})
		case len(status) == 1 && status[0] != "" && value != nil:
			problems = append(problems, survey.FieldProblem{Field: id, Code: survey.ProblemInconsistent, Message: "answer the question or tick why you cannot, not both"})
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

// valueOf returns what was answered to one question, nil if nothing.
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

// reading is what a form says, and what is wrong with it.
type reading struct {
	data     []byte
	answers  survey.Answers
	problems []survey.FieldProblem
	warnings []survey.FieldProblem
}

// readAnswers reads the form of the whole questionnaire. Last year's answers
// may be nil.
func readAnswers(q survey.Questionnaire, form url.Values, last *survey.Answers) reading {
	answers, problems := collect(q, form)
	out := reading{data: encode(answers), problems: problems}
	parsed, faulty, err := survey.ParseAnswers(q, out.data)
	if err == nil && len(faulty) > 0 {
		// What can be read is looked at all the same, so that one faulty
		// answer hides nothing about the others.
		for _, p := range faulty {
			delete(answers, fieldQuestion(p.Field))
		}
		parsed, _, err = survey.ParseAnswers(q, encode(answers))
	}
	if err != nil {
		out.problems = append(out.problems, survey.FieldProblem{Field: string(q.Questions[0].ID), Message: humanError(err)})
		return out
	}
	out.problems = append(out.problems, faulty...)
	out.answers = parsed
	broken, warnings := q.Validate(parsed, last)
	out.problems = append(out.problems, broken...)
	out.warnings = warnings
	return out
}

// fieldQuestion returns the question that a field belongs to.
func fieldQuestion(field string) string {
	return string(survey.QuestionOf(field))
}

// sureOf is what ticking "it is right" sends for a warning: it stands for the
// warning and the value, so that another value is asked about again.
func sureOf(question survey.Question, form url.Values, warnings []survey.FieldProblem) string {
	sum := sha256.New()
	for _, w := range warnings {
		fmt.Fprintf(sum, "%s %s\n", w.Field, w.Code)
	}
	for _, name := range fields(question) {
		if !strings.HasSuffix(name, surePart) {
			fmt.Fprintf(sum, "%s=%q\n", name, form[name])
		}
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
}

// unsure returns the warnings of one question that nobody has confirmed yet,
// and what confirming them sends.
func (r reading) unsure(question survey.Question, form url.Values) (warnings []survey.FieldProblem, sure string) {
	for _, w := range r.warnings {
		if fieldQuestion(w.Field) == string(question.ID) {
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

// of returns the problems of one question.
func (r reading) of(id survey.QuestionID) []survey.FieldProblem {
	var out []survey.FieldProblem
	for _, p := range r.problems {
		if fieldQuestion(p.Field) == string(id) {
			out = append(out, p)
		}
	}
	return out
}

// viewOf makes the view of one question from what was typed.
func viewOf(q survey.Questionnaire, number int, cycle survey.Cycle, form url.Values) questionView {
	question := q.Questions[number-1]
	id := string(question.ID)
	v := questionView{ID: id, Number: number, Text: question.Asked(cycle), Hint: kindHints[question.Kind], Kind: question.Kind, Core: question.Core,
		Value: form.Get(id), Level: form.Get(id + levelPart)}
	if question.ID.Own() {
		v.Hint = strings.TrimSpace(strings.TrimSuffix(v.Hint, kindHints[survey.AskText]) + " " + ownHint)
	}
	chosen := map[string]bool{}
	for _, code := range form[id] {
		chosen[code] = true
	}
	for _, o := range question.Options {
		if question.Kind == survey.AskSources {
			v.Parts = append(v.Parts, partView{Code: o.Code, Label: o.Label, Value: form.Get(id + "." + o.Code)})
			continue
		}
		v.Options = append(v.Options, optionView{Code: o.Code, Label: o.Label, Chosen: chosen[o.Code], Exclusive: o.Exclusive})
	}
	status := map[string]bool{}
	for _, s := range form[id+statusPart] {
		status[s] = true
	}
	for _, s := range question.Allow {
		v.Statuses = append(v.Statuses, optionView{Code: string(s), Label: statusTexts[s], Chosen: status[string(s)]})
	}
	return v
}

// describe adds what the reading says about the question.
func (v *questionView) describe(r reading, question survey.Question, form url.Values) {
	for _, p := range r.of(question.ID) {
		message := sentence(humanQuestion(p.Message))
		if part, found := strings.CutPrefix(p.Field, string(question.ID)+"."); found && question.Kind == survey.AskSources {
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
	warnings, sure := r.unsure(question, form)
	for _, w := range warnings {
		text := sentence(humanQuestion(strings.Replace(w.Message, "type it again", "is it right?", 1)))
		if part, found := strings.CutPrefix(w.Field, string(question.ID)+"."); found {
			if o, known := question.Option(part); known {
				text = o.Label + ": " + text
			}
		}
		v.Warnings = append(v.Warnings, text)
	}
	v.Sure = sure
}

// faults are the entries of the error summary: each leads to its field.
func (v questionView) faults() []fault {
	var out []fault
	if v.Fault != "" {
		out = append(out, fault{Field: v.ID, Message: fmt.Sprintf("Question %d: %s", v.Number, v.Fault)})
	}
	for _, p := range v.Parts {
		if p.Fault != "" {
			out = append(out, fault{Field: v.ID + "." + p.Code, Message: fmt.Sprintf("Question %d, %s: %s", v.Number, p.Label, p.Fault)})
		}
	}
	if len(v.Warnings) > 0 {
		out = append(out, fault{Field: v.ID + surePart, Message: fmt.Sprintf("Question %d: check it. %s", v.Number, strings.Join(v.Warnings, " "))})
	}
	return out
}
