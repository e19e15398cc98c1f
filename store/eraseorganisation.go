package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// EraseOrganisation removes everything that this region keeps about an
// organisation: its records and answers of all years with their histories, and
// copies that others shared, survey links and what was typed under them; copies given to others are taken back. What it
// counted for counts no more. The file is rewritten without it. The registry
// keeps the organisation and its claims, which say nothing of it, and the audit
// log that it was erased. It returns how many records and answers there were;
// survey.ErrNotFound if there was nothing.
func (p Privacy) EraseOrganisation(ctx context.Context, id survey.Identifier, actor uint64, at time.Time) (int, error) {
	erased := 0
	err := p.store.write(ctx, func(t *txn) (err error) {
		erased, err = t.eraseOrganisation(id, occasion{at: at.UTC(), actor: actor})
		return err
	})
	if err == nil {
		_, err = p.Compact(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("erase %s: %w", id, err)
	}
	return erased, nil
}

func (t *txn) eraseOrganisation(id survey.Identifier, on occasion) (int, error) {
	home, err := t.canonical(id)
	if err != nil {
		return 0, err
	}
	type placed struct {
		kind survey.RecordKind
		id   string
	}
	var records []placed
	err = t.eachPlace(home, "", func(kind survey.RecordKind, id string, _ placeRecord) (bool, error) {
		records = append(records, placed{kind, id})
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for _, r := range records {
		if err := t.records().erase(r.kind, r.id, on); err != nil {
			return 0, err
		}
		if err := t.imports().forget(r.kind, r.id); err != nil {
			return 0, err
		}
	}
	answers, err := t.responses().erase(home, on)
	if err != nil {
		return 0, err
	}
	letters, err := t.links().erase(home)
	if err != nil {
		return 0, err
	}
	erased := len(records) + answers + letters
	if erased == 0 {
		return 0, survey.ErrNotFound
	}
	return erased, t.audit(AuditEntry{At: on.at, Actor: on.actor, Action: "organisation.erase", Object: "organisations/" + string(home), Outcome: fmt.Sprintf("%d records, answers and letters", erased)})
}

// erase removes the organisation's answers of all cycles, and those that
// others shared.
func (t responseTx) erase(home survey.Identifier, on occasion) (int, error) {
	cycles, err := t.cycles()
	if err != nil {
		return 0, err
	}
	erased := 0
	for _, cycle := range cycles {
		versions, err := t.versions(cycle, home)
		if err != nil {
			return 0, err
		}
		if err := t.withdraw(cycle, home, versions, on); err != nil {
			return 0, err
		}
		if err := t.dropClaim(cycle, home); err != nil {
			return 0, err
		}
		erased += len(versions)
	}
	var shared [][]byte
	err = t.Each(sharedBucket, "", func(key, _ []byte) (bool, error) {
		_, recorded, _ := splitSharingKey(key)
		id, err := t.canonical(recorded)
		if id == home {
			shared = append(shared, append([]byte(nil), key...))
		}
		return true, err
	})
	if err != nil {
		return 0, err
	}
	for _, key := range shared {
		if err := t.Delete(sharedBucket, key); err != nil {
			return 0, err
		}
	}
	return erased + len(shared), nil
}
