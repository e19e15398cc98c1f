package totals

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// nation is a few nodes that call one another in memory.
type nation struct {
	t        *testing.T
	registry *registry
	regions  []survey.Region
	records  map[survey.Region]*records
	archives map[survey.Region]*archive

	mu    sync.Mutex
	nodes map[survey.Region]*Totals
	cut   map[survey.Region]bool
	calls int
	bytes int64 // of requests and answers
	stop  chan struct{}
	done  sync.WaitGroup
}

var errCut = errors.New("unreachable")

func found(t *testing.T, regions ...survey.Region) *nation {
	n := &nation{
		t: t, registry: newRegistry(regions...), regions: regions,
		records: map[survey.Region]*records{}, archives: map[survey.Region]*archive{},
		nodes: map[survey.Region]*Totals{}, cut: map[survey.Region]bool{}, stop: make(chan struct{}),
	}
	for _, r := range regions {
		n.records[r], n.archives[r] = &records{}, newArchive()
	}
	for _, r := range regions {
		n.start(r)
	}
	n.done.Go(n.beacons)
	return n
}

func (n *nation) start(r survey.Region) {
	n.t.Helper()
	node, err := Open(Options{
		Region: r, Federation: federation, Key: keyOf(r), Records: n.records[r], Registry: n.registry, Claims: n.registry, Revisions: n.registry, Archive: n.archives[r], Releases: n.archives[r], TakenOver: n.records[r].takenOver,
		Call: func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error) {
			return n.call(ctx, r, to, path, request)
		},
		Announce: func() { n.tell(r) },
		Alive: func() (out []survey.Region) {
			for _, other := range n.regions {
				if other != r && n.linked(r, other) {
					out = append(out, other)
				}
			}
			return out
		},
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	n.nodes[r] = node
	n.mu.Unlock()
}

func (n *nation) close(r survey.Region) {
	n.mu.Lock()
	node := n.nodes[r]
	delete(n.nodes, r)
	n.mu.Unlock()
	if err := node.Close(); err != nil {
		n.t.Error(err)
	}
}

func (n *nation) end() {
	close(n.stop)
	n.done.Wait()
	for _, r := range n.regions {
		if n.node(r) != nil {
			n.close(r)
		}
	}
}

func (n *nation) node(r survey.Region) *Totals {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nodes[r]
}

func (n *nation) separate(r survey.Region, apart bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[r] = apart
}

func (n *nation) linked(a, b survey.Region) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nodes[a] != nil && n.nodes[b] != nil && !n.cut[a] && !n.cut[b]
}

func (n *nation) call(ctx context.Context, from, to survey.Region, path string, request []byte) ([]byte, error) {
	time.Sleep(20 * time.Millisecond)
	if !n.linked(from, to) {
		<-ctx.Done()
		return nil, errCut
	}
	callee := n.node(to)
	if callee == nil { // closed meanwhile
		return nil, errCut
	}
	serve := callee.ServeVector
	if path == PathSummary {
		serve = callee.ServeSummary
	}
	answer, err := serve(ctx, from, request)
	n.mu.Lock()
	n.calls++
	n.bytes += int64(len(request) + len(answer))
	n.mu.Unlock()
	return answer, err
}

// asked is the number of calls so far.
func (n *nation) asked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls
}

// carried is the number of bytes so far.
func (n *nation) carried() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bytes
}

// tell is gossip: the region's beacon reaches whom it can.
func (n *nation) tell(from survey.Region) {
	speaker := n.node(from)
	if speaker == nil {
		return
	}
	heads := speaker.Heads()
	for _, to := range n.regions {
		if listener := n.node(to); to != from && listener != nil && n.linked(from, to) { // it may be closed meanwhile
			listener.Heard(from, heads, time.Now(), true)
		}
	}
}

func (n *nation) beacons() {
	ticker := time.NewTicker(4 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-n.stop:
			return
		case <-ticker.C:
			for _, r := range n.regions {
				n.tell(r)
			}
		}
	}
}

func (n *nation) until(bound time.Duration, what string, ok func() bool) time.Duration {
	n.t.Helper()
	begun := time.Now()
	for !ok() {
		if time.Since(begun) > bound {
			n.t.Fatalf("not within %s: %s", bound, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(begun)
}

func (n *nation) ask(r survey.Region, q survey.TotalsQuery) survey.Totals {
	n.t.Helper()
	if q.Cycle == "" {
		q.Cycle = cycle
	}
	totals, err := n.node(r).National(n.t.Context(), q)
	if err != nil {
		n.t.Fatalf("totals at %s: %v", r, err)
	}
	return totals
}

func figure(figures []survey.Figure, metric string) survey.Figure {
	for _, f := range figures {
		if f.Metric == metric {
			return f
		}
	}
	return survey.Figure{Metric: "no such figure: " + metric}
}
