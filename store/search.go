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
	maxSearchRead  = 2000 // records that are read to select by organisation or area
)

// RecordSearch searches the region's own records for words: each word of Text must occur in some
// field of the record, as a whole word or a part of one; case, accents and punctuation do not
// matter. Kind, Organisation and Area, if not empty, limit the search.
type RecordSearch struct {
	Text         string
	Kind         survey.RecordKind
	Organisation survey.Identifier
	Area         string
	Limit        int // at most 200; 0 means 200
}

// FoundRecord is a record and the names of its fields that contain words of the search.
type FoundRecord struct {
	Record  survey.Record `json:"record"`
	Matched []string      `json:"matched"`
}

// SearchRecords returns the matching records, latest recorded first, and whether there are more. It
// does not find deleted records. The first search reads every record; later ones read only those
// that they return. It returns an error wrapping survey.ErrInvalid for a text without words or with
// more than ten.
func (s *Store) SearchRecords(ctx context.Context, search RecordSearch) (found []FoundRecord, more bool, err error) {
	words := strings.Fields(survey.FoldName(search.Text))
	if len(words) == 0 || len(words) > maxSearchWords || len(search.Text) > maxSearchText {
		return nil, false, fmt.Errorf("%w: search for 1 to %d words of at most %d letters together",
			survey.ErrInvalid, maxSearchWords, maxSearchText)
	}
	if search.Limit < 1 || search.Limit > maxSearchFound {
		search.Limit = maxSearchFound
	}

	// Outside the transaction below: a search must not hold one open while the index is built.
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

			// The index is not of the same moment as this transaction.
			k, err := t.kept(hit.place.kind, hit.place.id)
			if err != nil {
				return err
			}
			if k == nil || k.Deleted {
				continue // deleted since the index was read
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

// placesOf returns the organisations to which a search is limited, nil for all.
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
		has := func(word string) bool { return strings.Contains(text, word) }
		if holdsWords(kind, v.Field) && slices.ContainsFunc(words, has) {
			fields = append(fields, v.Field)
		}
	}
	return fields
}

// organisationsIn returns the organisations in an area, given by its code.
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

// OrganisationsIn returns the organisations in an area according to the region's records, in order.
// area is the area's code.
func (s *Store) OrganisationsIn(area string) ([]survey.Identifier, error) {
	return read(s, func(t *txn) ([]survey.Identifier, error) {
		in, err := t.records().organisationsIn(area)
		return slices.Sorted(maps.Keys(in)), err
	}, "organisations in %.40q", area)
}
