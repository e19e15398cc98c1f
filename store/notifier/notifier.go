// Package notifier tells waiters that something changed.
package notifier

import "sync"

// Notifier wakes everyone who waits, each time something changes. The zero
// value is ready for use. It must not be copied. All methods are safe for
// concurrent use.
type Notifier struct {
	mu      sync.Mutex
	changed chan struct{} // nil while nobody waits
}

// Changed returns a channel that is closed at the next [Notifier.Notify]. Take
// it before reading the value that is watched, so that no change is missed.
func (n *Notifier) Changed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.changed == nil {
		n.changed = make(chan struct{})
	}
	return n.changed
}

// Notify wakes everyone who waits now. It never blocks.
func (n *Notifier) Notify() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.changed != nil {
		close(n.changed)
		n.changed = nil
	}
}
