package survey

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// EditionKind says what a file of a new version holds.
type EditionKind string

const (
	EditionQuestionnaire EditionKind = "questionnaire"
	EditionDefinitions   EditionKind = "definitions"
)

// Edition is one version of a questionnaire or of metric definitions that a
// file holds. Hash is the SHA-256 of its content, in hexadecimal: two files
// that differ in spaces only have the same.
type Edition struct {
	ID    string      `json:"id"`
	Kind  EditionKind `json:"kind"`
	Items int         `json:"items"` // questions, or metrics
	Hash  string      `json:"hash"`
	Known bool        `json:"known"` // this software has the same already

	questionnaire Questionnaire
	definitions   Definitions
}

// Bounds of a directory of editions.
const (
	maxEditions     = 100
	maxEditionBytes = 1 << 20
	editionSuffix   = ".json"
)

// loaded is the table of the editions that were loaded from files, beside the
// embedded ones. A name means the same content for ever, in every node of the
// process: what is in the table never changes and never leaves it.
var loaded = &editionTable{questionnaires: map[string]Questionnaire{}, definitions: map[string]Definitions{}, hashes: map[string]string{}}

type editionTable struct {
	mu             sync.RWMutex // held briefly, never while waiting
	questionnaires map[string]Questionnaire
	definitions    map[string]Definitions
	hashes         map[string]string // by id, of all that was loaded
}

func (t *editionTable) questionnaire(id string) (Questionnaire, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	q, ok := t.questionnaires[id]
	return q, ok
}

func (t *editionTable) definitionsOf(id string) (Definitions, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	d, ok := t.definitions[id]
	return d, ok
}

// covering returns the loaded definitions for a questionnaire, the greatest id
// if there are several.
func (t *editionTable) covering(questionnaire string) (Definitions, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(t.definitions))) {
		if d := t.definitions[id]; d.Questionnaire == questionnaire {
			return d, true
		}
	}
	return Definitions{}, false
}

// put adds an edition, or refuses one whose name means something else.
func (t *editionTable) put(e Edition) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if hash, known := t.hashes[e.ID]; known && hash != e.Hash {
		return clash(e.ID)
	}
	t.hashes[e.ID] = e.Hash
	if e.Kind == EditionQuestionnaire {
		t.questionnaires[e.ID] = e.questionnaire
	} else {
		t.definitions[e.ID] = e.definitions
	}
	return nil
}

func clash(id string) error {
	return fmt.Errorf("%w: %s is known here with other content: a version never changes, give the new content a new number", ErrInvalid, id)
}

// CheckEdition reads and validates one version of a questionnaire or of metric
// definitions, and adds it to nothing. Every error wraps ErrInvalid and says
// what is wrong; a name that means other content here is one. Definitions are
// checked against their questionnaire, which must be known.
func CheckEdition(data []byte) (Edition, error) {
	e, err := readEdition(data)
	if err != nil {
		return Edition{}, err
	}
	hash, known, err := hashOfKnown(e)
	if err != nil {
		return Edition{}, err
	}
	if known && hash != e.Hash {
		return Edition{}, clash(e.ID)
	}
	e.Known = known
	return e, nil
}

func readEdition(data []byte) (Edition, error) {
	if len(data) > maxEditionBytes {
		return Edition{}, fmt.Errorf("%w: it is larger than %d bytes", ErrInvalid, maxEditionBytes)
	}
	var kind struct {
		Questions json.RawMessage `json:"questions"`
		Metrics   json.RawMessage `json:"metrics"`
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return Edition{}, fmt.Errorf("%w: it is not JSON: %w", ErrInvalid, err)
	}
	var e Edition
	var err error
	var content any
	switch {
	case kind.Questions != nil && kind.Metrics == nil:
		if err = decodeStrictly(data, &e.questionnaire); err == nil {
			e.ID, e.Kind, e.Items = e.questionnaire.ID, EditionQuestionnaire, len(e.questionnaire.Questions)
			content = e.questionnaire
			err = e.questionnaire.check()
		}
	case kind.Metrics != nil && kind.Questions == nil:
		if err = decodeStrictly(data, &e.definitions); err == nil {
			e.ID, e.Kind, e.Items = e.definitions.ID, EditionDefinitions, len(e.definitions.Metrics)+len(e.definitions.Derived)
			content = e.definitions
			err = e.definitions.check()
		}
	default:
		err = fmt.Errorf("%w: it has neither \"questions\", as a questionnaire, nor \"metrics\", as definitions", ErrInvalid)
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
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// hashOfKnown returns the hash of what is known under the name, embedded or
// loaded.
func hashOfKnown(e Edition) (string, bool, error) {
	embedded, err := editions.ReadFile("data/" + e.ID + editionSuffix)
	if err == nil {
		same, err := readEdition(embedded)
		return same.Hash, true, err
	}
	loaded.mu.RLock()
	defer loaded.mu.RUnlock()
	hash, known := loaded.hashes[e.ID]
	return hash, known, nil
}

// LoadEditions adds every edition of a node's directory (files such as
// nq-2.json and md-2.json) to what this process knows, questionnaires first,
// and returns them in the order of their names. A directory that is not there holds none. The first file that
// is not good is the error, which names it and wraps ErrInvalid.
func LoadEditions(dir string) ([]Edition, error) {
	var found []Edition
	for _, prefix := range []string{"nq-", "md-"} {
		paths, err := filepath.Glob(filepath.Join(dir, prefix+"*"+editionSuffix))
		if err != nil {
			return nil, fmt.Errorf("load questionnaires: %w", err)
		}
		if len(paths) > maxEditions {
			return nil, fmt.Errorf("%w: %s holds more than %d files %s*", ErrInvalid, dir, maxEditions, prefix)
		}
		for _, path := range paths {
			e, err := loadEdition(path)
			if err != nil {
				return nil, fmt.Errorf("load %s: %w", path, err)
			}
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b Edition) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

func loadEdition(path string) (Edition, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Edition{}, err
	}
	e, err := CheckEdition(data)
	if err != nil {
		return Edition{}, err
	}
	if e.ID+editionSuffix != filepath.Base(path) {
		return Edition{}, fmt.Errorf("%w: it calls itself %s: name the file %s%s", ErrInvalid, e.ID, e.ID, editionSuffix)
	}
	if e.Known {
		return e, nil
	}
	return e, loaded.put(e)
}
