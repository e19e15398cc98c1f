package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
	"github.com/ahsn-network/tracker/store/survey"
)

// cluster is a few registries on a fabric, with real Raft and real log files.
type cluster struct {
	t          testing.TB
	fabric     *fabric
	federation identity.FederationID
	founding   state.Founding
	regions    []survey.Region
	dir        string
	timing     Timing
	forwards   atomic.Int64 // calls of PathForward

	mu    sync.Mutex
	nodes map[survey.Region]*Registry

	faults map[survey.Region]Faults // of a node from its next start on
}

func newCluster(t testing.TB, dir string, regions ...survey.Region) *cluster {
	c := &cluster{t: t, fabric: newFabric(), federation: identity.FederationID{7}, regions: regions, dir: dir,
		nodes: map[survey.Region]*Registry{}, faults: map[survey.Region]Faults{}}
	c.founding = state.Founding{Federation: c.federation, Policy: "open", SoloSteps: true}
	for _, region := range regions {
		c.founding.Members = append(c.founding.Members, statetest.Member(region))
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
		Dir: filepath.Join(c.dir, string(region)), Region: region, Key: statetest.Key(region), Federation: c.federation,
		Founding: &c.founding, Bootstrap: region == c.regions[0], Network: &port{c.fabric, region},
		Call: func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error) {
			return c.call(ctx, region, to, path, request)
		},
		Definite:  func(err error) bool { return errors.Is(err, errUnreachable) },
		Reachable: func() int { return c.reachable(region) },
		Timing:    c.timing, Logger: logger, Faults: c.faults[region],
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
	switch path {
	case PathForward:
		c.forwards.Add(1)
	case PathReadIndex:
		handle = r.ReadIndex
	case PathDigest:
		handle = r.ServeDigest
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
	t.Helper()
	farApart(t, 0, test)
}

// farApart is inBubble with nodes whose calls take so long, one way.
func farApart(t *testing.T, delay time.Duration, test func(t *testing.T, c *cluster)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, "otv", "wessex", "sw")
		c.fabric.delay = delay
		c.startAll()
		defer c.stopAll()
		test(t, c)
	})
}
