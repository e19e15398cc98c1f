package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of the records that are not answers. All kinds are stored alike.
const (
	recordsBucket       boltfile.Bucket = "records"       // the newest version: kind/id
	recordHistoryBucket boltfile.Bucket = "recordhistory" // earlier ones: kind/id/version
	placesBucket        boltfile.Bucket = "places"        // by organisation: organisation/kind/id
)

// keptRecord is one version of one record.
type keptRecord struct {
	Version uint64               `cbor:"1,keyasint"`
	Values  []survey.RecordValue `cbor:"2,keyasint"`
	Deleted bool                 `cbor:"3,keyasint,omitempty"`
	Actor   uint64               `cbor:"4,keyasint"`
	At      time.Time            `cbor:"5,keyasint"`
	Created time.Time            `cbor:"6,keyasint"`
}

// recordTx is a transaction on the records that are not answers.
type recordTx struct{ *txn }

func (t *txn) records() recordTx { return recordTx{t} }

func keptKey(kind survey.RecordKind, id string) []byte { return []byte(string(kind) + "/" + id) }

func keptHistoryKey(kind survey.RecordKind, id string, version uint64) []byte {
	return append(append(keptKey(kind, id), '/'), boltfile.NumberKey(version)...)
}

// record returns the version in the terms of the vocabulary, as it was recorded.
func (k *keptRecord) record(kind survey.RecordKind, id string) survey.Record {
	return survey.Record{ID: id, Kind: kind, Version: k.Version, Values: k.Values, Deleted: k.Deleted,
		Actor: k.Actor, At: k.At, Created: k.Created}
}

func (t *txn) kept(kind survey.RecordKind, id string) (*keptRecord, error) {
	var k keptRecord
	found, err := t.Get(recordsBucket, keptKey(kind, id), &k)
	if err != nil || !found {
		return nil, err
	}
	return &k, nil
}

// RecordWrite asks for one version of one record. Record carries the kind, the values as
// [survey.ParseRecord] made them, and the id. Sector and SizeBand are the organisation's in the
// registry, for the breakdowns. Expect, if not 0, is the version that the caller has read.
type RecordWrite struct {
	Record   survey.Record
	Sector   survey.Sector
	SizeBand survey.SizeBand
	Expect   uint64
	Actor    uint64
	At       time.Time
}

// AddRecord records a new record, and reports whether it was new. If the kind allows one record for
// each organisation and cycle, an existing one gets a new version instead. The same transaction
// updates the region's figures and the outbox.
//
// The same id with the same values again changes nothing; with other values it is a *survey.Refusal
// (request-reused).
func (s *Store) AddRecord(ctx context.Context, w RecordWrite) (survey.Record, bool, error) {
	var record survey.Record
	var created bool
	err := s.writeRecord(ctx, w, func(t *txn, kind survey.RecordType) (err error) {
		record, created, err = t.records().add(kind, w)
		return err
	})
	return record, created, err
}

// ChangeRecord records a new version of a record and keeps the earlier ones. Equal values change
// nothing. It returns an error wrapping survey.ErrNotFound for a record that is missing or deleted,
// and a *survey.Refusal (stale-version) if it is no longer at the expected version.
func (s *Store) ChangeRecord(ctx context.Context, w RecordWrite) (survey.Record, error) {
	var record survey.Record
	err := s.writeRecord(ctx, w, func(t *txn, _ survey.RecordType) error {
		have, err := t.records().kept(w.Record.Kind, w.Record.ID)
		if err == nil && (have == nil || have.Deleted) {
			err = survey.ErrNotFound
		}
		if err == nil {
			err = checkVersion(w, have)
		}
		if err == nil {
			record, err = t.records().putVersion(w, have, false)
		}
		return err
	})
	return record, err
}

// DeleteRecord marks a record as deleted, or with restore takes the mark back. A deleted record
// counts nowhere; its values and history stay until they are erased. The errors are those of
// ChangeRecord; doing it again changes nothing.
func (s *Store) DeleteRecord(ctx context.Context, w RecordWrite, restore bool) (survey.Record, error) {
	var record survey.Record
	err := s.writeRecord(ctx, w, func(t *txn, _ survey.RecordType) error {
		have, err := t.kept(w.Record.Kind, w.Record.ID)
		if err == nil && have == nil {
			err = survey.ErrNotFound
		}
		if err == nil && have.Deleted == restore {
			err = checkVersion(w, have)
		}
		if err != nil {
			return err
		}

		// With the values of the version before, so that restoring finds them again.
		w.Record.Values = have.Values
		record, err = t.records().putVersion(w, have, !restore)
		return err
	})
	return record, err
}

// writeRecord checks the request, runs do in a write transaction and adds the record's name to
// errors.
func (s *Store) writeRecord(ctx context.Context, w RecordWrite, do func(*txn, survey.RecordType) error) error {
	kind, err := survey.RecordTypeOf(w.Record.Kind)
	switch {
	case err != nil:
	case !plainID(w.Record.ID) && !(kind.OnePer && w.Record.ID == ""):
		err = fmt.Errorf("%w: the id of a record is a UUID", survey.ErrInvalid)
	case w.At.IsZero():
		err = fmt.Errorf("%w: the time of recording is missing", survey.ErrInvalid)
	default:
		err = s.write(ctx, func(t *txn) error { return do(t, kind) })
	}

	if err != nil {
		return fmt.Errorf("%s %s: %w", w.Record.Kind, w.Record.ID, err)
	}
	return nil
}

// plainID reports whether the text has the form of the ids that [survey.RecordID] makes.
func plainID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && c != '-' {
			return false
		}
	}
	return true
}

func (t recordTx) add(kind survey.RecordType, w RecordWrite) (survey.Record, bool, error) {
	if kind.OnePer {
		id, err := t.canonical(w.Record.Organisation())
		if err != nil {
			return survey.Record{}, false, err
		}
		w.Record.ID = survey.RecordID(kind.Kind, string(w.Record.Cycle()), string(id))
	}

	have, err := t.kept(kind.Kind, w.Record.ID)
	if err != nil {
		return survey.Record{}, false, err
	}

	if have != nil && !kind.OnePer {
		// Compared with the first version: this request may be a late repetition of it.
		first, err := t.firstVersion(kind.Kind, w.Record.ID, have)
		if err != nil {
			return survey.Record{}, false, err
		}
		if !sameValues(first.Values, w.Record.Values) {
			return survey.Record{}, false, &survey.Refusal{Code: survey.RefusedRequestReused}
		}
		shown, err := t.shown(have.record(kind.Kind, w.Record.ID))
		return shown, false, err
	}

	record, err := t.putVersion(w, have, false)
	return record, have == nil, err
}

func (t recordTx) firstVersion(kind survey.RecordKind, id string, newest *keptRecord) (*keptRecord, error) {
	if newest.Version == 1 {
		return newest, nil
	}
	var first keptRecord
	_, err := t.Get(recordHistoryBucket, keptHistoryKey(kind, id, 1), &first)
	return &first, err
}

func checkVersion(w RecordWrite, have *keptRecord) error {
	if w.Expect != 0 && w.Expect != have.Version {
		return &survey.Refusal{Code: survey.RefusedStaleVersion,
			Detail: fmt.Sprintf("the record is at version %d now, not at %d: read it again", have.Version, w.Expect)}
	}
	return nil
}

// putVersion writes the version after have (nil for none), with an audit entry. It writes nothing
// if the new version would be equal.
func (t recordTx) putVersion(w RecordWrite, have *keptRecord, deleted bool) (survey.Record, error) {
	kind, id := w.Record.Kind, w.Record.ID
	if have != nil && have.Deleted == deleted && sameValues(have.Values, w.Record.Values) {
		return t.shown(have.record(kind, id))
	}

	next, err := t.putKept(w, have, deleted)
	if err != nil {
		return survey.Record{}, err
	}

	// The verb in the audit log tells the four cases apart.
	action := "change"
	switch {
	case have == nil:
		action = "add"
	case deleted:
		action = "delete"
	case have.Deleted:
		action = "restore"
	}

	err = t.auditChange(occasion{at: w.At, actor: w.Actor}, string(kind)+"."+action, string(kind)+"/"+id,
		fmt.Sprintf("version %d", next.Version))
	if err != nil {
		return survey.Record{}, err
	}
	return t.shown(next.record(kind, id))
}

// putKept writes the version after have and keeps have as history. It also updates the place at the
// organisation, the counted values and the support to be told to the registry.
func (t recordTx) putKept(w RecordWrite, have *keptRecord, deleted bool) (*keptRecord, error) {
	kind, id := w.Record.Kind, w.Record.ID
	at := w.At.UTC().Round(0)
	next := &keptRecord{Version: 1, Values: w.Record.Values, Deleted: deleted, Actor: w.Actor, At: at, Created: at}
	if have != nil {
		next.Version, next.Created = have.Version+1, have.Created
		if err := t.Put(recordHistoryBucket, keptHistoryKey(kind, id, have.Version), have); err != nil {
			return nil, err
		}
	}

	if err := t.Put(recordsBucket, keptKey(kind, id), next); err != nil {
		return nil, err
	}

	// The word index and the watchers of the figures learn of it after the commit.
	t.touch(kind, id, next)
	t.measured = t.measured || slices.Contains(measuredKinds(), kind)

	// Before the new place: the new version may belong to another organisation or cycle.
	if have != nil {
		if err := t.activities().unplace(have.record(kind, id), occasion{at: at, actor: w.Actor}); err != nil {
			return nil, err
		}
	}
	return next, t.activities().place(next.record(kind, id), w, occasion{at: at, actor: w.Actor})
}

func sameValues(a, b []survey.RecordValue) bool {
	return slices.EqualFunc(a, b, func(x, y survey.RecordValue) bool {
		return x.Field == y.Field && x.Text == y.Text && x.Number == y.Number && slices.Equal(x.List, y.List)
	})
}

// Reassign gives the companies of one adviser in a cycle to another adviser, in one transaction,
// and returns how many there were.
func (s *Store) Reassign(ctx context.Context, cycle survey.Cycle, from, to string, actor uint64, at time.Time) (
	int, error) {
	moved := 0
	err := s.write(ctx, func(t *txn) (err error) {
		moved, err = t.records().reassign(cycle, from, to, occasion{at: at, actor: actor})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reassign the companies of %s: %w", cycle, err)
	}
	return moved, nil
}

func (t recordTx) reassign(cycle survey.Cycle, from, to string, on occasion) (int, error) {
	var records []survey.Record
	err := t.each(survey.RecordAssignments, func(r survey.Record) (bool, error) {
		if !r.Deleted && r.Cycle() == cycle && r.Text("adviser") == from && from != to {
			records = append(records, r)
		}
		return true, nil
	})
	if err != nil {
		return 0, err
	}

	for _, r := range records {
		have, err := t.kept(r.Kind, r.ID)
		if err != nil {
			return 0, err
		}
		w := RecordWrite{Record: r.With("adviser", to), Actor: on.actor, At: on.at}
		if _, err := t.putVersion(w, have, false); err != nil {
			return 0, err
		}
	}
	return len(records), nil
}
