// Package notifier tells waiters that something changed, and lets them pause between two attempts.
//
// Imports no other room.
package notifier

import (
	"context"
	"sync"
	"time"
)

// Notifier wakes all waiters at every change. The zero value is ready for use. It must not be
// copied. All methods are safe for concurrent use.
type Notifier struct {
	mu      sync.Mutex
	changed chan struct{} // nil while nobody waits
}

// Changed returns a channel that is closed at the next [Notifier.Notify]. Take it before reading
// the watched value, so that no change is missed.
func (n *Notifier) Changed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()

	if n.changed == nil {
		n.changed = make(chan struct{})
	}
	return n.changed
}

// Notify wakes all current waiters. It never blocks.
func (n *Notifier) Notify() {
	n.mu.Lock()
	defer n.mu.Unlock()

	if n.changed != nil {
		close(n.changed)
		n.changed = nil
	}
}

// Pause waits for d. It returns false if ctx ends first.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
