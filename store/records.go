package store

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// RecordFilter selects records of one kind; empty fields select all. With Deleted it selects the
// deleted ones instead.
type RecordFilter struct {
	Kind         survey.RecordKind
	Organisation survey.Identifier
	Cycle        survey.Cycle
	Area         string // the code of an area in which their organisation lies
	Deleted      bool
}

func (f RecordFilter) selects(r survey.Record) bool {
	return r.Deleted == f.Deleted && (f.Cycle == "" || r.Cycle() == f.Cycle)
}

// Record returns the newest version of a record, deleted or not, or an error
// wrapping survey.ErrNotFound.
func (s *Store) Record(kind survey.RecordKind, id string) (survey.Record, error) {
	return read(s, func(t *txn) (survey.Record, error) {
		k, err := t.needKept(kind, id)
		if err != nil {
			return survey.Record{}, err
		}
		return t.records().shown(k.record(kind, id))
	}, "%s %s", kind, id)
}

// needKept returns the newest version of a record, or survey.ErrNotFound.
func (t *txn) needKept(kind survey.RecordKind, id string) (*keptRecord, error) {
	k, err := t.kept(kind, id)
	if err == nil && k == nil {
		err = survey.ErrNotFound
	}
	return k, err
}

// RecordHistory returns every version of a record, oldest first; the last one is equal to
// [Store.Record]'s. An unknown id is survey.ErrNotFound.
func (s *Store) RecordHistory(kind survey.RecordKind, id string) ([]survey.Record, error) {
	return read(s, func(t *txn) ([]survey.Record, error) {
		history, err := t.records().versions(kind, id)
		if err == nil && len(history) == 0 {
			err = survey.ErrNotFound
		}
		for i := range history {
			if err == nil {
				history[i], err = t.records().shown(history[i])
			}
		}
		return history, err
	}, "history of %s %s", kind, id)
}

// Records returns the newest version of up to limit records (at most 1000) in the order of their
// ids, beginning after the id after. Give next as after to get the next page; it is empty at the
// end.
func (s *Store) Records(filter RecordFilter, after string, limit int) (
	records []survey.Record, next string, err error) {
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}

	var in map[survey.Identifier]bool // the organisations in the area, nil for any

	take := func(t *txn, r survey.Record) (bool, error) {
		if r.ID <= after || !filter.selects(r) {
			return true, nil
		}

		if len(records) == limit {
			next = records[limit-1].ID
			return false, nil
		}

		// Selected by the canonical organisation, which merges may have changed.
		r, err := t.records().shown(r)
		if err == nil && (in == nil || in[r.Organisation()]) {
			records = append(records, r)
		}
		return true, err
	}

	err = s.view(func(t *txn) error {
		if filter.Area != "" {
			if in, err = t.records().organisationsIn(filter.Area); err != nil {
				return err
			}
		}

		if filter.Organisation == "" {
			return t.records().eachAfter(filter.Kind, after, func(r survey.Record) (bool, error) { return take(t, r) })
		}

		id, err := t.canonical(filter.Organisation)
		if err != nil {
			return err
		}
		return t.eachPlace(id, filter.Kind, func(kind survey.RecordKind, recordID string, _ placeRecord) (bool, error) {
			k, err := t.kept(kind, recordID)
			if err != nil || k == nil {
				return true, err
			}
			return take(t, k.record(kind, recordID))
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the %s: %w", filter.Kind, err)
	}
	return records, next, nil
}

// each calls do with every record of the kind, as it was recorded, in the order of their ids, until
// do returns false.
func (t recordTx) each(kind survey.RecordKind, do func(survey.Record) (bool, error)) error {
	return t.eachAfter(kind, "", do)
}

// eachAfter is each, beginning with the first id at or after the given one.
func (t recordTx) eachAfter(kind survey.RecordKind, after string, do func(survey.Record) (bool, error)) error {
	prefix := string(kind) + "/"
	return t.EachFrom(recordsBucket, prefix, prefix+after, func(key, value []byte) (bool, error) {
		var k keptRecord
		if err := t.Open(recordsBucket, key, value, &k); err != nil {
			return false, err
		}
		return do(k.record(kind, string(key[len(prefix):])))
	})
}

// shown returns the record with its organisation replaced by the canonical one.
func (t recordTx) shown(r survey.Record) (survey.Record, error) {
	recorded := r.Organisation()
	if recorded == "" {
		return r, nil
	}
	id, err := t.canonical(recorded)
	if err != nil || id == recorded {
		return r, err
	}

	r = r.With("organisation", string(id))
	r.RecordedFor = recorded
	return r, nil
}

// splitKeptHistoryKey returns kind, id and version, false for a malformed key.
func splitKeptHistoryKey(key []byte) (survey.RecordKind, string, uint64, bool) {
	if len(key) < 9 || key[len(key)-9] != '/' {
		return "", "", 0, false
	}
	kind, id, found := strings.Cut(string(key[:len(key)-9]), "/")
	return survey.RecordKind(kind), id, binary.BigEndian.Uint64(key[len(key)-8:]), found
}
