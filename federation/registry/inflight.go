package registry

import "sync"

// inflight counts the questions that raft has not answered yet. raft forgets some
// of them when it shuts down: a committed entry that the state machine has not
// seen, a transfer that was only queued. While it runs it answers all. So the
// gate is shut first, and raft after the last answer.
type inflight struct {
	mu     sync.Mutex
	count  int
	closed bool
	empty  chan struct{} // closed when shut and nothing is open
}

func newInflight() *inflight { return &inflight{empty: make(chan struct{})} }

// begin reports whether raft may still be asked. Whoever entered must leave.
func (g *inflight) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.count++
	return true
}

func (g *inflight) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count--
	if g.closed && g.count == 0 {
		close(g.empty)
	}
}

// close lets nobody in any more and waits for those who are.
func (g *inflight) close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		if g.count == 0 {
			close(g.empty)
		}
	}
	g.mu.Unlock()
	<-g.empty
}
