package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of a search.
const (
	maxSearchText  = 200
	maxSearchWords = 10
	maxSearchFound = 200
	maxSearchRead  = 2000 // records that are looked at for a place or an area
)

// RecordSearch asks for the region's own records by their words: every word of
// Text has to stand in the record, in any field, whatever its case, accents and
// signs; a part of a word is enough. Kind, Organisation and Area, if not empty,
// leave the others out.
type RecordSearch struct {
	Text         string
	Kind         survey.RecordKind
	Organisation survey.Identifier
	Area         string
	Limit        int // at most 200; 0 means that
}

// FoundRecord is a record and the names of its fields in which words of the
// search stand.
type FoundRecord struct {
	Record  survey.Record `json:"record"`
	Matched []string      `json:"matched"`
}

// SearchRecords returns the records found, those recorded last first, and
// whether there are more. Deleted ones are not found. The first search reads
// every record; later ones read those that they return. It returns an error
// wrapping survey.ErrInvalid for a text without a word or with too many.
func (s *Store) SearchRecords(ctx context.Context, search RecordSearch) (found []FoundRecord, more bool, err error) {
	words := strings.Fields(survey.FoldName(search.Text))
	if len(words) == 0 || len(words) > maxSearchWords || len(search.Text) > maxSearchText {
		return nil, false, fmt.Errorf("%w: search for 1 to %d words of at most %d letters together", survey.ErrInvalid, maxSearchWords, maxSearchText)
	}
	if search.Limit < 1 || search.Limit > maxSearchFound {
		search.Limit = maxSearchFound
	}
	if err := s.words.prepare(ctx, s.view); err != nil {
		return nil, false, fmt.Errorf("search the records: %w", err)
	}
	hits, cut := s.words.find(words, search.Kind, maxSearchRead)
	err = s.view(func(t *txn) error {
		only, err := t.records().placesOf(search)
		if err != nil {
			return err
		}
		more = cut
		for _, hit := range hits {
			if len(found) == search.Limit {
				more = true
				return nil
			}
			k, err := t.kept(hit.place.kind, hit.place.id)
			if err != nil {
				return err
			}
			if k == nil || k.Deleted {
				continue // gone since
			}
			r, err := t.records().shown(k.record(hit.place.kind, hit.place.id))
			if err != nil {
				return err
			}
			if only == nil || only[r.Organisation()] {
				found = append(found, FoundRecord{Record: r, Matched: matched(r, words)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("search the records: %w", err)
	}
	return found, more, nil
}

// placesOf returns the organisations that a search is about, nil for all.
func (t recordTx) placesOf(search RecordSearch) (map[survey.Identifier]bool, error) {
	var only map[survey.Identifier]bool
	if search.Area != "" {
		var err error
		if only, err = t.organisationsIn(search.Area); err != nil {
			return nil, err
		}
	}
	if search.Organisation == "" {
		return only, nil
	}
	id, err := t.canonical(search.Organisation)
	if err != nil {
		return nil, err
	}
	return map[survey.Identifier]bool{id: only == nil || only[id]}, nil
}

func matched(r survey.Record, words []string) []string {
	fields := []string{}
	kind, err := survey.RecordTypeOf(r.Kind)
	if err != nil {
		return fields
	}
	for _, v := range r.Values {
		text := survey.FoldName(v.Text + " " + strings.Join(v.List, " "))
		if wordy(kind, v.Field) && slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) }) {
			fields = append(fields, v.Field)
		}
	}
	return fields
}

// organisationsIn returns the organisations that lie in an area, by the code.
func (t recordTx) organisationsIn(area string) (map[survey.Identifier]bool, error) {
	in := map[survey.Identifier]bool{}
	err := t.each(survey.RecordAreas, func(r survey.Record) (bool, error) {
		if r.Deleted || !slices.Contains(r.Areas(), area) {
			return true, nil
		}
		id, err := t.canonical(r.Organisation())
		in[id] = true
		return true, err
	})
	return in, err
}

// OrganisationsIn returns the organisations that the region's records show in
// an area, by its code, in order.
func (s *Store) OrganisationsIn(area string) ([]survey.Identifier, error) {
	var ids []survey.Identifier
	err := s.view(func(t *txn) error {
		in, err := t.records().organisationsIn(area)
		ids = slices.Sorted(maps.Keys(in))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("organisations in %.40q: %w", area, err)
	}
	return ids, nil
}
