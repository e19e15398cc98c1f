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

// editionFiles are how the files of editions are called, in the order in which
// they are read: definitions need their questionnaire.
var editionFiles = []string{"nq-*.json", "md-*.json", "ss-*.json", "own-*.json"}

// ReadEditions reads what a node's directory holds beside its records (files
// such as nq-2.json, md-2.json, ss-2.json and own-1.json) and returns it with
// the software's own, and the list of what was read in order of its names. An
// empty region takes what any region adds. A directory that is not there holds
// nothing. The first file that is not good is the error, which names it and
// wraps survey.ErrInvalid.
func ReadEditions(dir string, region survey.Region) (*survey.Editions, []survey.Edition, error) {
	known := survey.NewEditions(region)
	var found []survey.Edition
	for _, pattern := range editionFiles {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, nil, fmt.Errorf("read the editions: %w", err)
		}
		if len(paths) > maxEditions {
			return nil, nil, fmt.Errorf("%w: %s holds more than %d files %s", survey.ErrInvalid, dir, maxEditions, pattern)
		}
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
	e, err := known.Check(data)
	if err == nil && e.ID+".json" != filepath.Base(path) {
		err = fmt.Errorf("%w: it calls itself %s: name the file %s.json", survey.ErrInvalid, e.ID, e.ID)
	}
	return e, err
}

// Editions returns the versions that these records are read and counted by.
func (s *Store) Editions() *survey.Editions { return s.editions }

// metaEditions holds the names of the loaded editions that the answers were
// last counted by.
const metaEditions = "editions"

// countByEditions counts the answers anew if other editions are known than when
// they were counted: definitions that were missing then may be here now.
func (s *Store) countByEditions() error {
	now := strings.Join(s.editions.Files(), " ")
	var before string
	if err := s.view(func(t *txn) error {
		_, err := t.Get(boltfile.Meta, []byte(metaEditions), &before)
		return err
	}); err != nil || before == now {
		return err
	}
	err := s.write(context.Background(), func(t *txn) error {
		if err := t.responses().settleChanged("", occasion{at: time.Now().UTC()}); err != nil {
			return err
		}
		return t.Put(boltfile.Meta, []byte(metaEditions), now)
	})
	if err != nil {
		return fmt.Errorf("count the answers by the editions that are here now: %w", err)
	}
	return nil
}

// settleChanged settles every answer whose key begins with prefix and which counts
// otherwise than it should.
func (t responseTx) settleChanged(prefix string, on occasion) error {
	var keys []string
	err := t.Each(responsesBucket, prefix, func(key, _ []byte) (bool, error) {
		keys = append(keys, string(key))
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		cycle, id := splitRecordKey([]byte(key))
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
