package survey

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// answersParser collects the faults that it finds while it reads single answers.
type answersParser struct {
	problems []FieldProblem
}

func (p *answersParser) add(field, code, message string) {
	p.problems = append(p.problems, FieldProblem{Field: field, Code: code, Message: message})
}

// answer reads one question's answer. It returns false when there is none or
// a problem was added.
func (p *answersParser) answer(q Question, v node) (Answer, bool) {
	if v.kind == 'n' || v.kind == '[' && len(v.members) == 0 || v.kind == '{' && len(v.members) == 0 {
		return Answer{}, false
	}

	// A status may take the place of a value of any kind but text.
	answer := Answer{Question: q.ID, Status: AnswerGiven, Kind: q.Kind}
	if status, ok := p.status(q, string(q.ID), v); status != "" {
		answer.Status = status
		return answer, ok
	}

	field, ok := string(q.ID), false
	switch q.Kind {
	case AskChoice:
		answer.Codes, ok = p.code(q, field, v)
	case AskMulti:
		answer.Codes, ok = p.codes(q, field, v)
	case AskFTE:
		answer.Number, ok = p.hundredths(field, v, "write the number of posts with digits and at most two decimals")
	case AskMoney:
		answer.Number, ok = p.hundredths(field, v, "write pounds with digits, such as 250000 or 12.50")
	case AskCount:
		answer.Number, ok = p.whole(field, v)
	case AskSources:
		answer.Parts, ok = p.parts(q, field, v)
	case AskStage:
		answer.Codes, answer.Number, ok = p.stage(q, field, v)
	case AskScale:
		answer.Number, ok = p.points(q, field, v)
	case AskText:
		answer.Text, ok = p.text(field, v)
		ok = ok && answer.Text != ""
	}
	return answer, ok
}

// status reads "dont_know" and its like. It returns "" for anything else,
// and false with a problem where the question does not allow it.
func (p *answersParser) status(q Question, field string, v node) (AnswerStatus, bool) {
	if v.kind != '"' || q.Kind == AskText {
		return "", false
	}

	switch status := AnswerStatus(v.text); status {
	case AnswerDontKnow, AnswerRefused, AnswerNotApplicable:
		if !q.Allows(status) {
			p.add(field, ProblemNotAllowed, "this question cannot be answered so")
			return status, false
		}
		return status, true
	}
	return "", false
}

func (p *answersParser) code(q Question, field string, v node) ([]string, bool) {
	if v.kind != '"' {
		p.add(field, ProblemWrongType, "give one option as text")
		return nil, false
	}

	if _, known := q.Option(v.text); !known {
		p.add(field, ProblemUnknownCode, "it is not one of the options")
		return nil, false
	}
	return []string{v.text}, true
}

func (p *answersParser) codes(q Question, field string, v node) ([]string, bool) {
	if v.kind != '[' {
		p.add(field, ProblemWrongType, "give a list of options")
		return nil, false
	}

	ticked := map[string]bool{}
	for _, m := range v.members {
		code, ok := p.code(q, field, m.value)
		if !ok {
			return nil, false
		}
		if ticked[code[0]] {
			p.add(field, ProblemTwice, "an option is given more than once")
			return nil, false
		}
		ticked[code[0]] = true
	}

	// In the order of the options, so that equal answers have equal codes.
	var codes []string
	exclusive := false
	for _, o := range q.Options {
		if ticked[o.Code] {
			codes = append(codes, o.Code)
			exclusive = exclusive || o.Exclusive
		}
	}

	if exclusive && len(codes) > 1 {
		p.add(field, ProblemInconsistent, "\"none\" cannot stand beside other options")
		return nil, false
	}
	return codes, true
}

func (p *answersParser) hundredths(field string, v node, message string) (int64, bool) {
	if v.kind != '0' && v.kind != '"' {
		p.add(field, ProblemWrongType, message)
		return 0, false
	}

	n, err := parseHundredths(v.text)
	if err != nil {
		p.add(field, ProblemNotNumber, message)
		return 0, false
	}
	return n, true
}

func (p *answersParser) whole(field string, v node) (int64, bool) {
	if v.kind != '0' {
		p.add(field, ProblemWrongType, "write a whole number")
		return 0, false
	}

	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil {
		p.add(field, ProblemNotNumber, "write a whole number without decimals")
		return 0, false
	}
	return n, true
}

func (p *answersParser) parts(q Question, field string, v node) ([]Part, bool) {
	if v.kind != '{' {
		p.add(field, ProblemWrongType, "give an amount for each source")
		return nil, false
	}

	before := len(p.problems)
	found := map[string]Part{}
	for _, m := range v.members {
		name := field + "." + shownField(m.name)
		if _, known := q.Option(m.name); !known {
			p.add(name, ProblemUnknownField, "there is no such source")
			continue
		}
		if m.twice {
			p.add(name, ProblemTwice, "it is given more than once")
			continue
		}
		if m.value.kind == 'n' {
			continue
		}

		part := Part{Code: m.name, Status: AnswerGiven}
		if status, _ := p.status(q, name, m.value); status != "" {
			part.Status = status
		} else {
			part.Number, _ = p.hundredths(name, m.value, "write pounds with digits, such as 250000 or 12.50")
		}
		found[m.name] = part
	}

	// In the order of the options, so that equal answers have equal parts.
	var parts []Part
	for _, o := range q.Options {
		if part, ok := found[o.Code]; ok {
			parts = append(parts, part)
		}
	}
	return parts, len(p.problems) == before && len(parts) > 0
}

// stage reads {"stage": "idea", "trl": 3}, or the stage alone as text.
func (p *answersParser) stage(q Question, field string, v node) ([]string, int64, bool) {
	if v.kind != '{' {
		codes, ok := p.code(q, field, v)
		return codes, 0, ok
	}

	var codes []string
	trl, before := int64(0), len(p.problems)
	for _, m := range v.members {
		name := field + "." + shownField(m.name)
		switch {
		case m.name != "stage" && m.name != "trl":
			p.add(name, ProblemUnknownField, "give stage and trl only")
		case m.twice:
			p.add(name, ProblemTwice, "it is given more than once")
		// Null is no answer, as at the top.
		case m.value.kind == 'n':
		case m.name == "stage":
			codes, _ = p.code(q, name, m.value)
		default:
			n, ok := p.whole(name, m.value)
			if ok && (n < 1 || n > 9) {
				p.add(name, ProblemTooLarge, "technology readiness levels are 1 to 9")
			}
			trl = n
		}
	}

	if len(p.problems) > before {
		return nil, 0, false
	}

	if codes == nil && trl != 0 {
		p.add(field+".stage", ProblemInconsistent, "give the stage with the readiness level")
	}
	return codes, trl, codes != nil
}

// points reads 1 to the number of options, or an option's code.
func (p *answersParser) points(q Question, field string, v node) (int64, bool) {
	if v.kind == '"' {
		at := slices.IndexFunc(q.Options, func(o Option) bool { return o.Code == v.text })
		if at < 0 {
			p.add(field, ProblemUnknownCode, "it is not one of the options")
		}
		return int64(at + 1), at >= 0
	}

	n, ok := p.whole(field, v)
	if ok && (n < 1 || n > int64(len(q.Options))) {
		p.add(field, ProblemUnknownCode, "give one of the points, 1 for the least")
		return 0, false
	}
	return n, ok
}

func (p *answersParser) text(field string, v node) (string, bool) {
	if v.kind != '"' {
		p.add(field, ProblemWrongType, "give text")
		return "", false
	}
	return p.printable(field, v.text)
}

// printable refuses control characters other than line breaks and tabs.
func (p *answersParser) printable(field, text string) (string, bool) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	if strings.ContainsFunc(text, control) {
		p.add(field, ProblemNotAllowed, "it has control characters in it")
		return "", false
	}
	return text, true
}
