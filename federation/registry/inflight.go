package registry

import "sync"

// inflight counts the futures that raft has not answered yet. raft forgets some
// of them when it shuts down: a committed entry that the state machine has not
// seen, a transfer that was only queued. While it runs it answers all. So this
// is closed first, and raft after the last answer.
type inflight struct {
	mu     sync.Mutex
	count  int
	closed bool
	empty  chan struct{} // closed when closed and nothing is in flight
}

func newInflight() *inflight { return &inflight{empty: make(chan struct{})} }

// begin reports whether raft may still be asked. After true, end must follow.
func (f *inflight) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.count++
	return true
}

func (f *inflight) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count--
	if f.closed && f.count == 0 {
		close(f.empty)
	}
}

// close lets no new future begin and waits for those in flight.
func (f *inflight) close() {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		if f.count == 0 {
			close(f.empty)
		}
	}
	f.mu.Unlock()
	<-f.empty
}
