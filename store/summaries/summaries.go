// Package summaries keeps the signed summaries of all regions in one file, with the versions of
// this node's own and the state of its releases.
//
// Start from [Open] and [Summaries.Put].
//
// Imports store/boltfile, store/survey.
package summaries

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of summaries.db.
const (
	headsBucket     boltfile.Bucket = "heads"     // cycle/region: the newest summary
	pastBucket      boltfile.Bucket = "past"      // cycle/region/version: every one that is kept, the newest too
	confirmedBucket boltfile.Bucket = "confirmed" // cycle/region
	ownBucket       boltfile.Bucket = "own"       // cycle: the last sequence number given out
	evidenceBucket  boltfile.Bucket = "evidence"  // number
)

const (
	format          = 1
	metaIncarnation = "incarnation"

	maxBytes     = 1 << 20
	maxHistory   = 64   // versions kept whole for each region and cycle; before them the last of each day
	maxPast      = 4096 // versions kept at all
	maxEvidence  = 1000 // pairs kept; more are counted in the log only
	confirmEvery = time.Minute
)

// Version orders the summaries of one region and cycle: by incarnation,
// then by sequence.
type Version struct {
	Incarnation uint64 `json:"incarnation" cbor:"1,keyasint"`
	Sequence    uint64 `json:"sequence" cbor:"2,keyasint"`
}

// Less reports whether v comes before other.
func (v Version) Less(other Version) bool {
	return v.Incarnation < other.Incarnation || v.Incarnation == other.Incarnation && v.Sequence < other.Sequence
}

// Meta holds this node's facts about a summary besides its signed bytes. From is the node that sent
// it, Received this node's time of its arrival. Own marks this node's own region, of which every
// version is kept.
type Meta struct {
	AsOf     time.Time     `json:"as_of" cbor:"1,keyasint"`
	Received time.Time     `json:"received" cbor:"2,keyasint"`
	From     survey.Region `json:"from" cbor:"3,keyasint"`
	Own      bool          `json:"own,omitempty" cbor:"4,keyasint,omitempty"`
}

// Summary is one kept summary.
type Summary struct {
	Region  survey.Region
	Cycle   survey.Cycle
	Version Version
	Signed  []byte
	Meta    Meta
}

type summaryRecord struct {
	Version Version `cbor:"1,keyasint"`
	Signed  []byte  `cbor:"2,keyasint"`
	Meta    Meta    `cbor:"3,keyasint"`
}

func (r summaryRecord) of(region survey.Region, cycle survey.Cycle) Summary {
	return Summary{Region: region, Cycle: cycle, Version: r.Version, Signed: r.Signed, Meta: r.Meta}
}

// Summaries keeps the signed summaries of all regions, the newest and earlier ones: of the node's
// own region all, up to 4,096 for each cycle; of another region the newest 64, and before them the
// last of each day (UTC, by its as-of). This room does not look into the bytes: the caller of Put
// has verified the signature. All methods are safe for concurrent use.
type Summaries struct {
	file      *boltfile.File
	logger    *slog.Logger
	mu        sync.Mutex // guards confirmed
	confirmed map[string]time.Time
	closing   chan struct{}
	stopped   chan struct{}
	closeOnce sync.Once
	closeErr  error
}

// Open opens summaries.db, or creates it with mode 0600, and verifies every checksum in it. The
// errors are those of boltfile.Open. logger may be nil.
func Open(path string, logger *slog.Logger) (*Summaries, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: open the summaries: no path is given", survey.ErrInvalid)
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}

	f, err := boltfile.Open(boltfile.Options{Path: path, Logger: logger,
		Format:  boltfile.Format{Version: format, Kind: "summaries"},
		Buckets: []boltfile.Bucket{headsBucket, pastBucket, confirmedBucket, ownBucket, evidenceBucket}})
	if err != nil {
		return nil, err
	}

	s := &Summaries{file: f, logger: logger, confirmed: map[string]time.Time{}, closing: make(chan struct{}),
		stopped: make(chan struct{})}
	go s.confirmLoop()
	return s, nil
}

// Close saves the last confirmations and closes the file. A second call returns the same error.
func (s *Summaries) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		<-s.stopped
		s.closeErr = errors.Join(s.saveConfirmed(), s.file.Close())
	})
	return s.closeErr
}

// Put keeps a summary; it is durable when Put returns nil. Known bytes change nothing. It returns
// ErrStale for a version below the newest kept one, and ErrEquivocation for a kept version with
// other bytes; both are then kept as evidence. It returns survey.ErrInvalid for an unknown region,
// a malformed cycle, or a summary that is empty or larger than 1 MiB.
func (s *Summaries) Put(region survey.Region, cycle survey.Cycle, version Version, signed []byte, meta Meta) error {
	if err := checkKey(region, cycle); err != nil {
		return fmt.Errorf("keep a summary: %w", err)
	}
	if len(signed) == 0 || len(signed) > maxBytes {
		return fmt.Errorf("%w: keep a summary of %s: it has %d bytes, of at most %d",
			survey.ErrInvalid, region, len(signed), maxBytes)
	}

	meta.AsOf, meta.Received = meta.AsOf.UTC().Round(0), meta.Received.UTC().Round(0)
	record := summaryRecord{Version: version, Signed: signed, Meta: meta}
	var other []byte
	err := s.file.Update(func(t *boltfile.Tx) (err error) {
		other, err = keep(t, summaryKey(cycle, region), record)
		return err
	})

	// In a transaction of its own: the first one was discarded with the error.
	if other != nil {
		err = errors.Join(err, s.PutEvidence(region, cycle, version, other, signed))
	}

	if err != nil {
		return fmt.Errorf("keep summary %d.%d of %s for %s: %w", version.Incarnation, version.Sequence, region, cycle, err)
	}
	return nil
}

// All calls do for the newest summary of every region and cycle, in order of cycle and region.
// confirmedAt is the last time, by this node's clock, at which the region named it as its newest,
// zero for never. do may keep signed.
func (s *Summaries) All(do func(region survey.Region, cycle survey.Cycle, signed []byte, confirmedAt time.Time)) error {
	type head struct {
		cycle     survey.Cycle
		region    survey.Region
		signed    []byte
		confirmed time.Time
	}

	var heads []head
	err := s.file.View(func(t *boltfile.Tx) error {
		return boltfile.Values(t, headsBucket, "", func(key []byte, record *summaryRecord) (bool, error) {
			cycle, region, _ := strings.Cut(string(key), "/")
			h := head{cycle: survey.Cycle(cycle), region: survey.Region(region), signed: record.Signed}
			_, err := t.Get(confirmedBucket, key, &h.confirmed)
			heads = append(heads, h)
			return true, err
		})
	})
	if err != nil {
		return fmt.Errorf("read the summaries: %w", err)
	}

	// Outside the transaction: do may take long, or use this file itself.
	for _, h := range heads {
		do(h.region, h.cycle, h.signed, s.latest(summaryKey(h.cycle, h.region), h.confirmed))
	}
	return nil
}

// History returns the kept versions of one region's summaries for the cycle, oldest first.
func (s *Summaries) History(region survey.Region, cycle survey.Cycle) ([]Summary, error) {
	var records []summaryRecord
	err := s.file.View(func(t *boltfile.Tx) (err error) {
		records, err = boltfile.Select[summaryRecord](t, pastBucket, string(summaryKey(cycle, region))+"/", nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the summaries of %s for %s: %w", region, cycle, err)
	}

	var history []Summary
	for _, r := range records {
		history = append(history, r.of(region, cycle))
	}
	return history, nil
}

// Before returns the newest kept version of one region's summaries with an as-of at or before the
// time. It returns an error wrapping survey.ErrNotFound if none is kept.
func (s *Summaries) Before(region survey.Region, cycle survey.Cycle, at time.Time) (Summary, error) {
	var record summaryRecord
	err := s.file.View(func(t *boltfile.Tx) error {
		found := false
		newestFirst := string(summaryKey(cycle, region)) + "/"
		err := t.EachBack(pastBucket, newestFirst, func(key, value []byte) (bool, error) {
			record = summaryRecord{}
			err := t.Open(pastBucket, key, value, &record)
			found = !record.Meta.AsOf.After(at)
			return !found, err
		})

		if err == nil && !found {
			err = survey.ErrNotFound
		}
		return err
	})

	if err != nil {
		asOf := at.UTC().Format(time.RFC3339)
		return Summary{}, fmt.Errorf("summary of %s for %s as of %s: %w", region, cycle, asOf, err)
	}
	return record.of(region, cycle), nil
}

// At returns one kept version. It returns an error wrapping survey.ErrNotFound if it was never
// kept, or is no longer.
func (s *Summaries) At(region survey.Region, cycle survey.Cycle, version Version) (Summary, error) {
	var record summaryRecord
	err := s.file.View(func(t *boltfile.Tx) error {
		return t.Need(pastBucket, pastKey(summaryKey(cycle, region), version), &record)
	})
	if err != nil {
		return Summary{}, fmt.Errorf("summary %d.%d of %s for %s: %w", version.Incarnation, version.Sequence, region, cycle, err)
	}
	return record.of(region, cycle), nil
}

func summaryKey(cycle survey.Cycle, region survey.Region) []byte {
	return []byte(string(cycle) + "/" + string(region))
}

func pastKey(key []byte, version Version) []byte {
	key = append(append([]byte(nil), key...), '/')
	return append(append(key, boltfile.NumberKey(version.Incarnation)...), boltfile.NumberKey(version.Sequence)...)
}

func checkKey(region survey.Region, cycle survey.Cycle) error {
	if parsed, err := survey.ParseRegion(string(region)); err != nil || parsed != region {
		return fmt.Errorf("%w: unknown region", survey.ErrInvalid)
	}
	if parsed, err := survey.ParseCycle(string(cycle)); err != nil || parsed != cycle {
		return fmt.Errorf("%w: a cycle is written as 2019-20", survey.ErrInvalid)
	}
	return nil
}

// keep makes the record the newest one if it is newer than the kept head. It returns the bytes that
// are kept under the same version if they differ.
func keep(t *boltfile.Tx, key []byte, record summaryRecord) (other []byte, err error) {
	var same, head summaryRecord

	held, err := t.Get(pastBucket, pastKey(key, record.Version), &same)
	if err != nil {
		return nil, err
	}

	// Before the comparison with the head: evidence of an earlier version counts too.
	if held && !bytes.Equal(same.Signed, record.Signed) {
		return same.Signed, ErrEquivocation
	}

	// Stale versions come back regularly: a node may send its copies in any order.
	known, err := t.Get(headsBucket, key, &head)
	switch {
	case err != nil:
		return nil, err
	case known && record.Version.Less(head.Version):
		return nil, ErrStale
	case held:
		return nil, nil
	}

	if err := t.Put(headsBucket, key, record); err != nil {
		return nil, err
	}
	return nil, keepPast(t, key, record)
}

// keepPast adds the version to the earlier ones and deletes one that is beyond the bounds.
func keepPast(t *boltfile.Tx, key []byte, record summaryRecord) error {
	if err := t.Put(pastBucket, pastKey(key, record.Version), record); err != nil {
		return err
	}

	keys, err := t.Keys(pastBucket, string(key)+"/")
	if err != nil {
		return err
	}

	// Keys are in order of version, so the first is the oldest.
	if len(keys) > maxPast {
		return t.Delete(pastBucket, keys[0])
	}
	if record.Meta.Own || len(keys) <= maxHistory {
		return nil
	}

	// The version that leaves the newest ones stays if it is the last of its day.
	at := len(keys) - maxHistory - 1
	day, next, err := days(t, keys[at], keys[at+1])
	if err != nil || !day.Equal(next) {
		return err
	}
	return t.Delete(pastBucket, keys[at])
}

// days returns the days of two kept versions.
func days(t *boltfile.Tx, first, second []byte) (one, two time.Time, err error) {
	var a, b summaryRecord
	if _, err = t.Get(pastBucket, first, &a); err != nil {
		return one, two, err
	}
	if _, err = t.Get(pastBucket, second, &b); err != nil {
		return one, two, err
	}
	return a.Meta.AsOf.UTC().Truncate(24 * time.Hour), b.Meta.AsOf.UTC().Truncate(24 * time.Hour), nil
}
