package registry

import (
	"sync/atomic"

	"github.com/ahsn-network/tracker/store/notifier"
)

// watermark is the registry's number as applied here, and a way to wait for it.
type watermark struct {
	number  atomic.Uint64
	changes notifier.Notifier
}

// set sets the number and wakes all who wait for it.
func (w *watermark) set(number uint64) {
	w.number.Store(number)
	w.changes.Notify()
}

// now returns the number and a channel that is closed at the next change.
func (w *watermark) now() (uint64, <-chan struct{}) {
	// Taken before the number, so that no change is missed.
	changed := w.changes.Changed()
	return w.number.Load(), changed
}
