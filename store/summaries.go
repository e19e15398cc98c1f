package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of summaries.db.
const (
	headsBucket     bucketName = "heads"     // cycle/region: the newest summary
	pastBucket      bucketName = "past"      // cycle/region/version: every one that is kept, the newest too
	confirmedBucket bucketName = "confirmed" // cycle/region
	ownBucket       bucketName = "own"       // cycle: the last sequence number given out
	evidenceBucket  bucketName = "evidence"  // number
)

const (
	summariesFormat = 1
	metaIncarnation = "incarnation"

	maxSummaryBytes   = 1 << 20
	maxSummaryHistory = 64   // versions kept whole for each region and cycle; before them the last of each day
	maxSummaryPast    = 4096 // versions kept at all
	maxEvidence       = 1000 // pairs kept; more are counted in the log only
	confirmEvery      = time.Minute
)

// SummaryVersion orders the summaries of one region and cycle: by incarnation,
// then by sequence.
type SummaryVersion struct {
	Incarnation uint64 `json:"incarnation" cbor:"1,keyasint"`
	Sequence    uint64 `json:"sequence" cbor:"2,keyasint"`
}

// Less reports whether v comes before other.
func (v SummaryVersion) Less(other SummaryVersion) bool {
	return v.Incarnation < other.Incarnation || v.Incarnation == other.Incarnation && v.Sequence < other.Sequence
}

// SummaryMeta is what this node knows of a summary besides its signed bytes.
// From is the node that handed it over, Received this node's time of it. Own
// says that it is this node's own region's: then every version is kept.
type SummaryMeta struct {
	AsOf     time.Time     `json:"as_of" cbor:"1,keyasint"`
	Received time.Time     `json:"received" cbor:"2,keyasint"`
	From     survey.Region `json:"from" cbor:"3,keyasint"`
	Own      bool          `json:"own,omitempty" cbor:"4,keyasint,omitempty"`
}

// Summary is one kept summary.
type Summary struct {
	Region  survey.Region
	Cycle   survey.Cycle
	Version SummaryVersion
	Signed  []byte
	Meta    SummaryMeta
}

type summaryRecord struct {
	Version SummaryVersion `cbor:"1,keyasint"`
	Signed  []byte         `cbor:"2,keyasint"`
	Meta    SummaryMeta    `cbor:"3,keyasint"`
}

// Summaries keeps the signed summaries of all regions, the newest and earlier
// ones: of the node's own region all, up to 4,096 for each cycle; of another the
// newest 64, and before them the last of each day (UTC, of its as-of). The bytes are opaque here: whoever puts them has
// verified the signature. All methods are safe for concurrent use.
type Summaries struct {
	file      *file
	logger    *slog.Logger
	mu        sync.Mutex // guards confirmed
	confirmed map[string]time.Time
	closing   chan struct{}
	stopped   chan struct{}
	closeOnce sync.Once
	closeErr  error
}

// OpenSummaries opens summaries.db, or makes it with mode 0600, and verifies
// every checksum in it. The errors are those of [Open]. logger may be nil.
func OpenSummaries(path string, logger *slog.Logger) (*Summaries, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: open the summaries: no path is given", survey.ErrInvalid)
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	f, err := openFile(fileOptions{Path: path, Logger: logger, Want: formatRecord{Version: summariesFormat, Kind: "summaries"},
		Buckets: []bucketName{headsBucket, pastBucket, confirmedBucket, ownBucket, evidenceBucket}})
	if err != nil {
		return nil, err
	}
	s := &Summaries{file: f, logger: logger, confirmed: map[string]time.Time{}, closing: make(chan struct{}), stopped: make(chan struct{})}
	go s.confirmLoop()
	return s, nil
}

// Close saves the last confirmations and closes the file. Calling it again
// returns the same.
func (s *Summaries) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		<-s.stopped
		s.closeErr = errors.Join(s.saveConfirmed(), s.file.db.Close())
	})
	return s.closeErr
}

// Put keeps a summary; it is durable when Put returns nil. The same bytes
// again change nothing. It returns ErrStale for a version below the newest one
// held, and ErrEquivocation, keeping both as evidence, for a version that is
// held with other bytes.
func (s *Summaries) Put(region survey.Region, cycle survey.Cycle, version SummaryVersion, signed []byte, meta SummaryMeta) error {
	if err := checkSummaryKey(region, cycle); err != nil {
		return fmt.Errorf("keep a summary: %w", err)
	}
	if len(signed) == 0 || len(signed) > maxSummaryBytes {
		return fmt.Errorf("%w: keep a summary of %s: it has %d bytes, of at most %d", survey.ErrInvalid, region, len(signed), maxSummaryBytes)
	}
	meta.AsOf, meta.Received = meta.AsOf.UTC().Round(0), meta.Received.UTC().Round(0)
	record := summaryRecord{Version: version, Signed: signed, Meta: meta}
	var other []byte
	err := s.update(func(t *summaryTxn) (err error) {
		other, err = t.keep(summaryKey(cycle, region), record)
		return err
	})
	if other != nil {
		err = errors.Join(err, s.PutEvidence(region, cycle, version, other, signed))
	}
	if err != nil {
		return fmt.Errorf("keep summary %d.%d of %s for %s: %w", version.Incarnation, version.Sequence, region, cycle, err)
	}
	return nil
}

// All calls do for the newest summary of every region and cycle, in order of
// cycle and region. confirmedAt is when its region was last heard to say that
// it is the newest, by this node's clock, zero if never. signed is the
// caller's own.
func (s *Summaries) All(do func(region survey.Region, cycle survey.Cycle, signed []byte, confirmedAt time.Time)) error {
	type head struct {
		cycle     survey.Cycle
		region    survey.Region
		signed    []byte
		confirmed time.Time
	}
	var heads []head
	err := s.view(func(t *summaryTxn) error {
		return t.each(headsBucket, nil, func(key, value []byte) error {
			var record summaryRecord
			if err := t.open(headsBucket, key, value, &record); err != nil {
				return err
			}
			cycle, region := splitRecordKey(key)
			h := head{cycle: cycle, region: survey.Region(region), signed: record.Signed}
			if _, err := t.get(confirmedBucket, key, &h.confirmed); err != nil {
				return err
			}
			heads = append(heads, h)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read the summaries: %w", err)
	}
	for _, h := range heads {
		do(h.region, h.cycle, h.signed, s.latest(summaryKey(h.cycle, h.region), h.confirmed))
	}
	return nil
}

// History returns the kept versions of one region's summaries for the cycle,
// oldest first, the newest last.
func (s *Summaries) History(region survey.Region, cycle survey.Cycle) ([]Summary, error) {
	var history []Summary
	err := s.view(func(t *summaryTxn) error {
		return t.each(pastBucket, append(summaryKey(cycle, region), '/'), func(key, value []byte) error {
			var record summaryRecord
			if err := t.open(pastBucket, key, value, &record); err != nil {
				return err
			}
			history = append(history, Summary{Region: region, Cycle: cycle, Version: record.Version, Signed: record.Signed, Meta: record.Meta})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the summaries of %s for %s: %w", region, cycle, err)
	}
	return history, nil
}

// Before returns the newest kept version of one region's summaries whose
// figures are not later than the time. It returns an error wrapping
// survey.ErrNotFound if none is kept.
func (s *Summaries) Before(region survey.Region, cycle survey.Cycle, at time.Time) (Summary, error) {
	var record summaryRecord
	err := s.view(func(t *summaryTxn) error {
		prefix := append(summaryKey(cycle, region), '/')
		cursor := t.bolt.Bucket([]byte(pastBucket)).Cursor()
		var value []byte
		key, _ := cursor.Seek(append(prefix[:len(prefix)-1:len(prefix)-1], '/'+1)) // behind the newest
		if key == nil {
			key, value = cursor.Last()
		} else {
			key, value = cursor.Prev()
		}
		for ; key != nil && bytes.HasPrefix(key, prefix); key, value = cursor.Prev() {
			record = summaryRecord{}
			if err := t.open(pastBucket, key, value, &record); err != nil {
				return err
			}
			if !record.Meta.AsOf.After(at) {
				return nil
			}
		}
		return survey.ErrNotFound
	})
	if err != nil {
		return Summary{}, fmt.Errorf("summary of %s for %s as of %s: %w", region, cycle, at.UTC().Format(time.RFC3339), err)
	}
	return Summary{Region: region, Cycle: cycle, Version: record.Version, Signed: record.Signed, Meta: record.Meta}, nil
}

// At returns one kept version. It returns an error wrapping survey.ErrNotFound
// if it is not, or no longer, kept.
func (s *Summaries) At(region survey.Region, cycle survey.Cycle, version SummaryVersion) (Summary, error) {
	var record summaryRecord
	err := s.view(func(t *summaryTxn) error {
		found, err := t.get(pastBucket, pastKey(summaryKey(cycle, region), version), &record)
		if err == nil && !found {
			err = survey.ErrNotFound
		}
		return err
	})
	if err != nil {
		return Summary{}, fmt.Errorf("summary %d.%d of %s for %s: %w", version.Incarnation, version.Sequence, region, cycle, err)
	}
	return Summary{Region: region, Cycle: cycle, Version: record.Version, Signed: record.Signed, Meta: record.Meta}, nil
}

func summaryKey(cycle survey.Cycle, region survey.Region) []byte {
	return recordKey(cycle, survey.Identifier(region))
}

func pastKey(key []byte, version SummaryVersion) []byte {
	key = append(append([]byte(nil), key...), '/')
	return append(append(key, numberKey(version.Incarnation)...), numberKey(version.Sequence)...)
}

func checkSummaryKey(region survey.Region, cycle survey.Cycle) error {
	if parsed, err := survey.ParseRegion(string(region)); err != nil || parsed != region {
		return fmt.Errorf("%w: unknown region", survey.ErrInvalid)
	}
	if parsed, err := survey.ParseCycle(string(cycle)); err != nil || parsed != cycle {
		return fmt.Errorf("%w: a cycle is written as 2019-20", survey.ErrInvalid)
	}
	return nil
}

// keep makes the record the newest one if it is. It returns the bytes that are
// held under the same version if they are others.
func (t *summaryTxn) keep(key []byte, record summaryRecord) (other []byte, err error) {
	var same, head summaryRecord
	held, err := t.get(pastBucket, pastKey(key, record.Version), &same)
	if err != nil {
		return nil, err
	}
	if held && !bytes.Equal(same.Signed, record.Signed) {
		return same.Signed, ErrEquivocation
	}
	known, err := t.get(headsBucket, key, &head)
	switch {
	case err != nil:
		return nil, err
	case known && record.Version.Less(head.Version):
		return nil, ErrStale
	case held:
		return nil, errNothing
	}
	if err := t.put(headsBucket, key, record); err != nil {
		return nil, err
	}
	return nil, t.keepPast(key, record)
}

// keepPast keeps the version beside the earlier ones and drops what is beyond
// the bounds.
func (t *summaryTxn) keepPast(key []byte, record summaryRecord) error {
	if err := t.put(pastBucket, pastKey(key, record.Version), record); err != nil {
		return err
	}
	var keys [][]byte
	err := t.each(pastBucket, append(append([]byte(nil), key...), '/'), func(key, _ []byte) error {
		keys = append(keys, append([]byte(nil), key...))
		return nil
	})
	if err != nil {
		return err
	}
	past := t.bolt.Bucket([]byte(pastBucket))
	if len(keys) > maxSummaryPast {
		if err := past.Delete(keys[0]); err != nil {
			return fmt.Errorf("drop an old summary: %w", err)
		}
		return nil
	}
	if record.Meta.Own || len(keys) <= maxSummaryHistory {
		return nil
	}
	// The one that is no longer among the newest stays if its day has no later.
	at := len(keys) - maxSummaryHistory - 1
	day, next, err := t.days(keys[at], keys[at+1])
	if err != nil || !day.Equal(next) {
		return err
	}
	if err := past.Delete(keys[at]); err != nil {
		return fmt.Errorf("drop an old summary: %w", err)
	}
	return nil
}

// days returns the days of two kept versions.
func (t *summaryTxn) days(first, second []byte) (one, two time.Time, err error) {
	var a, b summaryRecord
	if _, err = t.get(pastBucket, first, &a); err != nil {
		return one, two, err
	}
	if _, err = t.get(pastBucket, second, &b); err != nil {
		return one, two, err
	}
	return a.Meta.AsOf.UTC().Truncate(24 * time.Hour), b.Meta.AsOf.UTC().Truncate(24 * time.Hour), nil
}

// summaryTxn is one transaction on summaries.db.
type summaryTxn struct {
	file *file
	bolt *bbolt.Tx
}

// errNothing ends a transaction that has nothing to write.
var errNothing = errors.New("nothing to write")

func (s *Summaries) view(do func(*summaryTxn) error) error {
	return s.file.view(func(bolt *bbolt.Tx) error { return do(&summaryTxn{file: s.file, bolt: bolt}) })
}

// update runs do in a transaction that is durable when update returns nil.
func (s *Summaries) update(do func(*summaryTxn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(s.file.path, fmt.Sprint(p))
		}
	}()
	err = s.file.db.Update(func(bolt *bbolt.Tx) error { return do(&summaryTxn{file: s.file, bolt: bolt}) })
	switch {
	case errors.Is(err, errNothing):
		return nil
	case storageFull(err):
		return fmt.Errorf("%s: %w: %w", s.file.path, survey.ErrStorageFull, err)
	}
	return closedError(err)
}
