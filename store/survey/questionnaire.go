package survey

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// CurrentQuestionnaire is the questionnaire that new campaigns use unless they
// say otherwise.
const CurrentQuestionnaire = "nq-1"

// QuestionID names one question of a questionnaire: "q01".
type QuestionID string

// QuestionKind is the form of a question's answer.
type QuestionKind string

const (
	AskChoice  QuestionKind = "choice"          // one option
	AskMulti   QuestionKind = "multi"           // one or more options
	AskFTE     QuestionKind = "fte"             // posts, two decimals
	AskSources QuestionKind = "money_by_source" // pounds for each option
	AskMoney   QuestionKind = "money"           // pounds, two decimals
	AskCount   QuestionKind = "count"           // a whole number
	AskStage   QuestionKind = "stage"           // one option and a technology readiness level, 1 to 9
	AskScale   QuestionKind = "scale"           // points, 1 for the first option
	AskText    QuestionKind = "text"            // stays at the node that recorded it
)

// Option is one possible answer. Exclusive options stand alone. TRLFrom and
// TRLTo are the technology readiness levels that are plausible with it.
type Option struct {
	Code      string `json:"code"`
	Label     string `json:"label"`
	Exclusive bool   `json:"exclusive,omitempty"`
	TRLFrom   int64  `json:"trl_from,omitempty"`
	TRLTo     int64  `json:"trl_to,omitempty"`
}

// Question is one question. Maximum is the greatest number accepted, in Unit
// (characters for a text); WarnAbove the one from which a person is asked to
// type it again. Core questions decide whether an answer is complete. Allow
// lists the answers other than a value; none of them is 0.
type Question struct {
	ID          QuestionID     `json:"id"`
	Kind        QuestionKind   `json:"kind"`
	Text        string         `json:"text"`
	Unit        Unit           `json:"unit,omitempty"`
	Core        bool           `json:"core,omitempty"`
	Options     []Option       `json:"options,omitempty"`
	OptionsFrom string         `json:"options_from,omitempty"`
	Allow       []AnswerStatus `json:"allow,omitempty"`
	Maximum     int64          `json:"maximum,omitempty"`
	WarnAbove   int64          `json:"warn_above,omitempty"`
}

// Rule says that the answers of Sum, added up, are at most that of AtMost. A
// question without a number is left out of the sum; without a number for
// AtMost the rule says nothing.
type Rule struct {
	Sum     []QuestionID `json:"sum"`
	AtMost  QuestionID   `json:"at_most"`
	Message string       `json:"message"`
}

// Questionnaire is one version of the questions, in the order in which they
// are asked, with the rules between them. It is data: a new version needs no
// new code.
type Questionnaire struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Questions []Question `json:"questions"`
	Rules     []Rule     `json:"rules"`
}

//go:embed data/*.json
var editions embed.FS

// loadQuestionnaires decodes the embedded files once, when first asked for.
var loadQuestionnaires = sync.OnceValues(func() (map[string]Questionnaire, error) {
	return decodeEditions("nq-", func(q *Questionnaire) string {
		q.complete()
		return q.ID
	})
})

// QuestionnaireByID returns a questionnaire of the software with its questions in order. A node
// asks its [Editions], which also know the loaded ones. The error wraps ErrNotFound for one that
// this software does not have. The value shares its slices with other callers: read only.
func QuestionnaireByID(id string) (Questionnaire, error) {
	return embedded(loadQuestionnaires, "questionnaire", id)
}

// Question returns the question with that id, false if there is none.
func (q Questionnaire) Question(id QuestionID) (Question, bool) {
	return first(q.Questions, func(question *Question) bool { return question.ID == id })
}

// Asked returns the question's text with the dates of the cycle in it.
func (q Question) Asked(cycle Cycle) string {
	return strings.NewReplacer(
		"{begins}", fmt.Sprintf("1 April %d", cycle.FirstYear()),
		"{ends}", fmt.Sprintf("31 March %d", cycle.FirstYear()+1),
	).Replace(q.Text)
}

// Option returns the option with that code, false if there is none.
func (q Question) Option(code string) (Option, bool) {
	return first(q.Options, func(o *Option) bool { return o.Code == code })
}

// Allows reports whether the status may take the place of a value.
func (q Question) Allows(status AnswerStatus) bool { return slices.Contains(q.Allow, status) }

func regionOptions() []Option {
	return mapped(regions, func(r RegionInfo) Option { return Option{Code: string(r.Region), Label: r.Region.Name()} })
}

// embedded returns the edition with that id. The error wraps ErrNotFound if
// load, one of the loaders of embedded files, does not know it.
func embedded[T any](load func() (map[string]T, error), what, id string) (T, error) {
	known, err := load()
	edition, ok := known[id]
	if err == nil && !ok {
		err = fmt.Errorf("%w: %s %q", ErrNotFound, what, clip(id))
	}
	return edition, err
}

// decodeEditions reads every embedded file with the prefix. finish completes a value and returns
// its id. Each id must be the name of its file.
func decodeEditions[T any](prefix string, finish func(*T) string) (map[string]T, error) {
	names, err := fs.Glob(editions, "data/"+prefix+"*.json")
	if err != nil {
		return nil, fmt.Errorf("list the embedded files %s*: %w", prefix, err)
	}

	known := make(map[string]T, len(names))
	for _, name := range names {
		data, err := editions.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the embedded %s: %w", name, err)
		}

		var value T
		if err := decodeStrictly(data, &value); err != nil {
			return nil, fmt.Errorf("decode the embedded %s: %w", name, err)
		}

		// Files are looked up by name alone, so the name must be right.
		id := finish(&value)
		if id != strings.TrimSuffix(path.Base(name), ".json") {
			return nil, fmt.Errorf("%w: the embedded %s calls itself %q", ErrInvalid, name, id)
		}

		known[id] = value
	}
	return known, nil
}
