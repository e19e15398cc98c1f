package store

import "sync"

// broadcast wakes everyone who waits, as often as something happens.
type broadcast struct {
	mu   sync.Mutex
	next chan struct{}
}

func newBroadcast() *broadcast { return &broadcast{next: make(chan struct{})} }

// watch returns the channel that is closed at the next tell.
func (b *broadcast) watch() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
}

// Watch returns a channel that is closed when the region's figures change
// next. Take it before reading [Store.Cells], so that no change is missed.
func (s *Store) Watch() <-chan struct{} { return s.figures.watch() }

// WatchOutbox returns a channel that is closed when the work for the registry
// changes next. Take it before reading [Store.Outbox].
func (s *Store) WatchOutbox() <-chan struct{} { return s.work.watch() }
