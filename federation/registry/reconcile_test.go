package registry

import (
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestReconcile tells what the leader does next, step by step.
func TestReconcile(t *testing.T) {
	voter := func(id raft.ServerID) raft.Server { return raft.Server{ID: id, Suffrage: raft.Voter} }
	follower := func(id raft.ServerID) raft.Server { return raft.Server{ID: id, Suffrage: raft.Nonvoter} }
	member := func(region survey.Region, generation uint64, change ...func(*survey.Member)) survey.Member {
		m := survey.Member{Region: region, Generation: generation, Role: survey.RoleVoter, State: survey.MemberActive}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	suspended := func(m *survey.Member) { m.State = survey.MemberSuspended }
	removed := func(m *survey.Member) { m.State = survey.MemberRemoved }
	observer := func(m *survey.Member) { m.Role = survey.RoleObserver }
	long := map[raft.ServerID]time.Duration{"c.1": stableFor, "b.2": stableFor}
	for _, c := range []struct {
		name   string
		t      truth
		silent []raft.ServerID
		want   string
	}{
		{"nothing to do", truth{Members: []survey.Member{member("a", 1), member("b", 1)}, Servers: []raft.Server{voter("a.1"), voter("b.1")}}, nil, ""},
		{"a newcomer", truth{Members: []survey.Member{member("a", 1), member("c", 1)}, Servers: []raft.Server{voter("a.1")}}, nil, "add c.1"},
		{"caught up just now", truth{Members: []survey.Member{member("a", 1), member("c", 1)}, Servers: []raft.Server{voter("a.1"), follower("c.1")},
			Caught: map[raft.ServerID]time.Duration{"c.1": stableFor - 1}}, nil, ""},
		{"caught up and stable", truth{Members: []survey.Member{member("a", 1), member("c", 1)}, Servers: []raft.Server{voter("a.1"), follower("c.1")}, Caught: long}, nil, "promote c.1"},
		{"an observer", truth{Members: []survey.Member{member("a", 1), member("c", 1, observer)}, Servers: []raft.Server{voter("a.1"), follower("c.1")}, Caught: long}, nil, ""},
		{"beyond the cap", truth{Members: []survey.Member{member("a", 1), member("c", 1)}, Servers: []raft.Server{voter("a.1"), follower("c.1")}, Caught: long, MaxVoters: 1}, nil, ""},
		{"the old generation goes first", truth{Members: []survey.Member{member("a", 1), member("b", 2), member("c", 1)},
			Servers: []raft.Server{voter("a.1"), voter("b.1"), voter("c.1")}}, []raft.ServerID{"b.1"}, "remove b.1"},
		{"then the new one enters", truth{Members: []survey.Member{member("a", 1), member("b", 2), member("c", 1)},
			Servers: []raft.Server{voter("a.1"), voter("c.1")}}, nil, "add b.2"},
		{"removed", truth{Members: []survey.Member{member("a", 1), member("b", 1), member("c", 1, removed)},
			Servers: []raft.Server{voter("a.1"), voter("b.1"), voter("c.1")}}, nil, "remove c.1"},
		{"suspended", truth{Members: []survey.Member{member("a", 1), member("b", 1), member("c", 1, suspended)},
			Servers: []raft.Server{voter("a.1"), voter("b.1"), voter("c.1")}}, nil, "demote c.1"},
		{"the leader is removed", truth{Members: []survey.Member{member("a", 1, removed), member("b", 1), member("c", 1)},
			Servers: []raft.Server{voter("a.1"), voter("b.1"), voter("c.1")}}, nil, "hand over a.1"},
		{"it would cost the quorum", truth{Members: []survey.Member{member("a", 1), member("b", 1), member("c", 1, removed)},
			Servers: []raft.Server{voter("a.1"), voter("b.1"), voter("c.1")}}, []raft.ServerID{"b.1"}, "to remove c.1 waits: 1 of 2 voters would answer, 2 are needed"},
		{"more than the cap: the silent one goes", truth{Members: []survey.Member{member("a", 1), member("b", 1), member("c", 1), member("d", 1)},
			Servers: []raft.Server{voter("a.1"), voter("b.1"), voter("c.1"), voter("d.1")}, MaxVoters: 3}, []raft.ServerID{"b.1"}, "demote b.1"},
		{"more than the cap: the last one goes", truth{Members: []survey.Member{member("a", 1), member("b", 1)},
			Servers: []raft.Server{voter("a.1"), voter("b.1")}, MaxVoters: 1}, nil, "demote b.1"},
		{"no configuration is known", truth{Members: []survey.Member{member("a", 1)}}, nil, "to add a.1 waits: nobody would vote"},
	} {
		c.t.Leader, c.t.Live = "a.1", map[raft.ServerID]bool{}
		for _, s := range c.t.Servers {
			c.t.Live[s.ID] = true
		}
		for _, id := range c.silent {
			c.t.Live[id] = false
		}
		if got := c.t.next().String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
