package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// cluster is a few registries on a fabric, with real Raft and real log files.
type cluster struct {
	t          testing.TB
	fabric     *fabric
	federation identity.FederationID
	founding   Founding
	regions    []survey.Region
	dir        string
	timing     Timing

	mu    sync.Mutex
	nodes map[survey.Region]*Registry
}

func newCluster(t testing.TB, dir string, regions ...survey.Region) *cluster {
	c := &cluster{t: t, fabric: newFabric(), federation: identity.FederationID{7}, regions: regions, dir: dir,
		nodes: map[survey.Region]*Registry{}}
	c.founding = Founding{Federation: c.federation, Policy: "open"}
	for _, region := range regions {
		c.founding.Members = append(c.founding.Members, testMember(region))
	}
	return c
}

func (c *cluster) startAll() {
	c.t.Helper()
	for _, region := range c.regions {
		c.start(region)
	}
}

func (c *cluster) start(region survey.Region) *Registry {
	c.t.Helper()
	logger := slog.New(slog.DiscardHandler)
	if testing.Verbose() && os.Getenv("REGISTRY_LOG") != "" {
		logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", region)
	}
	r, err := Open(Options{
		Dir: filepath.Join(c.dir, string(region)), Region: region, Key: testKey(region), Federation: c.federation,
		Founding: &c.founding, Bootstrap: region == c.regions[0], Network: &port{c.fabric, region},
		Call: func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error) {
			return c.call(ctx, region, to, path, request)
		},
		Definite:  func(err error) bool { return errors.Is(err, errUnreachable) },
		Reachable: func() int { return c.reachable(region) },
		Timing:    c.timing, Logger: logger,
	})
	if err != nil {
		c.t.Fatalf("open %s: %v", region, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[region] = r
	return r
}

func (c *cluster) node(region survey.Region) *Registry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[region]
}

func (c *cluster) stop(region survey.Region) {
	c.t.Helper()
	c.mu.Lock()
	r := c.nodes[region]
	delete(c.nodes, region)
	c.mu.Unlock()
	if r != nil {
		if err := r.Close(); err != nil {
			c.t.Errorf("close %s: %v", region, err)
		}
	}
}

func (c *cluster) stopAll() {
	for _, region := range c.regions {
		c.stop(region)
	}
}

func (c *cluster) reachable(region survey.Region) int {
	n := 0
	for _, other := range c.regions {
		if c.node(other) != nil && !c.fabric.parted(region, other) {
			n++
		}
	}
	return n
}

// call is a node call: a request that is cut off on its way back has an unknown
// outcome.
func (c *cluster) call(ctx context.Context, from, to survey.Region, path string, request []byte) ([]byte, error) {
	r := c.node(to)
	if r == nil || c.fabric.parted(from, to) {
		return nil, errUnreachable
	}
	if c.fabric.delay > 0 {
		time.Sleep(c.fabric.delay)
	}
	handle := r.Forward
	if path == PathReadIndex {
		handle = r.ReadIndex
	}
	response, err := handle(ctx, from, request)
	if c.fabric.parted(from, to) {
		return nil, errors.New("interrupted")
	}
	if c.fabric.delay > 0 {
		time.Sleep(c.fabric.delay)
	}
	return response, err
}

// leader waits until the regions that are left agree on a founded leader.
func (c *cluster) leader(among ...survey.Region) survey.Region {
	c.t.Helper()
	if len(among) == 0 {
		among = c.regions
	}
	for range 400 {
		agreed := survey.Region("")
		for i, region := range among {
			s := c.node(region).Status()
			if !s.Founded || i > 0 && s.Leader != agreed {
				agreed = ""
				break
			}
			agreed = s.Leader
		}
		if agreed != "" && c.node(agreed) != nil && c.node(agreed).Status().State == "Leader" {
			return agreed
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.t.Fatalf("no leader among %v", among)
	return ""
}

func (c *cluster) others(than survey.Region) []survey.Region {
	var out []survey.Region
	for _, region := range c.regions {
		if region != than {
			out = append(out, region)
		}
	}
	return out
}

// prepare opens a campaign and adds n companies.
func (c *cluster) prepare(n int) []survey.Identifier {
	c.t.Helper()
	r := c.node(c.leader())
	ctx := context.Background()
	if o, err := r.OpenCampaign(ctx, survey.Request{ID: "open"}, survey.Campaign{Cycle: "2022-23"}); err != nil || o.Refusal != nil {
		c.t.Fatalf("open: %+v %v", o, err)
	}
	var ids []survey.Identifier
	var list []survey.NewOrganisation
	for i := range n {
		id := survey.Identifier(fmt.Sprintf("GB-COH:%08d", 99000000+i))
		ids = append(ids, id)
		list = append(list, survey.NewOrganisation{Identifiers: []survey.Identifier{id}, Name: fmt.Sprintf("Invented Company %d Limited", i)})
	}
	outcomes, err := r.AddOrganisations(ctx, survey.Request{ID: "add"}, list)
	if err != nil {
		c.t.Fatalf("add: %v", err)
	}
	for _, o := range outcomes {
		if o.Status != survey.OutcomeCreated {
			c.t.Fatalf("add: %+v %v", o, o.Refusal)
		}
	}
	return ids
}

// inBubble runs the test on fake time.
func inBubble(t *testing.T, test func(t *testing.T, c *cluster)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, "otv", "wessex", "sw")
		c.startAll()
		defer c.stopAll()
		test(t, c)
	})
}

func TestThreeNodes(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(1200)
		leader := c.leader()
		followers := c.others(leader)

		// A follower claims: it sees its own write at once.
		r := c.node(followers[0])
		began := time.Now()
		outcomes, err := r.Claim(ctx, survey.Request{ID: "first", Actor: 3}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Status != survey.OutcomeGranted {
			t.Fatalf("claim: %+v %v", outcomes, err)
		}
		if took := time.Since(began); took > 50*time.Millisecond {
			t.Errorf("a forwarded claim took %s on a network without delay", took)
		}
		if claim, err := r.ClaimOf("2022-23", ids[0]); err != nil || claim.Region != followers[0] {
			t.Errorf("own claim is not seen: %+v %v", claim, err)
		}

		// The other one is refused and told who holds it.
		other := c.node(followers[1])
		outcomes, err = other.Claim(ctx, survey.Request{ID: "second"}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Refusal == nil || outcomes[0].Refusal.Holder != followers[0] || outcomes[0].Refusal.Since.IsZero() {
			t.Fatalf("second claim: %+v %v", outcomes, err)
		}

		// The same request again has the same outcome; another list has none.
		again, err := r.Claim(ctx, survey.Request{ID: "first"}, "2022-23", ids[:1])
		if err != nil || again[0].Status != survey.OutcomeGranted || again[0].Number != again[0].Claim.Token {
			t.Errorf("retry: %+v %v", again, err)
		}
		reused, err := r.Claim(ctx, survey.Request{ID: "first"}, "2022-23", ids[:2])
		if err != nil || reused[1].Refusal == nil || reused[1].Refusal.Code != survey.RefusedRequestReused {
			t.Errorf("reused request: %+v %v", reused, err)
		}

		// A long list is split and comes back in its order.
		list, err := other.Claim(ctx, survey.Request{ID: "list"}, "2022-23", append(ids[:len(ids):len(ids)], ids[5], "nonsense"))
		if err != nil || len(list) != len(ids)+2 {
			t.Fatalf("list: %d outcomes, %v", len(list), err)
		}
		for i, id := range ids[1:] {
			if o := list[i+1]; o.ID != id || o.Status != survey.OutcomeGranted {
				t.Fatalf("item %d: %+v", i+1, o)
			}
		}
		if list[len(ids)].Refusal.Code != survey.RefusedDuplicateInList || list[len(ids)+1].Refusal.Code != survey.RefusedInvalid {
			t.Errorf("the end of the list: %+v", list[len(ids):])
		}

		// Fresh reads include it everywhere.
		for _, region := range c.regions {
			fresh, err := c.node(region).Await(ctx, survey.Consistency{Linearizable: true})
			if err != nil || fresh.Index < list[len(ids)-1].Number {
				t.Errorf("%s: fresh read at %d: %v", region, fresh.Index, err)
			}
			counts, err := c.node(region).Counts("2022-23")
			if err != nil || counts.Claimed != len(ids) {
				t.Errorf("%s counts %+v: %v", region, counts, err)
			}
		}
	})
}

func TestLeaderStops(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(3)
		leader := c.leader()
		left := c.others(leader)
		r := c.node(left[0])
		before, err := r.Claim(ctx, survey.Request{ID: "before"}, "2022-23", ids[:1])
		if err != nil {
			t.Fatal(err)
		}
		c.stop(leader)
		began := time.Now()
		after, err := r.Claim(ctx, survey.Request{ID: "after"}, "2022-23", ids[1:2])
		if err != nil || after[0].Status != survey.OutcomeGranted {
			t.Fatalf("claim while there is no leader: %+v %v", after, err)
		}
		t.Logf("a claim after the leader stopped took %s", time.Since(began))
		again, err := r.Claim(ctx, survey.Request{ID: "before"}, "2022-23", ids[:1])
		if err != nil || again[0].Number != before[0].Number || again[0].Status != before[0].Status {
			t.Errorf("retry after a change of leader: %+v, first %+v: %v", again, before, err)
		}
		// It is also the same when the retry goes through the log.
		second := c.leader(left...)
		body := c.node(left[0]).body(typeClaim, survey.Request{ID: "before"}, items("2022-23", ids[0]))
		reply, err := c.call(ctx, left[0], second, PathForward, mustEncode(forwardRequest{Rows: []row{signRow(testKey(left[0]), body)}}))
		if err != nil {
			t.Fatal(err)
		}
		var response forwardResponse
		if err := decode(reply, &response); err != nil || response.Fate != fateRecorded {
			t.Fatalf("forwarded retry: %+v %v", response, err)
		}
		kept, err := decodeOutcomes(response.Outcomes[0])
		if err != nil || kept[0].Number != before[0].Number {
			t.Errorf("forwarded retry: %+v %v", kept, err)
		}
		// The stopped one comes back and catches up.
		c.start(leader)
		c.leader()
		if _, err := c.node(leader).Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		if claim, err := c.node(leader).ClaimOf("2022-23", ids[1]); err != nil || claim.Region != left[0] {
			t.Errorf("after its return: %+v %v", claim, err)
		}
	})
}

func TestMinoritySaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(3)
		alone := c.others(c.leader())[0]
		c.fabric.setCut(alone, true)
		time.Sleep(5 * time.Second)
		began := time.Now()
		_, err := c.node(alone).Claim(ctx, survey.Request{ID: "alone"}, "2022-23", ids[:1])
		if !errors.Is(err, survey.ErrNoQuorum) || time.Since(began) > 5*time.Second {
			t.Errorf("a claim on the minority side: %v after %s", err, time.Since(began))
		}
		if _, err := c.node(alone).Await(ctx, survey.Consistency{Linearizable: true}); !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a fresh read on the minority side: %v", err)
		}
		if _, err := c.node(alone).Await(ctx, survey.Consistency{MaxAge: 2 * time.Second}); !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a read of at most 2 s on the minority side: %v", err)
		}
		fresh, err := c.node(alone).Await(ctx, survey.Consistency{})
		if err != nil || fresh.Age < 5*time.Second || fresh.Index == 0 {
			t.Errorf("a local read on the minority side: %+v %v", fresh, err)
		}
		// The others go on, and after healing the same request is decided.
		majority := c.others(alone)
		if _, err := c.node(majority[0]).Claim(ctx, survey.Request{ID: "on"}, "2022-23", ids[:1]); err != nil {
			t.Errorf("the majority cannot claim: %v", err)
		}
		c.fabric.setCut(alone, false)
		time.Sleep(15 * time.Second)
		outcomes, err := c.node(alone).Claim(ctx, survey.Request{ID: "alone"}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Refusal == nil || outcomes[0].Refusal.Holder != majority[0] {
			t.Errorf("after healing: %+v %v", outcomes, err)
		}
	})
}

func TestCutLeaderDoesNotKnow(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(3)
		leader := c.leader()
		c.fabric.setCut(leader, true)
		_, err := c.node(leader).Claim(ctx, survey.Request{ID: "cut"}, "2022-23", ids[:1])
		if !errors.Is(err, survey.ErrUnknownOutcome) && !errors.Is(err, survey.ErrNoQuorum) {
			t.Errorf("a claim at a leader that was just cut off: %v", err)
		}
		left := c.others(leader)
		c.leader(left...)
		if _, err := c.node(left[0]).Claim(ctx, survey.Request{ID: "left"}, "2022-23", ids[:1]); err != nil {
			t.Fatal(err)
		}
		c.fabric.setCut(leader, false)
		time.Sleep(15 * time.Second)
		outcomes, err := c.node(leader).Claim(ctx, survey.Request{ID: "cut"}, "2022-23", ids[:1])
		if err != nil || outcomes[0].Refusal == nil || outcomes[0].Refusal.Holder != left[0] {
			t.Errorf("the retry: %+v %v", outcomes, err)
		}
	})
}

func TestRestartAloneServesWhatWasCommitted(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ctx := context.Background()
		ids := c.prepare(40)
		leader := c.leader()
		for i, id := range ids {
			if _, err := c.node(leader).Claim(ctx, survey.Request{ID: fmt.Sprint("claim ", i)}, "2022-23", []survey.Identifier{id}); err != nil {
				t.Fatal(err)
			}
		}
		number := c.node(leader).Number()
		c.stopAll()
		r := c.start(leader)
		// Without a majority only what the log says to be committed is applied:
		// all but the last entries.
		if got := r.Number(); got < number-2 || got > number {
			t.Errorf("restarted alone at number %d of %d", got, number)
		}
		if fresh, err := r.Await(ctx, survey.Consistency{}); err != nil || fresh.Age != -1 {
			t.Errorf("age before any contact: %+v %v", fresh, err)
		}
		for _, region := range c.others(leader) {
			c.start(region)
		}
		c.leader()
		if _, err := r.Await(ctx, survey.Consistency{Linearizable: true}); err != nil || r.Number() != number {
			t.Errorf("after the others came: number %d of %d: %v", r.Number(), number, err)
		}
	})
}
