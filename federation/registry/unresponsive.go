package registry

import (
	"sync"

	"github.com/hashicorp/raft"
)

// unresponsive is the set of followers that do not answer the leader's heartbeats.
type unresponsive struct {
	mu    sync.Mutex
	peers map[raft.ServerID]bool
}

func (s *unresponsive) set(id raft.ServerID, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is {
		if s.peers == nil {
			s.peers = map[raft.ServerID]bool{}
		}
		s.peers[id] = true
		return
	}
	delete(s.peers, id)
}

func (s *unresponsive) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peers = nil
}

func (s *unresponsive) has(id raft.ServerID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[id]
}
