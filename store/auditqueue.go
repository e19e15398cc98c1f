package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/notifier"
)

// Bounds of the audit entries that wait to be written.
const (
	maxQueuedAudit   = 1024                   // entries in memory; more callers wait
	auditDelay       = 100 * time.Millisecond // how long an entry waits for a write of the records to go along with
	auditRoomTimeout = 10 * time.Second       // how long a caller waits for room
	auditReadTimeout = 5 * time.Second        // how long a read of the log waits for the queue
	auditRetryFirst  = time.Second            // wait after the first attempt that failed
	auditRetryMax    = time.Minute            // and the longest wait between attempts
)

// auditQueue holds the audit entries of commands that the registry keeps
// durably by itself, so that no command waits for a second disk. Every
// transaction of the records takes the queued entries along, before its own
// writes. If there is no transaction for a while, the queue makes one.
type auditQueue struct {
	write  func(context.Context, func(*txn) error) error
	logger *slog.Logger

	mu     sync.Mutex // held briefly
	queued []AuditEntry
	next   time.Time // when the queue writes for itself
	failed error     // of the last attempt to write, nil if it succeeded
	closed bool

	taken int   // entries in the transaction under way; the writer's own, as is the next
	stuck error // why it has no more of them

	room    notifier.Notifier // there is room again
	wake    chan struct{}
	closing chan struct{}
	stopped chan struct{}
}

func newAuditQueue(logger *slog.Logger) *auditQueue {
	return &auditQueue{logger: logger, wake: make(chan struct{}, 1), closing: make(chan struct{}),
		stopped: make(chan struct{})}
}

// QueueAudit is [Store.AppendAudit] for the entry of a command that the registry
// keeps durably itself: it returns before the entry is on the disk. The entry
// is written with the next write of the records or after about 100 ms, in the
// order of the calls and before every later write; a write that fails is tried
// again. [Store.Audit] and [Store.Close] wait for it. A process that is
// killed loses the entries of its last moment. While 1024 entries wait, a caller
// waits up to 10 s, or gets the error at once if the log cannot be written now.
func (s *Store) QueueAudit(ctx context.Context, e AuditEntry) error {
	e, err := e.checked()
	if err == nil {
		err = s.audits.add(ctx, e)
	}
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return nil
}

// AuditQueued returns how many audit entries are not on the disk yet, and why
// the last attempt to write them failed, nil if it did not.
func (s *Store) AuditQueued() (int, error) {
	s.audits.mu.Lock()
	defer s.audits.mu.Unlock()
	return len(s.audits.queued), s.audits.failed
}

// flushBeforeRead waits up to 5 s for the queued entries. A log that cannot be
// written now is read as it is: the alarm tells of the rest.
func (q *auditQueue) flushBeforeRead(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, auditReadTimeout)
	defer cancel()
	_ = q.flush(ctx)
}

// add waits for room up to 10 s, or as long as ctx lasts.
func (q *auditQueue) add(ctx context.Context, e AuditEntry) error {
	ctx, cancel := context.WithTimeout(ctx, auditRoomTimeout)
	defer cancel()
	for {
		room := q.room.Changed()
		if added, err := q.tryAdd(e); added || err != nil {
			return err
		}

		select {
		case <-room:
		case <-ctx.Done():
			return fmt.Errorf("%d entries wait to be written: %w", maxQueuedAudit, context.Cause(ctx))
		}
	}
}

// tryAdd reports false if there is no room, and wakes the queue then.
func (q *auditQueue) tryAdd(e AuditEntry) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()

	added := len(q.queued) < maxQueuedAudit
	switch {
	case q.closed:
		return false, boltfile.ErrClosed
	case !added && q.failed != nil:
		return false, fmt.Errorf("%d entries wait to be written: %w", maxQueuedAudit, q.failed)
	case !added:
		q.next = time.Time{} // a full queue is written at once
	case len(q.queued) == 0 && q.failed == nil:
		q.next = time.Now().Add(auditDelay)
	}

	if added {
		q.queued = append(q.queued, e)
	}

	// The queue sleeps while it is empty, and otherwise until next.
	if !added || len(q.queued) == 1 {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return added, nil
}

// take writes the queued entries into a transaction that has just begun. They
// stay in the queue until it is durable, so a failed one costs nothing.
func (q *auditQueue) take(t *txn) {
	q.mu.Lock()
	queued := q.queued
	q.mu.Unlock()

	q.taken, q.stuck = 0, nil
	for _, e := range queued {
		if q.stuck = t.run(func(t *txn) error { return t.audit(e) }); q.stuck != nil {
			return
		}
		q.taken++
	}
}

// written drops the entries that the transaction took along: they are durable.
func (q *auditQueue) written() {
	if q.taken == 0 && q.stuck == nil {
		return
	}

	q.mu.Lock()
	q.queued = q.queued[q.taken:]
	q.next = time.Now().Add(auditDelay)
	q.mu.Unlock()

	q.taken = 0
	q.room.Notify()
	q.tell(q.stuck)
}

// tell raises the alarm while entries cannot be written, and says when they can
// be again.
func (q *auditQueue) tell(err error) {
	q.mu.Lock()
	before, waiting := q.failed, len(q.queued)
	q.failed = err
	q.mu.Unlock()

	switch {
	case err != nil:
		q.logger.Error("the audit log cannot be written; trying again", "waiting", waiting, "error", err)
	case before != nil:
		q.logger.Info("the audit log is written again", "waiting", waiting)
	}
}

// flush returns when every entry that was added before is durable, or why not.
func (q *auditQueue) flush(ctx context.Context) error {
	if _, queued := q.due(); !queued {
		return nil
	}
	return q.write(ctx, func(*txn) error { return nil })
}

// due returns how long the queue still waits for a write of the records, and
// whether anything is queued.
func (q *auditQueue) due() (time.Duration, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return time.Until(q.next), len(q.queued) > 0
}

// run writes the entries that no write of the records takes along, until close.
func (q *auditQueue) run() {
	defer close(q.stopped)
	retry := auditRetryFirst
	for {
		wait, queued := q.due()
		var due <-chan time.Time
		if queued {
			due = time.After(wait)
		}

		select {
		case <-q.wake:
			continue
		case <-q.closing:
			return
		case <-due:
		}

		// A write of the records may have taken them along meanwhile.
		if wait, _ := q.due(); wait > 0 {
			continue
		}
		if err := q.flush(context.Background()); err != nil && !errors.Is(err, boltfile.ErrClosed) {
			q.tell(err)
		}

		q.mu.Lock()
		if q.failed != nil {
			q.next = time.Now().Add(retry)
			retry = min(2*retry, auditRetryMax)
		} else {
			retry = auditRetryFirst
		}
		q.mu.Unlock()
	}
}

// close takes no more entries; those that are queued stay for the writer.
func (q *auditQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	close(q.closing)
	<-q.stopped
}

// lost names in the log the entries that could not be written before the file
// was closed, and returns an error that counts them.
func (q *auditQueue) lost() error {
	if len(q.queued) == 0 {
		return nil
	}
	for _, e := range q.queued {
		q.logger.Error("the audit log lacks an entry", "at", e.At,
			"actor", e.Actor, "action", e.Action, "object", e.Object, "outcome", e.Outcome)
	}
	return fmt.Errorf("the audit log lacks %d entries, which are in the node's log", len(q.queued))
}
