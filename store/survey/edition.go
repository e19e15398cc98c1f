package survey

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
)

// EditionKind says what a file of a new version holds.
type EditionKind string

const (
	EditionQuestionnaire EditionKind = "questionnaire" // nq-N: "questions"
	EditionDefinitions   EditionKind = "definitions"   // md-N: "metrics"
	EditionStakeholders  EditionKind = "stakeholders"  // ss-N: "statements"
	EditionOwn           EditionKind = "own"           // own-N: "region", a region's own questions and areas
)

// Edition is one version of a questionnaire, of metric definitions, of the
// stakeholders' survey or of what one region adds for itself. Hash is the
// SHA-256 of its content, in hexadecimal: two files that differ in spaces only
// have the same. Make one with [ParseEdition] or [Editions.Check].
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

// ParseEdition reads one edition and checks what can be checked of it alone.
// Every error wraps ErrInvalid and says what is wrong. Whether it fits what is
// known beside it is for [Editions.Check] to say.
func ParseEdition(data []byte) (Edition, error) {
	if len(data) > MaxEditionBytes {
		return Edition{}, fmt.Errorf("%w: it is larger than %d bytes", ErrInvalid, MaxEditionBytes)
	}
	var shape struct {
		Region     json.RawMessage `json:"region"`
		Questions  json.RawMessage `json:"questions"`
		Metrics    json.RawMessage `json:"metrics"`
		Statements json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal(data, &shape); err != nil {
		return Edition{}, fmt.Errorf("%w: it is not JSON: %w", ErrInvalid, err)
	}
	var e Edition
	var content any
	var err error
	switch {
	case shape.Region != nil && shape.Metrics == nil && shape.Statements == nil:
		err = decodeStrictly(data, &e.own)
		e.ID, e.Kind, e.Region, e.Items, content = e.own.ID, EditionOwn, e.own.Region, len(e.own.Questions)+len(e.own.Areas), e.own
	case shape.Questions != nil && shape.Metrics == nil && shape.Statements == nil:
		err = decodeStrictly(data, &e.questionnaire)
		e.ID, e.Kind, e.Items, content = e.questionnaire.ID, EditionQuestionnaire, len(e.questionnaire.Questions), e.questionnaire
	case shape.Metrics != nil && shape.Questions == nil && shape.Statements == nil:
		err = decodeStrictly(data, &e.definitions)
		e.ID, e.Kind, e.Items, content = e.definitions.ID, EditionDefinitions, len(e.definitions.Metrics)+len(e.definitions.Derived), e.definitions
	case shape.Statements != nil && shape.Questions == nil && shape.Metrics == nil:
		err = decodeStrictly(data, &e.stakeholders)
		e.ID, e.Kind, e.Items, content = e.stakeholders.ID, EditionStakeholders, len(e.stakeholders.Statements), e.stakeholders
	default:
		err = fmt.Errorf("%w: it has neither \"questions\", as a questionnaire, nor \"metrics\", as definitions, nor \"statements\", as a stakeholders' survey, nor \"region\", as what a region adds", ErrInvalid)
	}
	if err == nil {
		err = e.check()
	}
	if err != nil {
		return Edition{}, err
	}
	if e.Hash, err = contentHash(content); err != nil {
		return Edition{}, err
	}
	e.questionnaire.complete()
	return e, nil
}

// check refuses what is wrong in the edition itself.
func (e Edition) check() error {
	switch e.Kind {
	case EditionQuestionnaire:
		return e.questionnaire.check()
	case EditionDefinitions:
		return e.definitions.check()
	case EditionStakeholders:
		return e.stakeholders.check()
	}
	return e.own.check()
}

func decodeStrictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows after its end", ErrInvalid)
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
