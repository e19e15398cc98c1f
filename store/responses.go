package store

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxPage is the greatest number of records in one list.
const maxPage = 1000

// Response returns the newest version of the organisation's answers, also under an identifier that
// was merged into it. It returns an error wrapping survey.ErrNotFound if there is none.
func (s *Store) Response(cycle survey.Cycle, id survey.Identifier) (survey.Response, error) {
	return read(s, func(t *txn) (survey.Response, error) {
		id, err := t.canonical(id)
		if err != nil {
			return survey.Response{}, err
		}
		r, err := t.response(cycle, id)
		if err != nil {
			return survey.Response{}, err
		}
		if r == nil {
			return survey.Response{}, fmt.Errorf("%w: no answers here", survey.ErrNotFound)
		}
		return t.responses().shown(cycle, id, r)
	}, "answers of %s for %s", id, cycle)
}

// Responses returns the newest answers of up to limit organisations (at most 1000), in the order of
// their identifiers, beginning after the identifier after. Give next as after to get the next page;
// it is empty at the end.
func (s *Store) Responses(cycle survey.Cycle, after survey.Identifier, limit int) (
	responses []survey.Response, next survey.Identifier, err error) {
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	start := string(recordKey(cycle, after))
	err = s.view(func(t *txn) error {
		return t.EachFrom(responsesBucket, string(cycle)+"/", start, func(key, value []byte) (bool, error) {
			_, id := splitRecordKey(key)
			if id == after {
				return true, nil
			}

			if len(responses) == limit {
				next = responses[limit-1].Organisation
				return false, nil
			}

			var r responseRecord
			if err := t.Open(responsesBucket, key, value, &r); err != nil {
				return false, err
			}
			response, err := t.responses().shown(cycle, id, &r)
			responses = append(responses, response)
			return true, err
		})
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the answers for %s: %w", cycle, err)
	}
	return responses, next, nil
}

// History returns every version of the organisation's answers, oldest first; the last one is equal
// to [Store.Response]'s. It is empty if there is none.
func (s *Store) History(cycle survey.Cycle, id survey.Identifier) ([]survey.Response, error) {
	return read(s, func(t *txn) ([]survey.Response, error) {
		id, err := t.canonical(id)
		if err != nil {
			return nil, err
		}
		return t.responses().allShown(cycle, id)
	}, "history of %s for %s", id, cycle)
}

// allShown returns every version as shown does, oldest first.
func (t responseTx) allShown(cycle survey.Cycle, id survey.Identifier) (history []survey.Response, err error) {
	versions, err := t.versions(cycle, id)
	for _, r := range versions {
		response, err := t.shown(cycle, id, r)
		if err != nil {
			return nil, err
		}
		history = append(history, response)
	}
	return history, err
}

// versions returns all versions, oldest first.
func (t responseTx) versions(cycle survey.Cycle, id survey.Identifier) ([]*responseRecord, error) {
	var versions []*responseRecord
	prefix := historyPrefix(cycle, id)
	err := boltfile.Values(t.Tx, historyBucket, prefix, func(_ []byte, r *responseRecord) (bool, error) {
		versions = append(versions, r)
		return true, nil
	})
	if err != nil {
		return nil, err
	}

	// The newest version is in a bucket of its own.
	current, err := t.response(cycle, id)
	if err != nil {
		return nil, err
	}
	if current != nil {
		versions = append(versions, current)
	}
	return versions, nil
}

// shown returns the response in the terms of the vocabulary, with the claim's state in the mirror.
func (t responseTx) shown(cycle survey.Cycle, id survey.Identifier, r *responseRecord) (survey.Response, error) {
	claim, _, err := t.claim(cycle, id)
	if err != nil {
		return survey.Response{}, err
	}

	response := survey.Response{
		Cycle: cycle, Organisation: id, Version: r.Version,
		State: r.state(claim, t.store.region), Complete: r.Complete, Ineligible: r.Ineligible, Counted: r.Counted != nil,
		Sector: r.Sector, SizeBand: r.Size, Sharing: r.Sharing, Answers: r.Answers, Actor: r.Actor, At: r.At,
	}

	if r.RecordedFor != id {
		response.RecordedFor = r.RecordedFor
	}
	if claim.heldByOther(t.store.region) {
		response.HeldBy = claim.Region
	}
	return response, nil
}
