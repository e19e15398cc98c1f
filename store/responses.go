package store

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxPage is the greatest number of records in one list.
const maxPage = 1000

// Response returns the newest version of the organisation's answers, also
// under an identifier that was merged into it. It returns an error wrapping
// survey.ErrNotFound if there is none.
func (s *Store) Response(cycle survey.Cycle, id survey.Identifier) (survey.Response, error) {
	var response survey.Response
	err := s.view(func(t *txn) error {
		id, err := t.canonical(id)
		if err != nil {
			return err
		}
		r, err := t.response(cycle, id)
		if err != nil {
			return err
		}
		if r == nil {
			return fmt.Errorf("%w: no answers here", survey.ErrNotFound)
		}
		response, err = t.responses().shown(cycle, id, r)
		return err
	})
	if err != nil {
		return survey.Response{}, fmt.Errorf("answers of %s for %s: %w", id, cycle, err)
	}
	return response, nil
}

// Responses returns the newest answers of up to limit organisations (at most
// 1000), in the order of their identifiers, beginning after the identifier
// after. next is what to give as after for the next page, empty at the end.
func (s *Store) Responses(cycle survey.Cycle, after survey.Identifier, limit int) (responses []survey.Response, next survey.Identifier, err error) {
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	err = s.view(func(t *txn) error {
		return t.EachFrom(responsesBucket, string(cycle)+"/", string(recordKey(cycle, after)), func(key, value []byte) (bool, error) {
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

// History returns every version of the organisation's answers, oldest first;
// the last one is what [Store.Response] returns. It is empty if there is none.
func (s *Store) History(cycle survey.Cycle, id survey.Identifier) ([]survey.Response, error) {
	var history []survey.Response
	err := s.view(func(t *txn) error {
		id, err := t.canonical(id)
		if err != nil {
			return err
		}
		versions, err := t.responses().versions(cycle, id)
		if err != nil {
			return err
		}
		for _, r := range versions {
			response, err := t.responses().shown(cycle, id, r)
			if err != nil {
				return err
			}
			history = append(history, response)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("history of %s for %s: %w", id, cycle, err)
	}
	return history, nil
}

// versions returns all versions, oldest first, the newest last.
func (t responseTx) versions(cycle survey.Cycle, id survey.Identifier) ([]*responseRecord, error) {
	var versions []*responseRecord
	err := boltfile.Values(t.Tx, historyBucket, historyPrefix(cycle, id), func(key []byte, r *responseRecord) (bool, error) {
		versions = append(versions, r)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	current, err := t.response(cycle, id)
	if err != nil {
		return nil, err
	}
	if current != nil {
		versions = append(versions, current)
	}
	return versions, nil
}

// shown puts a record into the words of the vocabulary, with what the mirror
// says of its claim.
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
