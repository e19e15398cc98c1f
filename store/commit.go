package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// writer is the only writer of the file. It calls its owner for every transaction: begin wraps one
// of the file's, committing comes before its commit, and committed after it, even if nothing was
// written.
type writer struct {
	file       *boltfile.File
	space      *space
	logger     *slog.Logger
	begin      func(*boltfile.Tx) *txn
	committing func(*txn)
	committed  func(*txn)

	queue   chan *write
	alone   chan *exclusive
	closing chan struct{}
	stopped chan struct{}
	failed  atomic.Bool
}

// start starts the writer's goroutine.
func (w *writer) start() {
	w.queue, w.alone = make(chan *write, maxWriteQueue), make(chan *exclusive)
	w.closing, w.stopped = make(chan struct{}), make(chan struct{})
	go w.writeLoop()
}

// stop refuses new writes and waits for the one under way.
func (w *writer) stop() {
	close(w.closing)
	<-w.stopped
	w.drain()
}

// write is one caller's change on its way to a transaction.
type write struct {
	do    func(*txn) error
	taken atomic.Bool // by the writer, or by a caller whose context ended
	done  chan struct{}
	err   error
}

// finish hands the outcome to the caller.
func (w *write) finish(err error) {
	w.err = err
	close(w.done)
}

// write runs do in a transaction that is durable when write returns nil. Writes that wait at the
// same time share one transaction and one fsync, and each gets its own error; do may run more than
// once, with all writes of an earlier run undone. If ctx ends before the writer takes the write,
// nothing was recorded and the error wraps ctx's; after that, write blocks until the outcome is
// known.
func (w *writer) write(ctx context.Context, do func(*txn) error) error {
	pending := &write{do: do, done: make(chan struct{})}
	select {
	case w.queue <- pending:
	case <-ctx.Done():
		return fmt.Errorf("nothing was recorded: %w", context.Cause(ctx))
	case <-w.closing:
		return boltfile.ErrClosed
	}

	select {
	case <-pending.done:
		return pending.err
	case <-w.stopped:
	case <-ctx.Done():
		if pending.taken.CompareAndSwap(false, true) {
			return fmt.Errorf("nothing was recorded: %w", context.Cause(ctx))
		}
		<-pending.done
		return pending.err
	}

	// The store closed: either the last transaction has taken the write, or nobody will.
	if pending.taken.CompareAndSwap(false, true) {
		return boltfile.ErrClosed
	}
	<-pending.done
	return pending.err
}

// writeLoop writes the queue until the store closes. bbolt's own Batch waits 10 ms for more writes;
// this loop takes those that came while the last transaction was on its way to the disk.
func (w *writer) writeLoop() {
	defer close(w.stopped)
	for {
		var group []*write
		select {
		case pending := <-w.queue:
			group = w.gather(pending)
		case alone := <-w.alone:
			alone.done <- alone.do()
			continue
		case <-w.closing:
			w.drain()
			return
		}

		w.commitGroup(group)
	}
}

// gather takes all waiting writes, up to maxGroup, except those whose callers gave up.
func (w *writer) gather(first *write) []*write {
	var group []*write
	for pending := first; ; {
		if pending.taken.CompareAndSwap(false, true) {
			group = append(group, pending)
		}
		if len(group) == maxGroup {
			return group
		}
		select {
		case pending = <-w.queue:
		default:
			return group
		}
	}
}

// drain refuses the writes that still wait when the store closes.
func (w *writer) drain() {
	for {
		select {
		case pending := <-w.queue:
			if pending.taken.CompareAndSwap(false, true) {
				pending.finish(boltfile.ErrClosed)
			}
		default:
			return
		}
	}
}

// commitGroup runs the writes in one transaction. If one fails after it has written something, the
// others run again without it.
func (w *writer) commitGroup(group []*write) {
	for len(group) > 0 {
		errs, spoiler, err := w.tryGroup(group)
		if spoiler < 0 {
			for i, pending := range group {
				if err != nil && errs[i] == nil {
					errs[i] = err
				}
				pending.finish(errs[i])
			}
			return
		}

		group[spoiler].finish(errs[spoiler])
		group = append(group[:spoiler:spoiler], group[spoiler+1:]...)
	}
}

// tryGroup returns each write's own error, and the index of a write that must be left out, or -1.
// err is the error of the transaction itself.
func (w *writer) tryGroup(group []*write) (errs []error, spoiler int, err error) {
	errs = make([]error, len(group))
	if w.failed.Load() {
		return errs, -1, fmt.Errorf("%s: %w: restart the node", w.file.Path(), boltfile.ErrFailed)
	}

	// Before the transaction begins, so that the refusal is definite.
	if err := w.space.check(time.Now()); err != nil {
		return errs, -1, fmt.Errorf("write %s: %w", w.file.Path(), err)
	}

	tx, err := w.file.Begin()
	if err != nil {
		return errs, -1, err
	}
	defer tx.Rollback()
	t := w.begin(tx)

	// A write that failed before it wrote costs its neighbours nothing.
	for i, pending := range group {
		before := t.Writes()
		if errs[i] = t.run(pending.do); errs[i] != nil && t.Writes() != before {
			return errs, i, nil
		}
	}

	// Aggregates are written once for the whole group.
	if err := t.run((*txn).flush); err != nil {
		return errs, -1, err
	}

	// Before the commit, so that a reader of the new values also finds the note of them.
	w.committing(t)

	// If the commit fails, the number tells whether the file has advanced.
	id := t.ID()
	if err := t.Commit(); err != nil {
		return errs, -1, w.commitError(id, err)
	}
	w.committed(t)
	return errs, -1, nil
}

// commitError tells a definite failure from one that may have reached the disk. After the latter it
// stops all writing: the contents of the disk are not known until the file is opened again.
func (w *writer) commitError(id uint64, err error) error {
	if boltfile.StorageFull(err) && w.lastTransaction() < id {
		return fmt.Errorf("write %s: %w: nothing was recorded: %w", w.file.Path(), survey.ErrStorageFull, err)
	}
	w.failed.Store(true)
	w.logger.Error("writing stopped: the disk failed; restart the node", "file", w.file.Path(), "error", err)
	return fmt.Errorf("write %s: %w: %w", w.file.Path(), survey.ErrUnknownOutcome, errors.Join(boltfile.ErrFailed, err))
}

// lastTransaction returns the number of the last transaction in the file, or the greatest number
// there is if it cannot be read.
func (w *writer) lastTransaction() uint64 {
	var last uint64
	err := w.file.View(func(t *boltfile.Tx) error {
		last = t.ID()
		return nil
	})
	if err != nil {
		return ^uint64(0)
	}

	return last
}

// writeAlone is write for a function that may run only once: it shares its transaction with no
// other write.
func (w *writer) writeAlone(ctx context.Context, do func(*txn) error) error {
	pending := &write{do: do, done: make(chan struct{})}
	err := w.exclusively(ctx, func() error {
		w.commitGroup([]*write{pending})
		return nil
	})
	if err != nil {
		return fmt.Errorf("nothing was recorded: %w", err)
	}
	<-pending.done
	return pending.err
}

// exclusive is work on the file during which nothing may be written.
type exclusive struct {
	do   func() error
	done chan error
}

// exclusively runs do between two writes and blocks until it has ended. If ctx ends before do
// begins, do does not run.
func (w *writer) exclusively(ctx context.Context, do func() error) error {
	alone := &exclusive{do: do, done: make(chan error, 1)}
	select {
	case w.alone <- alone:
		return <-alone.done
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-w.closing:
		return boltfile.ErrClosed
	}
}
