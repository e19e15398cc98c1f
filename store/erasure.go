package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// EraseOrganisation removes everything that this region keeps about an organisation: its records
// and answers of all years with their histories, copies that other regions shared, survey links and
// the drafts under them. Copies given to other regions are taken back. The figures change
// accordingly, and the file is rewritten without the erased values. The registry keeps the
// organisation and its claims, which hold no answers, and the audit log keeps the fact of the
// erasure. It returns how many records and answers there were, or survey.ErrNotFound if there was
// nothing.
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

	// Collected first: a bucket must not be written while it is read.
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
	return erased, t.auditChange(on, "organisation.erase", "organisations/"+string(home),
		fmt.Sprintf("%d records, answers and letters", erased))
}

// erase removes the organisation's answers of all cycles, and the copies that other regions shared.
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

		// Withdrawn like any other change, so that aggregates and copies follow.
		if err := t.withdraw(cycle, home, versions, on); err != nil {
			return 0, err
		}
		if err := t.dropClaim(cycle, home); err != nil {
			return 0, err
		}
		erased += len(versions)
	}

	shared, err := t.DeleteEach(sharedBucket, "", func(key, _ []byte) (bool, error) {
		_, recorded, _ := splitSharingKey(key)
		id, err := t.canonical(recorded)
		return id == home, err
	})
	return erased + shared, err
}

// How long the classes of records are kept. Records that figures rest on are kept for good.
const (
	personalYears  = 3 // after the last contact
	programmeYears = 6 // after the cycle, or without one after the last change
)

// Overdue is a record that has been kept for longer than its class allows. Until is the day on
// which its retention ended.
type Overdue struct {
	Kind         survey.RecordKind `json:"kind"`
	ID           string            `json:"id"`
	Organisation survey.Identifier `json:"organisation,omitempty"`
	Retention    survey.Retention  `json:"retention"`
	Until        time.Time         `json:"until"`
}

// Overdue returns the records past their retention at the given time, deleted ones too, in order of
// kind and id. A contact is kept for three years after the region's last record of its
// organisation.
func (p Privacy) Overdue(ctx context.Context, now time.Time) ([]Overdue, error) {
	return read(p.store, func(t *txn) ([]Overdue, error) { return t.records().overdue(ctx, now) },
		"list what is past its retention")
}

// EraseOverdue removes the records that Overdue returns, all or nothing, as [Privacy.Erase] does,
// and returns them. The audit log gets an entry for each.
func (p Privacy) EraseOverdue(ctx context.Context, now time.Time, actor uint64) ([]Overdue, error) {
	var list []Overdue
	err := p.store.writeAlone(ctx, func(t *txn) (err error) {
		if list, err = t.records().overdue(ctx, now); err != nil {
			return err
		}

		for _, o := range list {
			if err := t.records().erase(o.Kind, o.ID, occasion{at: now.UTC(), actor: actor}); err != nil {
				return err
			}
			if err := t.imports().forget(o.Kind, o.ID); err != nil {
				return err
			}
			err := t.auditChange(occasion{at: now.UTC(), actor: actor}, string(o.Kind)+".erase", string(o.Kind)+"/"+o.ID,
				fmt.Sprintf("past its retention (%s) since %s", o.Retention, o.Until.Format(time.DateOnly)))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(list) > 0 {
		_, err = p.Compact(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("erase what is past its retention: %w", err)
	}
	return list, nil
}

func (t recordTx) overdue(ctx context.Context, now time.Time) ([]Overdue, error) {
	list := []Overdue{}
	contacted := map[survey.Identifier]time.Time{}

	for _, kind := range survey.RecordKinds() {
		of, err := survey.RecordTypeOf(kind)
		if err != nil {
			return nil, err

		}

		// Kept for good: the published figures rest on them.
		if of.Retention == survey.RetentionFigures {
			continue
		}

		err = t.each(kind, func(r survey.Record) (bool, error) {
			until, err := t.keptUntil(of, r, contacted)
			if err == nil && now.After(until) {
				list = append(list, Overdue{Kind: kind, ID: r.ID, Organisation: r.Organisation(),
					Retention: of.Retention, Until: until})
			}
			return true, cmp.Or(err, ctx.Err())
		})
		if err != nil {
			return nil, err
		}
	}

	slices.SortFunc(list, func(a, b Overdue) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// keptUntil returns the end of a record's retention. contacted caches the last contact with each
// organisation.
func (t recordTx) keptUntil(of survey.RecordType, r survey.Record,
	contacted map[survey.Identifier]time.Time) (time.Time, error) {
	if of.Retention == survey.RetentionProgramme {
		if cycle := r.Cycle(); cycle != "" {
			return time.Date(cycle.FirstYear()+1+programmeYears, time.April, 1, 0, 0, 0, 0, time.UTC), nil
		}
		return r.At.AddDate(programmeYears, 0, 0), nil
	}

	home, err := t.canonical(r.Organisation())
	if err != nil {
		return time.Time{}, err
	}
	last, known := contacted[home]
	if !known && home != "" {
		if last, err = t.lastContact(home); err != nil {
			return time.Time{}, err
		}
		contacted[home] = last
	}

	// A contact recorded later than the last dealing is kept for three years from then.
	if r.At.After(last) {
		last = r.At
	}
	return last.AddDate(personalYears, 0, 0), nil
}

// lastContact returns when the region last dealt with the organisation, by its records and answers.
func (t recordTx) lastContact(home survey.Identifier) (time.Time, error) {
	var last time.Time
	later := func(at time.Time) {
		if at.After(last) {
			last = at
		}
	}

	err := t.eachPlace(home, "", func(kind survey.RecordKind, id string, _ placeRecord) (bool, error) {
		k, err := t.kept(kind, id)
		if err != nil || k == nil || kind == survey.RecordContacts {
			return true, err
		}

		later(k.At)
		// An interaction may have been recorded long before or after its day.
		if day, err := time.Parse(time.DateOnly, k.record(kind, id).Text("date")); err == nil {
			later(day)
		}
		return true, nil
	})
	if err != nil {
		return last, err
	}

	cycles, err := t.cycles()
	if err != nil {
		return last, err
	}
	for _, cycle := range cycles {
		r, err := t.response(cycle, home)
		if err != nil {
			return last, err
		}
		if r != nil {
			later(r.At)
		}
	}
	return last, nil
}

// Compacted is the size of the file before and after compacting, in bytes.
type Compacted struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Compact rewrites the file without its unused pages: bbolt never shrinks a file, and deleted
// values stay in its free pages. Reads go on while the copy is made and wait while the files are
// exchanged; writes wait for all of it. A crash at any moment leaves the old file or the new one,
// both whole. If the new name cannot be made durable, it returns boltfile.ErrFailed and nothing
// more is written until a restart.
func (p Privacy) Compact(ctx context.Context) (Compacted, error) {
	var sizes Compacted
	err := p.store.exclusively(ctx, func() (err error) {
		sizes.Before, sizes.After, err = p.store.file.Compact(ctx)
		p.store.counted.exchanged()
		if err != nil && p.store.file.Unsure() {
			p.store.failed.Store(true)
		}
		return err
	})
	if err != nil {
		return sizes, fmt.Errorf("compact %s: %w", p.store.file.Path(), err)
	}

	p.store.logger.Info("the records were compacted", "file", p.store.file.Path(),
		"before", sizes.Before, "after", sizes.After)
	return sizes, nil
}
