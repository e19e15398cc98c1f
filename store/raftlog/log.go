package raftlog

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Options may be left zero.
type Options struct {
	// OnWrite is called with the duration of each write, including its fsync, and its outcome. The
	// writing goroutine calls it before raft learns of the outcome; it must not block. See also
	// Log.Writing.
	OnWrite func(took time.Duration, err error)
	// OwnReplay makes GetCommitIndex return 0, so that raft does not replay the committed entries
	// itself when it starts; the caller does so with Log.Replay. DESIGN.md gives the reasons.
	OwnReplay bool
}

// deleteBatch bounds how many entries one transaction deletes, so that compaction does not delay
// appends for long.
const deleteBatch = 4096

// Log is raft's log, stable facts and commit index in one bbolt file, with the newest entries in a
// tail beside it. It is safe for concurrent use. Entries are contiguous from the first to the last.
type Log struct {
	db      *bolt.DB
	path    string
	onWrite func(time.Duration, error)
	own     bool

	writing atomic.Int64 // start of the write under way, in Unix nanoseconds; 0: none

	write  sync.Mutex // one writer at a time; held during I/O
	tail   *tail      // nil once closed
	staged atomic.Uint64

	mu     sync.RWMutex // guards the fields below; never held during I/O
	at     bounds
	recent []raft.Log // the tail's entries, the last ones of the log
	ring   ring
}

var (
	_ raft.CommitTrackingLogStore = (*Log)(nil)
	_ raft.MonotonicLogStore      = (*Log)(nil)
	_ raft.StableStore            = (*Log)(nil)
)

// FirstIndex returns the index of the first entry, 0 if there is none.
func (l *Log) FirstIndex() (uint64, error) { return l.bounds().first, nil }

// LastIndex returns the index of the last entry, 0 if there is none.
func (l *Log) LastIndex() (uint64, error) { return l.bounds().last, nil }

// IsMonotonic tells raft that the log tolerates no holes: raft must delete all entries after it has
// installed a snapshot.
func (l *Log) IsMonotonic() bool { return true }

func (l *Log) bounds() bounds {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.at
}

// GetLog fills e with the entry at index. It returns raft.ErrLogNotFound if the log does not reach
// there, and ErrCorrupt if the entry is missing or differs from the one written.
func (l *Log) GetLog(index uint64, e *raft.Log) error {
	l.mu.RLock()
	at, hit := l.at, l.ring.get(index, e)
	if begins := at.last + 1 - uint64(len(l.recent)); !hit && index >= begins && at.has(index) {
		*e, hit = l.recent[index-begins], true
	}
	l.mu.RUnlock()

	if hit {
		return nil
	}
	if !at.has(index) {
		return raft.ErrLogNotFound
	}

	// Below the tail and out of the ring: the entry is in bbolt.
	return l.view(fmt.Sprintf("entry %d", index), func(tx *bolt.Tx) error {
		key := indexKey(index)
		stored := tx.Bucket(logBucket).Get(key)
		if stored == nil {
			return l.missing(tx, index)
		}
		if err := decodeEntry(key, stored, e); err != nil {
			return corruptEntry(l.path, index, err.Error())
		}
		return nil
	})
}

// missing distinguishes an entry that was deleted a moment ago from one that was lost.
func (l *Log) missing(tx *bolt.Tx, index uint64) error {
	at, err := readBounds(tx)
	if err != nil {
		return corrupt(l.path, "bounds", err.Error())
	}
	if at.has(index) {
		return corruptEntry(l.path, index, "missing")
	}
	return raft.ErrLogNotFound
}

// StoreLog appends one entry; see StoreLogs.
func (l *Log) StoreLog(e *raft.Log) error { return l.StoreLogs([]*raft.Log{e}) }

// StoreLogs appends the entries and the staged commit index, all or none, and returns when they are
// on disk. The entries must follow each other and the last one stored, or it returns
// ErrNotContiguous; an empty log may begin at any index but 0.
func (l *Log) StoreLogs(entries []*raft.Log) error {
	if len(entries) == 0 {
		return nil
	}
	l.write.Lock()
	defer l.write.Unlock()

	next := l.bounds()
	if err := checkContiguous(next, entries); err != nil {
		return err
	}

	if next.empty() {
		next.first = entries[0].Index
	}
	next.last = entries[len(entries)-1].Index
	if staged := l.staged.Load(); staged > 0 {
		next.commit = min(staged, next.last)
	}

	if err := l.append(next, entries); err != nil {
		return fmt.Errorf("append raft log %d to %d: %w", entries[0].Index, next.last, err)
	}

	// Into the ring only once they are on disk: followers read from it.
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries[max(0, len(entries)-ringEntries):] {
		l.ring.put(e)
	}
	return nil
}

// append writes the entries to the tail or, if they do not fit, files them together with the tail
// in bbolt.
func (l *Log) append(next bounds, entries []*raft.Log) error {
	if l.tail == nil {
		return l.update(&next, nil)
	}

	if l.tail.file == nil {
		if err := l.tail.create(l.path); err != nil {
			return err
		}
	}

	record := tailRecord(l.tail.epoch, next.commit, entries)
	if !l.tail.fits(record) {
		return l.update(&next, func(tx *bolt.Tx) error { return putEntries(tx, entries) })
	}

	// Outside l.mu, so that readers do not wait for the disk.
	if err := l.timed(func() error { return l.tail.append(record) }); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = next
	for _, e := range entries {
		l.recent = append(l.recent, *e)
	}
	return nil
}

func putEntries(tx *bolt.Tx, entries []*raft.Log) error {
	bucket := tx.Bucket(logBucket)
	bucket.FillPercent = 1 // keys only grow, so pages need no room for others
	for _, e := range entries {
		key := indexKey(e.Index)
		if err := bucket.Put(key, encodeEntry(key, e)); err != nil {
			return err
		}
	}
	return nil
}

func checkContiguous(at bounds, entries []*raft.Log) error {
	want := at.last + 1
	if at.empty() {
		want = max(1, entries[0].Index)
	}
	for _, e := range entries {
		if e.Index != want {
			return fmt.Errorf("%w: append entry %d to %v", ErrNotContiguous, e.Index, at)
		}
		want++
	}
	return nil
}

// DeleteRange deletes the entries with from <= index <= to. They must include one end of the log:
// a hole inside is ErrNotContiguous. It ignores indexes that the log does not have. A crash in the
// middle leaves a contiguous log with a part of the range.
func (l *Log) DeleteRange(from, to uint64) error {
	l.write.Lock()
	defer l.write.Unlock()
	at := l.bounds()

	from, to = max(from, at.first), min(to, at.last)
	if at.empty() || from > to {
		return nil
	}

	if from > at.first && to < at.last {
		return fmt.Errorf("%w: delete %d to %d out of %v", ErrNotContiguous, from, to, at)
	}

	// A suffix goes from its end and a prefix from its start, so that every batch leaves a
	// contiguous log.
	suffix := from > at.first
	for from <= to {
		a, b := from, min(to, from+deleteBatch-1)
		if suffix {
			a, b = max(from, to-min(to, deleteBatch-1)), to
		}

		if err := l.deleteBatch(a, b); err != nil {
			return fmt.Errorf("delete raft log %d to %d: %w", a, b, err)
		}

		if suffix {
			to = a - 1
		} else {
			from = b + 1
		}
	}
	return nil
}

func (l *Log) deleteBatch(from, to uint64) error {
	next := l.bounds()

	switch {
	case from == next.first && to == next.last:
		next.first, next.last = 0, 0
	case from == next.first:
		next.first = to + 1
	default:
		next.last = from - 1
	}

	err := l.update(&next, func(tx *bolt.Tx) error {
		bucket := tx.Bucket(logBucket)
		for index := from; index <= to; index++ {
			if err := bucket.Delete(indexKey(index)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring.forget(from, to)
	return nil
}

// Close waits for the write under way, files the tail and closes the files. A second call does
// nothing.
func (l *Log) Close() error {
	l.write.Lock()
	defer l.write.Unlock()
	if l.tail == nil {
		return nil
	}
	err := errors.Join(l.closeTail(), l.db.Close())
	if l.tail = nil; err != nil {
		return fmt.Errorf("close raft log %s: %w", l.path, err)
	}
	return nil
}

// closeTail files the tail and removes it. If that fails, the tail stays, and the next Open files
// it.
func (l *Log) closeTail() error {
	file := l.tail.file
	if file == nil {
		return nil
	}

	// Without a file, update leaves no epoch in the bounds: the closed log needs no tail.
	l.tail.file = nil
	at := l.bounds()
	if err := l.update(&at, func(*bolt.Tx) error { return nil }); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Close(), os.Remove(l.path+tailSuffix))
}

// Writing returns for how long the write under way has been running, 0 if there is none. It shows a
// disk that hangs, for which OnWrite is never called.
func (l *Log) Writing() time.Duration {
	began := l.writing.Load()
	if began == 0 {
		return 0
	}
	return max(time.Since(time.Unix(0, began)), 1)
}

// update runs one write transaction, which files the tail first and then sets the bounds to next,
// with the tail's next epoch. fn may still change next.
func (l *Log) update(next *bounds, fn func(*bolt.Tx) error) error {
	l.mu.RLock()
	recent := make([]*raft.Log, len(l.recent))
	for i := range l.recent {
		recent[i] = &l.recent[i]
	}
	l.mu.RUnlock()

	write := func(tx *bolt.Tx) error {
		if err := putEntries(tx, recent); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		return writeBounds(tx, *next)
	}

	err := l.timed(func() error {
		if l.tail == nil {
			return berrors.ErrDatabaseNotOpen
		}
		next.tail = 0
		if l.tail.file != nil {
			next.tail = l.tail.epoch + 1
		}
		// Until the transaction succeeds, the disk may name either epoch.
		l.tail.lost = true
		return l.guard("write", func() error { return l.db.Update(write) })
	})

	if err != nil {
		return err
	}

	// The bounds on disk name the new epoch: the records of the old one no longer count.
	l.tail.empty(next.tail)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at, l.recent = *next, nil
	return nil
}

// timed runs one write and reports it to OnWrite.
func (l *Log) timed(write func() error) error {
	began := time.Now()
	l.writing.Store(began.UnixNano())
	err := write()
	l.writing.Store(0)
	if l.onWrite != nil {
		l.onWrite(time.Since(began), err)
	}
	return err
}

// view runs one read transaction; place names the data read, for the error.
func (l *Log) view(place string, fn func(*bolt.Tx) error) error {
	err := l.guard(place, func() error { return l.db.View(fn) })
	switch {
	case err == nil, errors.Is(err, ErrCorrupt), err == raft.ErrLogNotFound, err == ErrKeyNotFound: //nolint:errorlint // raft compares them too
		return err
	}
	return fmt.Errorf("read raft log %s: %s: %w", l.path, place, err)
}
