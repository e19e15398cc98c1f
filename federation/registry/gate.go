package registry

import "sync"

// gate counts the questions that raft has not answered yet. raft forgets some
// of them when it shuts down: a committed entry that the state machine has not
// seen, a transfer that was only queued. While it runs it answers all. So the
// gate is shut first, and raft after the last answer.
type gate struct {
	mu    sync.Mutex
	asked int
	shut  bool
	empty chan struct{} // closed when shut and nothing is open
}

func newGate() *gate { return &gate{empty: make(chan struct{})} }

// enter reports whether raft may still be asked. Whoever entered must leave.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.asked++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked--
	if g.shut && g.asked == 0 {
		close(g.empty)
	}
}

// close lets nobody in any more and waits for those who are.
func (g *gate) close() {
	g.mu.Lock()
	if !g.shut {
		g.shut = true
		if g.asked == 0 {
			close(g.empty)
		}
	}
	g.mu.Unlock()
	<-g.empty
}
