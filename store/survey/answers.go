package survey

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// AnswerStatus is the kind of answer that a question has. Only AnswerGiven carries a value; the
// others are not 0, and neither is a missing answer.
type AnswerStatus string

const (
	AnswerGiven         AnswerStatus = "given"
	AnswerDontKnow      AnswerStatus = "dont_know"
	AnswerRefused       AnswerStatus = "refused"
	AnswerNotApplicable AnswerStatus = "not_applicable"
	AnswerMissing       AnswerStatus = "missing"
)

// Answers are one organisation's answers to one questionnaire, in the order of
// its questions. A question without an answer is not in the list. Equal
// answers have equal deterministic CBOR. Make them with [ParseAnswers].
type Answers struct {
	Questionnaire string   `cbor:"1,keyasint"`
	Items         []Answer `cbor:"2,keyasint"`
}

// Answer is the answer to one question. Which fields carry the value depends
// on the question's kind:
//
//	choice, multi     Codes, in the order of the options
//	fte, money, count Number in the question's unit
//	money_by_source   Parts, in the order of the options
//	stage             Codes (one) and Number, the readiness level, 0 if not given
//	scale             Number, 1 for the first option
//	text              Text
type Answer struct {
	Question QuestionID   `cbor:"1,keyasint"`
	Status   AnswerStatus `cbor:"2,keyasint"`
	Codes    []string     `cbor:"3,keyasint,omitempty"`
	Number   int64        `cbor:"4,keyasint,omitempty"`
	Parts    []Part       `cbor:"5,keyasint,omitempty"`
	Text     string       `cbor:"6,keyasint,omitempty"`
	// Kind is the question's, so that an answer can be written without its questionnaire. Answers
	// recorded before this field existed have none.
	Kind QuestionKind `cbor:"7,keyasint,omitempty"`
}

// Part is the amount from one source, in pence.
type Part struct {
	Code   string       `cbor:"1,keyasint"`
	Status AnswerStatus `cbor:"2,keyasint"`
	Number int64        `cbor:"3,keyasint,omitempty"`
}

// Of returns the answer to the question. Its status is AnswerMissing if there
// is none.
func (a Answers) Of(id QuestionID) Answer {
	if item, given := first(a.Items, func(item *Answer) bool { return item.Question == id }); given {
		return item
	}
	return Answer{Question: id, Status: AnswerMissing}
}

// Value returns the question's number in its unit, false if no number was
// given. Parts are added up; those without a number add nothing. It is false
// too if the sum does not fit.
func (a Answers) Value(id QuestionID) (int64, bool) {
	answer := a.Of(id)
	if answer.Status != AnswerGiven {
		return 0, false
	}
	if len(answer.Parts) == 0 {
		return answer.Number, true
	}

	// A sum of no numbers is not 0: no number was given.
	sum, given := int64(0), false
	for _, part := range answer.Parts {
		if part.Status != AnswerGiven {
			continue
		}
		next, ok := AddChecked(sum, part.Number)
		if !ok {
			return 0, false
		}
		sum, given = next, true
	}

	return sum, given
}

// Part returns the amount from one source, false if no number was given.
func (a Answers) Part(id QuestionID, code string) (int64, bool) {
	part, _ := first(a.Of(id).Parts, func(part *Part) bool { return part.Code == code })
	return part.Number, part.Status == AnswerGiven
}

// MarshalJSON returns the answers as the API shows them: an object with one
// member for each answer, in the order of the questions, pounds and posts with
// exactly two decimals. [ParseAnswers] reads it back to equal answers.
func (a Answers) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, item := range a.Items {
		if i > 0 {
			out = append(out, ',')
		}

		kind, err := a.kind(item)
		if err != nil {
			return nil, err
		}

		// Ids hold only letters, digits, points and underscores, which Go and JSON quote alike.
		out = fmt.Appendf(out, "%q:", item.Question)
		if out, err = appendAnswer(out, kind, item); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// kind returns the kind of the question that the item answers.
func (a Answers) kind(item Answer) (QuestionKind, error) {
	if item.Kind != "" {
		return item.Kind, nil
	}

	// Answers recorded before Kind existed need their questionnaire.
	q, err := QuestionnaireByID(a.Questionnaire)
	if err != nil {
		return "", fmt.Errorf("write answers: %w", err)
	}

	question, known := q.Question(item.Question)
	if !known {
		return "", fmt.Errorf("%w: write answers: %s has no question %q", ErrInvalid, q.ID, clip(string(item.Question)))
	}
	return question.Kind, nil
}

// Same reports whether both are the same answers to the same questionnaire.
func (a Answers) Same(b Answers) bool {
	return a.Questionnaire == b.Questionnaire && slices.EqualFunc(a.Items, b.Items, func(x, y Answer) bool {
		return x.Question == y.Question && x.Status == y.Status && x.Number == y.Number && x.Text == y.Text &&
			slices.Equal(x.Codes, y.Codes) && slices.Equal(x.Parts, y.Parts)
	})
}

// National returns the answers without those to a region's own questions:
// those stay with the region.
func (a Answers) National() Answers {
	a.Items = slices.DeleteFunc(slices.Clone(a.Items), func(item Answer) bool { return item.Question.Own() })
	return a
}

func appendAnswer(out []byte, kind QuestionKind, answer Answer) ([]byte, error) {
	if answer.Status != AnswerGiven {
		return strconv.AppendQuote(out, string(answer.Status)), nil
	}

	switch kind {
	case AskChoice:
		return appendJSON(out, answer.Codes[0])
	case AskMulti:
		return appendJSON(out, answer.Codes)
	case AskFTE, AskMoney:
		return append(out, decimal(answer.Number)...), nil
	case AskCount, AskScale:
		return strconv.AppendInt(out, answer.Number, 10), nil
	case AskSources:
		return appendParts(out, answer.Parts), nil
	case AskStage:
		out = fmt.Appendf(out, `{"stage":%q`, answer.Codes[0])
		if answer.Number != 0 {
			out = fmt.Appendf(out, `,"trl":%d`, answer.Number)
		}
		return append(out, '}'), nil
	case AskText:
		return appendJSON(out, answer.Text)
	}
	return nil, fmt.Errorf("%w: write answers: %s has the unknown kind %q", ErrInvalid, answer.Question, kind)
}

func appendParts(out []byte, parts []Part) []byte {
	out = append(out, '{')
	for i, part := range parts {
		if i > 0 {
			out = append(out, ',')
		}

		out = fmt.Appendf(out, "%q:", part.Code)
		if part.Status == AnswerGiven {
			out = append(out, decimal(part.Number)...)
		} else {
			out = strconv.AppendQuote(out, string(part.Status))
		}
	}
	return append(out, '}')
}

func appendJSON(out []byte, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write answers: %w", err)
	}
	return append(out, text...), nil
}
