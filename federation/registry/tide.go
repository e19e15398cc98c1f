package registry

import "sync"

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
