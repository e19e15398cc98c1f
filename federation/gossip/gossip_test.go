package gossip_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/gossip"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// roster is a roster that a test changes.
type roster struct {
	mu      sync.Mutex
	members []survey.Member
}

func (r *roster) Members() []survey.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.members)
}

func (r *roster) set(regions ...survey.Region) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members = nil
	for _, region := range regions {
		r.members = append(r.members, survey.Member{Region: region, State: survey.MemberActive})
	}
}

type heardFrom struct {
	meta   gossip.Meta
	direct bool
}

// nation is the federation's gossip in memory.
type nation struct {
	t       *testing.T
	fabric  *fabric
	roster  *roster
	regions []survey.Region
	plugs   map[survey.Region]*plug
	nodes   map[survey.Region]*gossip.Gossip
	log     bytes.Buffer // what all nodes logged, at info and above
	logger  *slog.Logger

	mu    sync.Mutex
	heard map[survey.Region]map[survey.Region][]heardFrom // by listener, by speaker
}

var federation = identity.FederationID{7, 7}

func found(t *testing.T, count int) *nation {
	n := &nation{
		t: t, fabric: newFabric(), roster: &roster{},
		plugs: map[survey.Region]*plug{}, nodes: map[survey.Region]*gossip.Gossip{},
		heard: map[survey.Region]map[survey.Region][]heardFrom{},
	}
	n.logger = slog.New(slog.NewTextHandler(&n.log, nil))
	for _, info := range survey.Regions()[:count] {
		n.regions = append(n.regions, info.Region)
	}
	n.roster.set(n.regions...)
	for _, r := range n.regions {
		n.start(r)
	}
	return n
}

func (n *nation) start(r survey.Region) {
	n.t.Helper()
	n.plugs[r] = n.fabric.plug(r)
	g, err := gossip.Open(gossip.Options{
		Region: r, Federation: federation, Network: n.plugs[r], Roster: n.roster,
		Logger: n.logger,
		Meta:   gossip.Meta{Address: string(r) + ".example:7443", Version: "v1", Index: 1},
		OnHeard: func(from survey.Region, meta gossip.Meta, direct bool) {
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.heard[r] == nil {
				n.heard[r] = map[survey.Region][]heardFrom{}
			}
			n.heard[r][from] = append(n.heard[r][from], heardFrom{meta, direct})
		},
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.nodes[r] = g
}

// kill ends a node as a power cut does: nobody is told.
func (n *nation) kill(r survey.Region) {
	n.plugs[r].kill()
	n.nodes[r].Close()
	delete(n.nodes, r)
}

func (n *nation) end() {
	for _, g := range n.nodes {
		g.Close()
	}
	time.Sleep(10 * time.Second) // memberlist's own timers
}

// until waits for the condition and returns how long it took.
func (n *nation) until(bound time.Duration, what string, ok func() bool) time.Duration {
	n.t.Helper()
	begun := time.Now()
	for !ok() {
		if time.Since(begun) > bound {
			n.t.Fatalf("not within %s: %s", bound, what)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(begun)
}

// see reports whether every one of the listeners shows the member so.
func (n *nation) see(listeners []survey.Region, member survey.Region, alive bool) bool {
	for _, l := range listeners {
		if g := n.nodes[l]; g != nil && l != member && g.Health()[member].Alive != alive {
			return false
		}
	}
	return true
}

func (n *nation) allSeeAll() bool {
	for _, r := range n.regions {
		if !n.see(n.regions, r, true) {
			return false
		}
	}
	return true
}

func TestNationSeesOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 15)
		defer n.end()
		t.Log("all see all after", n.until(10*time.Second, "all see all", n.allSeeAll))
		h := n.nodes["otv"].Health()
		if len(h) != 15 || h["sw"].Address != "sw.example:7443" || h["sw"].Version != "v1" || h["sw"].Index != 1 {
			t.Fatalf("health at otv: %+v", h)
		}
		for region, skew := range n.nodes["otv"].Skew() {
			if skew < -10*time.Millisecond || skew > 10*time.Millisecond {
				t.Errorf("skew of %s: %s", region, skew)
			}
		}
	})
}

func TestDeadNodeIsShownDeadAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 15)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		time.Sleep(time.Minute)
		for round := range 3 {
			heard := n.nodes["otv"].Health()["wessex"].LastHeard
			n.kill("wessex")
			took := n.until(15*time.Second, "wessex is dead at all", func() bool { return n.see(n.regions, "wessex", false) })
			t.Logf("round %d: shown dead after %s", round, took)
			time.Sleep(time.Duration(round*round) * 20 * time.Second)
			h := n.nodes["otv"].Health()["wessex"]
			if h.Alive || h.LastHeard.Before(heard) || h.Address != "wessex.example:7443" {
				t.Fatalf("what is kept of a dead member: %+v", h)
			}
			n.start("wessex")
			t.Log("alive again after", n.until(15*time.Second, "wessex is back and sees all", n.allSeeAll))
			time.Sleep(time.Duration(round) * 30 * time.Second)
			if !n.allSeeAll() {
				t.Fatal("a member that came back is lost again")
			}
		}
	})
}

func TestLeaveIsShownAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 15)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		g := n.nodes["gm"]
		begun := time.Now()
		g.Close()
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("Close took %s", took)
		}
		delete(n.nodes, "gm")
		n.until(200*time.Millisecond, "gm has left", func() bool { return n.see(n.regions, "gm", false) })
		n.start("gm")
		n.until(15*time.Second, "gm is back", n.allSeeAll)
	})
}

// A node that comes back at another address before anyone missed it is told
// nothing by the old connections to it, and nobody sees that they lead nowhere.
func TestQuickMoveIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 15)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		time.Sleep(time.Minute)
		n.plugs["wessex"].vanish()
		n.nodes["wessex"].Close()
		n.start("wessex")
		t.Log("whole after", n.until(15*time.Second, "wessex sees all", n.allSeeAll))
		time.Sleep(10 * time.Second)
		made := n.fabric.dialed()
		time.Sleep(5 * time.Minute)
		if !n.allSeeAll() {
			t.Error("a member that moved is lost again")
		}
		if again := n.fabric.dialed() - made; again > 0 {
			t.Errorf("%d connections were made anew in a quiet nation", again)
		}
	})
}

func TestPartitionHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 15)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		north, south := n.regions[:6], n.regions[6:]
		n.fabric.place(1, north...)
		n.until(15*time.Second, "the halves miss each other", func() bool {
			for _, r := range north {
				if !n.see(south, r, false) {
					return false
				}
			}
			return true
		})
		time.Sleep(30 * time.Minute)
		n.fabric.place(0, north...)
		t.Log("whole after", n.until(time.Minute, "all see all again", n.allSeeAll))
		time.Sleep(2 * time.Minute)
		if !n.allSeeAll() {
			t.Fatal("a healed nation fell apart again")
		}
	})
}

func TestHeadsArriveWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 15)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		time.Sleep(7 * time.Second)
		var meta gossip.Meta
		for i := range 50 {
			meta = gossip.Meta{Address: "sw.example:7443", Version: "v1", Index: uint64(i), Heads: []gossip.Head{
				{Cycle: "2022-23", Incarnation: 1, Sequence: uint64(i), Hash: [8]byte{byte(i)}},
				{Cycle: "2021-22", Incarnation: 1, Sequence: 4},
			}}
			n.nodes["sw"].Announce(meta)
		}
		n.until(time.Second, "the last head is known everywhere, from sw itself", func() bool {
			n.mu.Lock()
			defer n.mu.Unlock()
			for _, r := range n.regions {
				h := n.heard[r]["sw"]
				if r != "sw" && (len(h) == 0 || !h[len(h)-1].direct || !slices.Equal(h[len(h)-1].meta.Heads, meta.Heads)) {
					return false
				}
			}
			return true
		})
	})
}

// A member that cannot be reached directly is shown so, but its news comes
// through the others.
func TestNewsGoesRoundACut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 5)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		a, b := n.regions[0], n.regions[1]
		n.fabric.split(a, b)
		time.Sleep(time.Minute)
		n.nodes[b].Announce(gossip.Meta{Address: "new.example:7443", Version: "v2"})
		n.until(30*time.Second, "indirect news", func() bool {
			n.mu.Lock()
			defer n.mu.Unlock()
			return slices.ContainsFunc(n.heard[a][b], func(h heardFrom) bool { return h.meta.Version == "v2" && !h.direct })
		})
		if h := n.nodes[a].Health()[b]; h.Alive || h.Address != "new.example:7443" {
			t.Errorf("health of a member heard of through others: %+v", h)
		}
	})
}

func TestRosterDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, 4)
		defer n.end()
		n.until(10*time.Second, "all see all", n.allSeeAll)
		out := n.regions[3]
		n.roster.set(n.regions[:3]...)
		n.until(6*time.Second, "the removed region is gone", func() bool {
			for _, r := range n.regions[:3] {
				if _, ok := n.nodes[r].Health()[out]; ok {
					return false
				}
			}
			return true
		})
		n.roster.set(n.regions...)
		n.until(30*time.Second, "and back", n.allSeeAll)
	})
}

func TestOpenNeedsItsParts(t *testing.T) {
	if _, err := gossip.Open(gossip.Options{Region: "otv"}); !errors.Is(err, survey.ErrInvalid) {
		t.Fatalf("error: %v", err)
	}
}
