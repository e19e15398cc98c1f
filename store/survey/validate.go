package survey

import (
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// Staff that changed by at least this share (in percent) and by more than this
// many posts (in hundredths) against the last cycle is worth a second look.
const (
	staffChangePercent = 50
	staffChangePosts   = 500
)

// muchMore is the factor over last cycle's amount from which a person must type an amount again.
const muchMore = 10

// Validate checks answers against the rules of the questionnaire and against
// the same organisation's last answers, if any. Problems forbid recording;
// warnings do not. Both come in the order of the questions, problems between
// questions last.
func (q Questionnaire) Validate(answers Answers, last *Answers) (problems, warnings []FieldProblem) {
	v := &validator{answers: answers, last: last}
	for _, question := range q.Questions {
		v.question(question)
	}
	for _, rule := range q.Rules {
		v.rule(q, rule)
	}
	return v.problems, v.warnings
}

type validator struct {
	answers  Answers
	last     *Answers
	problems []FieldProblem
	warnings []FieldProblem
}

func (v *validator) question(q Question) {
	answer := v.answers.Of(q.ID)
	if answer.Status != AnswerGiven {
		return
	}

	field := string(q.ID)
	switch q.Kind {
	case AskText:
		if int64(utf8.RuneCountInString(answer.Text)) > q.Maximum {
			v.problem(field, ProblemTooLong, fmt.Sprintf("use at most %d characters", q.Maximum))
		}
	case AskFTE, AskMoney, AskCount:
		v.number(q, field, answer.Number)
	case AskSources:
		for _, part := range answer.Parts {
			if part.Status == AnswerGiven {
				v.number(q, field+"."+part.Code, part.Number)
			}
		}
	case AskStage:
		v.stage(q, answer)
	}

	// Last cycle's answers bring warnings only.
	if v.last != nil {
		v.against(q, answer)
	}
}

func (v *validator) number(q Question, field string, n int64) {
	switch {
	case n < 0:
		v.problem(field, ProblemNegative, "it cannot be less than 0")
	case q.Maximum > 0 && n > q.Maximum:
		v.problem(field, ProblemTooLarge, "it is larger than any organisation could say; look at the number of zeros")
	case q.WarnAbove > 0 && n > q.WarnAbove:
		v.warning(field, WarningLarge, fmt.Sprintf("this is more than %s: type it again", Pence(q.WarnAbove)))
	}
}

func (v *validator) stage(q Question, answer Answer) {
	option, ok := q.Option(answer.Codes[0])
	usual := answer.Number >= option.TRLFrom && answer.Number <= option.TRLTo
	if ok && answer.Number != 0 && option.TRLTo != 0 && !usual {
		v.warning(string(q.ID), WarningImplausible,
			fmt.Sprintf("with this stage a readiness level from %d to %d is usual", option.TRLFrom, option.TRLTo))
	}
}

// against compares with the last cycle. It warns of amounts that grew much and of staff numbers
// (the first question on posts) that changed much.
func (v *validator) against(q Question, answer Answer) {
	switch q.Kind {
	case AskMoney:
		before, ok := v.last.Value(q.ID)
		v.muchMore(q, string(q.ID), answer.Number, before, ok)
	case AskSources:
		for _, part := range answer.Parts {
			before, ok := v.last.Part(q.ID, part.Code)
			v.muchMore(q, string(q.ID)+"."+part.Code, part.Number, before, ok && part.Status == AnswerGiven)
		}
	case AskFTE:
		before, ok := v.last.Value(q.ID)
		if !ok || q.ID != staffQuestion {
			return
		}

		change := max(answer.Number-before, before-answer.Number)
		if change > staffChangePosts && atLeastShare(change, before, staffChangePercent) {
			v.warning(string(q.ID), WarningChanged, "staff changed by half or more since the last answer: check it")
		}
	}
}

// staffQuestion is the one on all staff; the others on posts are flows.
const staffQuestion QuestionID = "q03"

func (v *validator) muchMore(q Question, field string, now, before int64, comparable bool) {
	// A very large amount has a warning of its own, and 0 is no amount to compare with.
	if !comparable || before <= 0 || now <= 0 || q.WarnAbove > 0 && now > q.WarnAbove {
		return
	}

	if now/muchMore >= before {
		v.warning(field, WarningLarge,
			fmt.Sprintf("this is at least %d times the last answer: type it again", muchMore))
	}
}

// atLeastShare reports whether part is at least percent of whole, without
// overflow. All are >= 0.
func atLeastShare(part, whole, percent int64) bool {
	partHigh, partLow := bits.Mul64(uint64(part), 100)
	wholeHigh, wholeLow := bits.Mul64(uint64(whole), uint64(percent))
	return partHigh > wholeHigh || partHigh == wholeHigh && partLow >= wholeLow
}

func (v *validator) rule(q Questionnaire, rule Rule) {
	limit, ok := v.answers.Value(rule.AtMost)
	if !ok || v.openAbove(rule.AtMost) {
		return
	}

	sum, any := int64(0), false
	for _, id := range rule.Sum {
		n, given := v.answers.Value(id)
		// A negative number has a problem of its own.
		if !given || n < 0 {
			continue
		}
		next, fits := AddChecked(sum, n)
		if !fits {
			v.problem(string(id), ProblemTooLarge, "the sum is too large")
			return
		}
		sum, any = next, true
	}

	if any && sum > limit {
		v.problem(string(rule.Sum[len(rule.Sum)-1]), ProblemInconsistent, rule.Message)
	}
}

// openAbove reports whether a part was answered without a number, so that only a lower bound of the
// sum is known.
func (v *validator) openAbove(id QuestionID) bool {
	for _, part := range v.answers.Of(id).Parts {
		if part.Status == AnswerDontKnow || part.Status == AnswerRefused {
			return true
		}
	}
	return false
}

func (v *validator) problem(field, code, message string) {
	v.problems = append(v.problems, FieldProblem{Field: field, Code: code, Message: message})
}

func (v *validator) warning(field, code, message string) {
	v.warnings = append(v.warnings, FieldProblem{Field: field, Code: code, Message: message})
}

// Complete reports whether every core question has an answer, be it
// "dont_know". Only complete answers count.
func (q Questionnaire) Complete(answers Answers) bool {
	if q.ID != answers.Questionnaire {
		return false
	}

	for _, question := range q.Questions {
		if question.Core && answers.Of(question.ID).Status == AnswerMissing {
			return false
		}
	}
	return true
}

// NotSupported reports whether the organisation said that no region supported it
// ("none" at q02): it leaves the denominator, and its answers count nowhere.
func NotSupported(answers Answers) bool {
	supported := answers.Of("q02")
	return len(supported.Codes) == 1 && supported.Codes[0] == "none"
}
