package survey

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
)

// EditionKind is the kind of content that a file of a new version has.
type EditionKind string

const (
	EditionQuestionnaire EditionKind = "questionnaire" // nq-N: "questions"
	EditionDefinitions   EditionKind = "definitions"   // md-N: "metrics"
	EditionStakeholders  EditionKind = "stakeholders"  // ss-N: "statements"
	EditionOwn           EditionKind = "own"           // own-N: "region", a region's own questions and areas
)

// Edition is one version of a questionnaire, of metric definitions, of the stakeholders' survey or
// of one region's own questions and areas. Hash is the SHA-256 of its content, in hexadecimal
// digits: files that differ in spaces only have the same hash. Make one with [ParseEdition] or
// [Editions.Check].
type Edition struct {
	ID     string      `json:"id"`
	Kind   EditionKind `json:"kind"`
	Region Region      `json:"region,omitempty"` // whose own it is
	Items  int         `json:"items"`            // questions, metrics, statements, or questions and areas
	Hash   string      `json:"hash"`
	Known  bool        `json:"known"` // the same is known already

	questionnaire Questionnaire
	definitions   Definitions
	stakeholders  Stakeholders
	own           OwnEdition
}

// MaxEditionBytes bounds the text of one edition.
const MaxEditionBytes = 1 << 20

// ParseEdition reads one edition and checks it by itself. Every error wraps ErrInvalid and names
// the fault. [Editions.Check] tells whether the edition fits the known ones.
func ParseEdition(data []byte) (Edition, error) {
	if len(data) > MaxEditionBytes {
		return Edition{}, Invalid("it is larger than %d bytes", MaxEditionBytes)
	}

	var shape struct {
		Region     json.RawMessage `json:"region"`
		Questions  json.RawMessage `json:"questions"`
		Metrics    json.RawMessage `json:"metrics"`
		Statements json.RawMessage `json:"statements"`
	}
	// Read leniently first: the kind tells the known members from the others.
	if err := json.Unmarshal(data, &shape); err != nil {
		return Edition{}, Invalid("it is not JSON: %v", err)
	}

	// The members tell the kinds apart, so that a file of two kinds is refused.
	var e Edition
	var content editionContent
	switch {
	case shape.Region != nil && shape.Metrics == nil && shape.Statements == nil:
		e.Kind, content = EditionOwn, &e.own
	case shape.Questions != nil && shape.Metrics == nil && shape.Statements == nil:
		e.Kind, content = EditionQuestionnaire, &e.questionnaire
	case shape.Metrics != nil && shape.Questions == nil && shape.Statements == nil:
		e.Kind, content = EditionDefinitions, &e.definitions
	case shape.Statements != nil && shape.Questions == nil && shape.Metrics == nil:
		e.Kind, content = EditionStakeholders, &e.stakeholders
	default:
		return Edition{}, Invalid("it has neither \"questions\", as a questionnaire, nor \"metrics\", as definitions, " +
			"nor \"statements\", as a stakeholders' survey, nor \"region\", as what a region adds")
	}

	err := decodeStrictly(data, content)
	if err == nil {
		err = content.check()
	}
	if err != nil {
		return Edition{}, err
	}

	// Hashed before the questionnaire is completed: the hash is that of the file.
	if e.Hash, err = contentHash(content); err != nil {
		return Edition{}, err
	}
	e.ID, e.Items = content.head()
	e.Region = e.own.Region
	e.questionnaire.complete()
	return e, nil
}

// editionContent is the content of an edition of any kind.
type editionContent interface {
	head() (id string, items int)
	check() error
}

func (q Questionnaire) head() (string, int) { return q.ID, len(q.Questions) }
func (d Definitions) head() (string, int)   { return d.ID, len(d.Metrics) + len(d.Derived) }
func (s Stakeholders) head() (string, int)  { return s.ID, len(s.Statements) }
func (o OwnEdition) head() (string, int)    { return o.ID, len(o.Questions) + len(o.Areas) }

// faults returns a function that makes errors about the edition.
func faults(edition string) func(format string, with ...any) error {
	return func(format string, with ...any) error {
		return Invalid("%s: "+format, append([]any{edition}, with...)...)
	}
}

func decodeStrictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return Invalid("%v", err)
	}

	// Decode stops at the end of the first value.
	if _, err := decoder.Token(); err != io.EOF {
		return Invalid("something follows after its end")
	}
	return nil
}

func contentHash(content any) (string, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("hash an edition: %w", err)
	}
	return Hex(sha256.Sum256(text)), nil
}
