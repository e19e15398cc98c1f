package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxEditions bounds the files of one kind in a directory of editions.
const maxEditions = 100

// editionFiles are the name patterns of the files of editions in their reading order: definitions
// need their questionnaire.
var editionFiles = []string{"nq-*.json", "md-*.json", "ss-*.json", "own-*.json"}

// ReadEditions reads the editions in a node's directory (files such as nq-2.json, md-2.json,
// ss-2.json and own-1.json). It returns them together with the software's own, and the list of
// those read, in order of name. An empty region accepts any region's own questions. A directory
// that does not exist holds nothing. It stops at the first faulty file with an error that names it
// and wraps survey.ErrInvalid.
func ReadEditions(dir string, region survey.Region) (*survey.Editions, []survey.Edition, error) {
	known := survey.NewEditions(region)
	var found []survey.Edition

	for _, pattern := range editionFiles {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, nil, fmt.Errorf("read the editions: %w", err)
		}

		if len(paths) > maxEditions {
			return nil, nil, fmt.Errorf("%w: %s has more than %d files %s", survey.ErrInvalid, dir, maxEditions, pattern)
		}

		// The newest file of own questions must come last.
		slices.SortFunc(paths, func(a, b string) int { // own-9 before own-10
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})

		for _, path := range paths {
			e, err := readEdition(known, path)
			if err != nil {
				return nil, nil, fmt.Errorf("load %s: %w", path, err)
			}
			known = known.With(e)
			found = append(found, e)
		}
	}

	slices.SortFunc(found, func(a, b survey.Edition) int { return strings.Compare(a.ID, b.ID) })
	return known, found, nil
}

func readEdition(known *survey.Editions, path string) (survey.Edition, error) {
	info, err := os.Stat(path)
	if err != nil {
		return survey.Edition{}, err
	}
	if info.Size() > survey.MaxEditionBytes {
		return survey.Edition{}, fmt.Errorf("%w: it is larger than %d bytes", survey.ErrInvalid, survey.MaxEditionBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return survey.Edition{}, err
	}

	// The name in the file counts everywhere, so both names must agree.
	e, err := known.Check(data)
	if err == nil && e.ID+".json" != filepath.Base(path) {
		err = fmt.Errorf("%w: it calls itself %s: name the file %s.json", survey.ErrInvalid, e.ID, e.ID)
	}
	return e, err
}

// Editions returns the editions by which these records are read and counted.
func (s *Store) Editions() *survey.Editions { return s.editions }

// metaEditions holds the names of the editions by which the answers were last counted.
const metaEditions = "editions"

// countByEditions counts the answers anew if the known editions have changed since they were last
// counted: definitions that were missing then may be here now.
func countByEditions(s *Store) error {
	now := strings.Join(s.editions.Files(), " ")
	var before string
	if err := s.view(func(t *txn) error {
		_, err := t.Get(boltfile.Meta, []byte(metaEditions), &before)
		return err
	}); err != nil || before == now {
		return err
	}
	return explain(s.write(context.Background(), func(t *txn) error {
		if err := t.responses().settleChanged("", occasion{at: time.Now().UTC()}); err != nil {
			return err
		}
		return t.Put(boltfile.Meta, []byte(metaEditions), now)
	}), "count the answers by the editions that are here now")
}

// settleChanged settles every counted response whose key begins with prefix and whose counted
// values should be others.
func (t responseTx) settleChanged(prefix string, on occasion) error {
	keys, err := t.Keys(responsesBucket, prefix)
	if err != nil {
		return err
	}

	for _, key := range keys {
		cycle, id := splitRecordKey(key)
		r, err := t.response(cycle, id)
		if err != nil {
			return err
		}
		want, err := t.countedWith(cycle, r)
		if err != nil {
			return err
		}
		if r.Counted == nil || r.Counted.same(want) {
			continue
		}
		if err := t.settle(cycle, id, r, on); err != nil {
			return err
		}
	}
	return nil
}
