package survey

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// Bounds of what ParseAnswers reads.
const (
	MaxAnswersBytes = 64 << 10
	maxAnswersDepth = 2 // the answers, and an object or list in one of them
	maxFieldName    = 40
)

// ErrTooLarge: answers longer than MaxAnswersBytes. It wraps ErrInvalid.
var ErrTooLarge = Invalid("the answers are larger than %d bytes", MaxAnswersBytes)

// plainField matches names that a message may repeat.
var plainField = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// node is one JSON value with its members in the order in which they came.
// A number keeps its digits: it never becomes a float.
type node struct {
	kind    byte // '{' '[' '"' '0' 't' 'n'
	text    string
	members []member
}

type member struct {
	name  string // empty in a list
	twice bool
	value node
}

// ParseAnswers reads the answers as the API takes them, an object such as
// {"q01": "yes", "q03": 7.5, "q07": {"equity": "250000.50"}}. Amounts are read
// exactly. A null, an empty list and an empty text are no answer.
//
// The problems name every faulty field in the order of the questions and never
// repeat a submitted value; with any of them the answers are empty. The error
// wraps ErrInvalid and is for input that is not such an object at all: not
// JSON, not UTF-8, too large, too deep.
func ParseAnswers(q Questionnaire, data []byte) (Answers, []FieldProblem, error) {
	root, err := readTree(data)
	if err != nil {
		return Answers{}, nil, err
	}

	p := &answersParser{}
	answers := Answers{Questionnaire: q.ID}
	for _, m := range root.members {
		if _, known := q.Question(QuestionID(m.name)); !known {
			p.add(shownField(m.name), ProblemUnknownField, q.ID+" has no such question")
		}
	}

	// In the order of the questions, whatever that of the input.
	for _, question := range q.Questions {
		for _, m := range root.members {
			if m.name != string(question.ID) {
				continue
			}
			if m.twice {
				p.add(m.name, ProblemTwice, "it is given more than once")
				break
			}
			if answer, ok := p.answer(question, m.value); ok {
				answers.Items = append(answers.Items, answer)
			}
		}
	}

	if len(p.problems) > 0 {
		return Answers{}, p.problems, nil
	}
	return answers, nil, nil
}

// shownField returns a member's name if a message may repeat it.
func shownField(name string) string {
	if len(name) > maxFieldName || !plainField.MatchString(name) {
		return "(unknown)"
	}
	return name
}

// readTree reads one JSON object within the bounds.
func readTree(data []byte) (node, error) {
	if len(data) > MaxAnswersBytes {
		return node{}, ErrTooLarge
	}
	if !utf8.Valid(data) {
		return node{}, Invalid("the answers are not UTF-8")
	}

	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	t := &treeReader{decoder: decoder}
	root, err := t.value(1)
	if err != nil {
		return node{}, err
	}

	// A decoder stops after the first value.
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return node{}, Invalid("something follows the answers at byte %d", decoder.InputOffset())
	}

	if root.kind != '{' {
		return node{}, Invalid("the answers are not a JSON object")
	}
	return root, nil
}

// treeReader walks tokens, because json.Unmarshal keeps the last of two equal
// names without saying so.
type treeReader struct {
	decoder *json.Decoder
	field   string // top-level member being read, for messages
}

func (t *treeReader) token() (json.Token, error) {
	token, err := t.decoder.Token()
	if err == nil {
		return token, nil
	}

	where := ""
	if t.field != "" {
		where = ", in " + shownField(t.field)
	}
	return nil, Invalid("the answers are not valid JSON at byte %d%s", t.decoder.InputOffset(), where)
}

func (t *treeReader) value(depth int) (node, error) {
	token, err := t.token()
	if err != nil {
		return node{}, err
	}

	switch v := token.(type) {
	case string:
		return node{kind: '"', text: v}, nil
	case json.Number:
		return node{kind: '0', text: v.String()}, nil
	case bool:
		return node{kind: 't', text: strconv.FormatBool(v)}, nil
	case json.Delim:
		if depth > maxAnswersDepth {
			return node{}, Invalid("the answers are nested too deeply, in %s", shownField(t.field))
		}
		return t.members(node{kind: byte(v)}, depth)
	}
	return node{kind: 'n'}, nil
}

// members reads up to the delimiter that closes n.
func (t *treeReader) members(n node, depth int) (node, error) {
	seen := map[string]int{}
	for t.decoder.More() {
		name := ""
		if n.kind == '{' {
			token, err := t.token()
			if err != nil {
				return node{}, err
			}
			name, _ = token.(string)
			if depth == 1 {
				t.field = name
			}
		}

		value, err := t.value(depth + 1)
		if err != nil {
			return node{}, err
		}

		// Members of a list have no names, so only those of an object can stand twice.
		if first, twice := seen[name]; twice && n.kind == '{' {
			n.members[first].twice = true
			continue
		}
		seen[name] = len(n.members)
		n.members = append(n.members, member{name: name, value: value})
	}

	_, err := t.token()
	return n, err
}
