package registry

import (
	"context"
	"sync"
)

// tide is the registry's number as applied here, and a way to wait for it.
type tide struct {
	mu      sync.Mutex
	number  uint64
	changed chan struct{}
}

func newTide() *tide { return &tide{changed: make(chan struct{})} }

// rise sets the number and wakes everybody who waits.
func (t *tide) rise(number uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number = number
	close(t.changed)
	t.changed = make(chan struct{})
}

// now returns the number and a channel that is closed at the next change.
func (t *tide) now() (uint64, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.number, t.changed
}

// reach waits until the number is reached, the context ends or done is closed.
// It reports whether the number was reached.
func (t *tide) reach(ctx context.Context, number uint64, done <-chan struct{}) bool {
	for {
		now, changed := t.now()
		if now >= number {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		case <-done:
			return false
		}
	}
}
