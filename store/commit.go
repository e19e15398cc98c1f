package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the group commit.
const (
	maxWriteQueue = 256 // writes waiting; more callers block
	maxGroup      = 256 // writes in one transaction
)

// write is one caller's change, waiting for a transaction.
type write struct {
	do    func(*txn) error
	taken atomic.Bool // by the writer, or by the caller that gave up
	done  chan struct{}
	err   error
}

// finish hands the outcome to the caller.
func (w *write) finish(err error) {
	w.err = err
	close(w.done)
}

// write runs do in a transaction that is durable when write returns nil.
// Writes that wait at the same time share one transaction and one fsync, and
// each gets its own error; do may run more than once, with everything that an
// earlier run wrote undone. When ctx ends before the write was begun, nothing
// was recorded and the error wraps ctx's; after that write waits for the
// outcome.
func (s *Store) write(ctx context.Context, do func(*txn) error) error {
	w := &write{do: do, done: make(chan struct{})}
	select {
	case s.queue <- w:
	case <-ctx.Done():
		return fmt.Errorf("nothing was recorded: %w", context.Cause(ctx))
	case <-s.closing:
		return boltfile.ErrClosed
	}
	select {
	case <-w.done:
		return w.err
	case <-s.stopped:
	case <-ctx.Done():
		if w.taken.CompareAndSwap(false, true) {
			return fmt.Errorf("nothing was recorded: %w", context.Cause(ctx))
		}
		<-w.done
		return w.err
	}
	if w.taken.CompareAndSwap(false, true) {
		return boltfile.ErrClosed
	}
	<-w.done
	return w.err
}

// writeLoop is the only writer of the file. bbolt's own Batch waits 10 ms for
// company; this takes whoever came while the last transaction was on its way
// to the disk.
func (s *Store) writeLoop() {
	defer close(s.stopped)
	for {
		var group []*write
		select {
		case w := <-s.queue:
			group = s.gather(w)
		case alone := <-s.alone:
			alone.done <- alone.do()
			continue
		case <-s.closing:
			s.drain()
			return
		}
		s.commitGroup(group)
	}
}

// gather takes the writes that wait now, leaving out those given up.
func (s *Store) gather(first *write) []*write {
	var group []*write
	for w := first; ; {
		if w.taken.CompareAndSwap(false, true) {
			group = append(group, w)
		}
		if len(group) == maxGroup {
			return group
		}
		select {
		case w = <-s.queue:
		default:
			return group
		}
	}
}

// drain refuses what still waits when the store closes.
func (s *Store) drain() {
	for {
		select {
		case w := <-s.queue:
			if w.taken.CompareAndSwap(false, true) {
				w.finish(boltfile.ErrClosed)
			}
		default:
			return
		}
	}
}

// commitGroup runs the writes in one transaction. A write that fails after it
// wrote something costs a second transaction without it.
func (s *Store) commitGroup(group []*write) {
	for len(group) > 0 {
		errs, spoiler, err := s.tryGroup(group)
		if spoiler < 0 {
			for i, w := range group {
				if err != nil && errs[i] == nil {
					errs[i] = err
				}
				w.finish(errs[i])
			}
			return
		}
		group[spoiler].finish(errs[spoiler])
		group = append(group[:spoiler:spoiler], group[spoiler+1:]...)
	}
}

// tryGroup returns each write's own error, and the index of the one that has
// to be left out or -1. err is the error of the transaction itself.
func (s *Store) tryGroup(group []*write) (errs []error, spoiler int, err error) {
	errs = make([]error, len(group))
	if s.failed.Load() {
		return errs, -1, fmt.Errorf("%s: %w: restart the node", s.file.Path(), boltfile.ErrFailed)
	}
	if err := s.space.check(time.Now()); err != nil {
		return errs, -1, fmt.Errorf("write %s: %w", s.file.Path(), err)
	}
	tx, err := s.file.Begin()
	if err != nil {
		return errs, -1, err
	}
	defer tx.Rollback()
	t := newTxn(s, tx)
	for i, w := range group {
		before := t.Writes()
		if errs[i] = t.run(w.do); errs[i] != nil && t.Writes() != before {
			return errs, i, nil
		}
	}
	if err := t.run((*txn).flush); err != nil {
		return errs, -1, err
	}
	if t.Writes() == 0 {
		s.cursor.Store(t.cursor)
		return errs, -1, nil
	}
	id := t.ID()
	s.counted.note(id, t)
	if err := t.Commit(); err != nil {
		return errs, -1, s.commitError(id, err)
	}
	s.published(t)
	return errs, -1, nil
}

// commitError tells a definite failure from one that may have reached the
// disk. After the latter nothing more is written: what the disk holds is not
// known until the file is opened again.
func (s *Store) commitError(id uint64, err error) error {
	if boltfile.StorageFull(err) && s.lastTransaction() < id {
		return fmt.Errorf("write %s: %w: nothing was recorded: %w", s.file.Path(), survey.ErrStorageFull, err)
	}
	s.failed.Store(true)
	s.logger.Error("writing stopped: the disk failed; restart the node", "file", s.file.Path(), "error", err)
	return fmt.Errorf("write %s: %w: %w", s.file.Path(), survey.ErrUnknownOutcome, errors.Join(boltfile.ErrFailed, err))
}

// lastTransaction returns the number of the last transaction in the file, the
// greatest number there is if that cannot be read.
func (s *Store) lastTransaction() uint64 {
	var last uint64
	err := s.file.View(func(t *boltfile.Tx) error {
		last = t.ID()
		return nil
	})
	if err != nil {
		return ^uint64(0)
	}
	return last
}

// published makes known what a committed transaction changed.
func (s *Store) published(t *txn) {
	s.cursor.Store(t.cursor)
	s.savedCursor = t.cursor
	s.words.follow(t)
	if len(t.changedCycles) > 0 || len(t.recounted) > 0 || t.measured {
		s.figures.Notify()
	}
	if t.outboxChanged {
		s.work.Notify()
	}
}

// writeAlone is write for what may run only once: it shares its transaction
// with no other write.
func (s *Store) writeAlone(ctx context.Context, do func(*txn) error) error {
	w := &write{do: do, done: make(chan struct{})}
	err := s.exclusively(ctx, func() error {
		s.commitGroup([]*write{w})
		return nil
	})
	if err != nil {
		return fmt.Errorf("nothing was recorded: %w", err)
	}
	<-w.done
	return w.err
}

// exclusive is work on the file that no write may meet.
type exclusive struct {
	do   func() error
	done chan error
}

// exclusively runs do between two writes. When ctx ends before it was begun,
// it is not run.
func (s *Store) exclusively(ctx context.Context, do func() error) error {
	alone := &exclusive{do: do, done: make(chan error, 1)}
	select {
	case s.alone <- alone:
		return <-alone.done
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.closing:
		return boltfile.ErrClosed
	}
}
