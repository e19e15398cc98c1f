package federationtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	awaitStep = 100 * time.Millisecond // how often Await looks again
	// settle is how long memberlist's last probe may outlive its Close: a
	// bubble ends only when every goroutine has.
	settle = 15 * time.Second
)

// Options of New. The zero value is a federation of all regions.
type Options struct {
	Regions []survey.Region // default: all, in the licence's order
	// Founders is how many of the regions found the federation, the first
	// ones; the others come in by Join. Default: all.
	Founders int
	// SecondRegion: campaign steps need a second region's consent.
	SecondRegion bool
	Seed         uint64     // of keys and delays; printed with every failure
	Dir          string     // where the nodes' files are; default: a directory of the test's
	Log          slog.Level // of the nodes' logs, shown with -v when TRACKER_LOG is set
	// Prepare changes what each node is opened with; optional.
	Prepare func(*federation.Options)
	// Editions are what each node's records know; optional.
	Editions map[survey.Region]*survey.Editions
}

// Federation is a running federation of real nodes over a Fabric.
type Federation struct {
	*Fabric
	t        testing.TB
	seed     uint64
	dir      string
	regions  []survey.Region
	founders int
	nodes    map[survey.Region]*Node
	log      *slog.Logger
	prepare  func(*federation.Options)
	editions map[survey.Region]*survey.Editions
}

// Node is one region's node. Federation and Records are those of its newest
// start.
type Node struct {
	*federation.Federation
	Region  survey.Region
	Records *store.Store
	Dir     string

	of      *Federation
	key     *identity.Key
	running bool
}

// New founds a federation and starts every node. It does not wait for a
// leader. The test's end stops all nodes and checks their records; it needs a
// bubble, or waits for settle on the real clock.
func New(t testing.TB, o Options) *Federation {
	t.Helper()
	if o.Regions == nil {
		for _, info := range survey.Regions() {
			o.Regions = append(o.Regions, info.Region)
		}
	}

	if o.Dir == "" {
		o.Dir = t.TempDir()
	}

	f := &Federation{
		Fabric: NewFabric(o.Seed), t: t, seed: o.Seed, dir: o.Dir, regions: o.Regions,
		nodes: map[survey.Region]*Node{}, log: slog.New(slog.DiscardHandler), prepare: o.Prepare, editions: o.Editions,
	}

	if os.Getenv("TRACKER_LOG") != "" {
		f.log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: o.Log}))
	}
	if f.founders = o.Founders; f.founders == 0 {
		f.founders = len(o.Regions)
	}

	t.Cleanup(f.close)
	f.found(o)
	for _, region := range f.regions[:f.founders] {
		f.Start(region)
	}
	return f
}

// found gives every node its directory, its key and the founding roster.
func (f *Federation) found(o Options) {
	f.t.Helper()
	peers := federation.Peers{Founder: f.regions[0], Policy: "open", SoloSteps: !o.SecondRegion}
	for i, region := range f.regions {
		seed := [32]byte{byte(f.seed), byte(f.seed >> 8), byte(i)}
		copy(peers.Federation[:], seed[:2])
		n := &Node{Region: region, Dir: filepath.Join(f.dir, string(region)), of: f, key: identity.FromSeed(seed)}
		f.nodes[region] = n
		if i >= f.founders {
			continue
		}
		peers.Members = append(peers.Members, survey.Member{Region: region, Key: n.key.Public(),
			Address: string(region) + ":7443", Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1})
	}

	for i, region := range f.regions {
		n := f.nodes[region]
		if err := os.MkdirAll(n.Dir, 0o700); err != nil {
			f.Fatalf("%v", err)
		}
		if i >= f.founders {
			continue
		}
		if err := peers.Save(n.Dir); err != nil {
			f.Fatalf("%v", err)
		}
	}
}

// Regions returns the regions in the order of the roster.
func (f *Federation) Regions() []survey.Region { return append([]survey.Region(nil), f.regions...) }

// As returns a region's node.
func (f *Federation) As(region survey.Region) *Node {
	f.t.Helper()
	n := f.nodes[region]
	if n == nil {
		f.Fatalf("there is no node of %s", region)
	}
	return n
}

// Start starts a stopped node on the files it left.
func (f *Federation) Start(region survey.Region) {
	f.t.Helper()
	n := f.As(region)
	if n.running {
		f.Fatalf("%s is running already", region)
	}

	log := f.log.With("node", string(region))
	var err error
	if n.Records, err = store.Open(store.Options{Path: filepath.Join(n.Dir, "records.db"), Region: region,
		Editions: f.editions[region], Logger: log}); err != nil {
		f.Fatalf("start %s: %v", region, err)
	}

	options := federation.Options{Dir: n.Dir, Region: region, Key: n.key, Records: n.Records,
		Network: f.Fabric.Node(region), Version: "test", Logger: log}
	if f.prepare != nil {
		f.prepare(&options)
	}

	n.Federation, err = federation.Open(options)
	if err != nil {
		f.Fatalf("start %s: %v", region, err)
	}
	n.running = true
}

// Stop stops a node in good order: it hands leadership over and says goodbye.
func (f *Federation) Stop(region survey.Region) {
	f.t.Helper()
	f.halt(region, false)
}

// Crash takes a node's machine off the network at once, and then closes its
// files. Tests with real processes show the files that a loss of power leaves.
func (f *Federation) Crash(region survey.Region) {
	f.t.Helper()
	f.halt(region, true)
}

func (f *Federation) halt(region survey.Region, crash bool) {
	f.t.Helper()
	n := f.As(region)
	if !n.running {
		return
	}
	n.running = false

	// A node without its network cannot close in good order.
	report := f.t.Errorf
	if crash {
		f.Fabric.Stop(region)
		report = f.t.Logf
	}
	if err := n.Federation.Close(); err != nil {
		report("stop %s: %v", region, err)
	}
	n.closeRecords()
	f.Fabric.Stop(region)
}

// closeRecords checks the records before it closes them: aggregates equal
// their recomputation, always.
func (n *Node) closeRecords() {
	report, err := n.Records.Check(context.Background())

	switch {
	case err != nil:
		n.of.t.Errorf("check the records of %s: %v", n.Region, err)
	case !report.Clean():
		n.of.t.Errorf("the records of %s are not clean: %+v (seed %d)", n.Region, report, n.of.seed)
	}

	if err := n.Records.Close(); err != nil {
		n.of.t.Errorf("close the records of %s: %v", n.Region, err)
	}
}

func (f *Federation) close() {
	// A node that is cut off cannot hand leadership over.
	f.HealAll()
	for _, region := range f.regions {
		if n := f.nodes[region]; n != nil && n.running {
			f.Stop(region)
		}
	}
	time.Sleep(settle)
}

// Running returns the regions whose nodes run.
func (f *Federation) Running() []survey.Region {
	var running []survey.Region
	for _, region := range f.regions {
		if f.nodes[region].running {
			running = append(running, region)
		}
	}
	return running
}

// Fatalf ends the test with the seed that made it.
func (f *Federation) Fatalf(format string, args ...any) {
	f.t.Helper()
	f.t.Fatalf("%s (seed %d)", fmt.Sprintf(format, args...), f.seed)
}

// Await waits until holds is true at every one of the regions, for at most within, and fails the
// test otherwise.
func (f *Federation) Await(within time.Duration, what string, regions []survey.Region, holds func(*Node) bool) {
	f.t.Helper()
	deadline := time.Now().Add(within)
	for {
		var not []survey.Region
		for _, region := range regions {
			if !holds(f.As(region)) {
				not = append(not, region)
			}
		}
		if len(not) == 0 {
			return
		}
		if !time.Now().Before(deadline) {
			f.Fatalf("after %s, %s does not hold at %v", within, what, not)
		}
		time.Sleep(awaitStep)
	}
}

// AwaitReady waits until every running node can take claims.
func (f *Federation) AwaitReady(within time.Duration) {
	f.t.Helper()
	f.Await(within, "being ready for claims", f.Running(), func(n *Node) bool { return n.ReadyForClaims() == nil })
}

// Leader waits for a leader that all the given regions agree on.
func (f *Federation) Leader(within time.Duration, regions []survey.Region) survey.Region {
	f.t.Helper()
	var leader survey.Region
	f.Await(within, "agreeing on a leader", regions, func(n *Node) bool {
		if n.Region == regions[0] {
			leader = n.RegistryStatus().Leader
		}
		return leader != "" && n.RegistryStatus().Leader == leader
	})
	return leader
}
