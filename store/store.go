package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/disk"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of records.db. Keys are "cycle/organisation" unless said otherwise.
const (
	responsesBucket  boltfile.Bucket = "responses"  // the newest version
	historyBucket    boltfile.Bucket = "history"    // earlier ones: cycle/organisation/version
	cyclesBucket     boltfile.Bucket = "cycles"     // cycle
	aggregatesBucket boltfile.Bucket = "aggregates" // cycle/dimension/key
	claimsBucket     boltfile.Bucket = "claims"
	aliasesBucket    boltfile.Bucket = "aliases"   // organisation
	campaignsBucket  boltfile.Bucket = "campaigns" // cycle
	outboxBucket     boltfile.Bucket = "outbox"
	tokensBucket     boltfile.Bucket = "tokens" // id
	secretsBucket    boltfile.Bucket = "secrets"
	auditBucket      boltfile.Bucket = "audit" // number, 8 bytes big endian
)

const (
	recordsFormat = 1
	metaCursor    = "cursor"
	metaAudit     = "audit"
	// maxUnsavedChanges bounds how many changes that concern nothing here are read again after a
	// restart.
	maxUnsavedChanges = 10_000
)

// Options configure a Store. MaxBytes, if not 0, bounds the size of the file; a write beyond it
// fails with survey.ErrStorageFull. Rebuild opens the file although its aggregates are damaged, and
// rebuilds them from the answers.
type Options struct {
	Path       string
	Region     survey.Region
	MaxBytes   int64
	Watermarks Watermarks
	Rebuild    bool
	// Editions are the ones by which the answers are read and counted: pass the result of
	// ReadEditions for the file's directory. Nil means the software's own.
	Editions *survey.Editions
	Logger   *slog.Logger

	disk disk.Disk // of tests; nil: the machine's own
}

// Store is one region's own records. All methods are safe for concurrent use. A write is durable
// when it returns nil. Besides the errors that a method names, its error may wrap
// survey.ErrStorageFull (nothing was recorded), survey.ErrUnknownOutcome (the disk failed in the
// middle), boltfile.ErrFailed or boltfile.ErrClosed. Reads see the last committed transaction and
// do not wait for writers.
type Store struct {
	*writer
	region      survey.Region
	editions    *survey.Editions
	closeOnce   sync.Once
	closeErr    error
	cursor      atomic.Uint64
	savedCursor uint64 // as in the file; the writer's own
	recent      *recentOrganisations
	words       wordIndex
	counted     *countedFeed
	audits      *auditQueue
	figures     notifier.Notifier // the region's figures changed
	work        notifier.Notifier // the work for the registry changed
}

// Open opens the region's records, or creates the file with mode 0600. It reads the whole file to
// verify the checksums. Errors: boltfile.ErrLocked within two seconds if another process has the
// file open, boltfile.ErrDamaged, boltfile.ErrNewerFormat, survey.ErrInvalid for a file of another
// region or kind.
func Open(options Options) (*Store, error) {
	if options.Path == "" {
		return nil, fmt.Errorf("%w: open the records: no path is given", survey.ErrInvalid)
	}
	if _, err := survey.ParseRegion(string(options.Region)); err != nil {
		return nil, fmt.Errorf("open %s: %w", options.Path, err)
	}
	logger := options.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}

	format := boltfile.Format{Version: recordsFormat, Kind: "records", Region: options.Region}
	file := boltfile.Options{Path: options.Path, MaxBytes: options.MaxBytes, Format: format, Buckets: recordBuckets(),
		Disk: options.disk, Logger: logger}

	// The damage is let pass here and repaired below.
	if options.Rebuild {
		file.Derived = []boltfile.Bucket{aggregatesBucket, cyclesBucket}
	}
	f, err := boltfile.Open(file)
	if err != nil {
		return nil, err
	}

	s := &Store{region: options.Region, editions: options.Editions, recent: newRecentOrganisations(),
		counted: newCountedFeed(), audits: newAuditQueue(logger)}
	s.writer = &writer{file: f, space: newSpace(options.Path, options.Watermarks, logger), logger: logger,
		committing: s.counted.note, committed: s.committed,
		begin: func(tx *boltfile.Tx) *txn {
			t := s.begin(tx)
			s.audits.take(t)
			return t
		}}
	if err := s.catchUp(options.Rebuild); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// catchUp starts the writer and brings the file in line with this software and its editions.
func (s *Store) catchUp(rebuild bool) error {
	err := s.view(func(t *txn) error {
		_, err := t.Get(boltfile.Meta, []byte(metaCursor), &s.savedCursor)
		return err
	})
	s.cursor.Store(s.savedCursor)
	s.start()
	s.audits.write = s.write
	go s.audits.run()
	if err == nil && rebuild {
		err = s.Repair(context.Background())
	}
	if err != nil {
		return err
	}
	return errors.Join(countByEditions(s), takeBackUnallowed(s))
}

func recordBuckets() []boltfile.Bucket {
	return []boltfile.Bucket{responsesBucket, historyBucket, cyclesBucket, aggregatesBucket, claimsBucket,
		aliasesBucket, campaignsBucket, outboxBucket, tokensBucket, secretsBucket, auditBucket, recordsBucket,
		recordHistoryBucket, placesBucket, activitiesBucket, supportedBucket, importsBucket, importItemsBucket,
		mappingsBucket, sharingBucket, sharedBucket, usersBucket, userNamesBucket, linksBucket, linkSecretsBucket,
		linkPlacesBucket, draftsBucket, handoversBucket}
}

// Region returns the region whose records these are.
func (s *Store) Region() survey.Region { return s.region }

// Close refuses new writes, waits for the one under way, saves the cursor and the queued audit
// entries, and closes the file. A second call returns the same error.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.audits.close()
		s.stop()
		if queued, _ := s.AuditQueued(); (queued > 0 || s.cursor.Load() != s.savedCursor) && !s.failed.Load() {
			_, _, s.closeErr = s.tryGroup([]*write{{do: (*txn).saveCursor}})
		}
		s.closeErr = errors.Join(s.closeErr, s.audits.lost())
		if err := s.file.Close(); s.closeErr == nil {
			s.closeErr = err
		}
	})
	return s.closeErr
}

// Backup writes a consistent copy of the file to w while reads and writes go on, and returns the
// number of bytes written.
func (s *Store) Backup(ctx context.Context, w io.Writer) (int64, error) {
	var n int64
	s.audits.flushBeforeRead(ctx)
	err := s.file.View(func(t *boltfile.Tx) (err error) {
		n, err = t.WriteTo(&cancelledWriter{ctx: ctx, to: w})
		return err
	})
	if err != nil {
		return n, fmt.Errorf("back up %s: %w", s.file.Path(), err)
	}
	return n, nil
}

// cancelledWriter stops a long copy when its caller's context ends.
type cancelledWriter struct {
	ctx context.Context
	to  io.Writer
}

// Write implements io.Writer.
func (c *cancelledWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.to.Write(p)
}

// view runs do in a read transaction.
func (s *Store) view(do func(*txn) error) error {
	return s.file.View(func(tx *boltfile.Tx) error { return do(s.begin(tx)) })
}

// read returns the result of do in a read transaction. Its error names the reading.
func read[T any](s *Store, do func(*txn) (T, error), reading string, args ...any) (value T, err error) {
	err = s.view(func(t *txn) (err error) {
		value, err = do(t)
		return err
	})
	if err != nil {
		return *new(T), explain(err, reading, args...)
	}
	return value, nil
}

// explain adds to an error what the caller was doing. It returns nil for nil.
func explain(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err)
}

// Watch returns a channel that is closed at the next change of the region's figures. Take it before
// reading [Store.Cells], so that no change is missed.
func (s *Store) Watch() <-chan struct{} { return s.figures.Changed() }

// committed tells watchers, the cursor and the word index about a transaction.
func (s *Store) committed(t *txn) {
	s.audits.written()
	s.cursor.Store(t.cursor)
	if t.Writes() == 0 {
		return
	}
	s.savedCursor = t.cursor
	s.words.follow(t)

	if len(t.changedCycles) > 0 || len(t.recounted) > 0 || t.measured {
		s.figures.Notify()
	}
	if t.outboxChanged {
		s.work.Notify()
	}
}
