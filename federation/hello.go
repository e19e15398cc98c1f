package federation

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathHello is the node call by which every node shows the others, now and
// then, which running instance of its key it is.
const PathHello = "/node/v1/hello"

// Bounds of the greetings.
const (
	helloEvery   = 10 * time.Second // +-20 %
	helloTimeout = 5 * time.Second
	// duplicateFor is how long two instances of one key are reported after both were last heard.
	duplicateFor = time.Minute
	// instancesKept bounds how many earlier instances of one key are remembered.
	instancesKept = 16
)

// helloMessage is a greeting, and its answer. Duplicate says that the greeted node
// hears two running instances of the greeter's key.
type helloMessage struct {
	Instance  string `json:"instance"`
	Epoch     uint64 `json:"epoch"`
	Duplicate bool   `json:"twin,omitempty"`
}

// duplicates notices a key that runs twice, as after a data directory was copied. A restart never
// goes back to an earlier instance, so one that is heard again after a newer one is a second copy.
type duplicates struct {
	own string // drawn when this node started

	mu      sync.Mutex
	regions map[survey.Region]*instances
	self    time.Time // when this node was last told that it has a twin
	epoch   uint64    // the highest that another node was in
}

type instances struct {
	current string
	earlier []string
	twice   time.Time // when an earlier one was last heard again
}

func newDuplicates() *duplicates {
	return &duplicates{own: rand.Text(), regions: map[survey.Region]*instances{}}
}

// hear takes a greeting and reports whether the region's key runs twice.
func (t *duplicates) hear(region survey.Region, instance string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.regions[region]
	if of == nil {
		of = &instances{current: instance}
		t.regions[region] = of
	}

	if of.current != instance {
		if slices.Contains(of.earlier, instance) {
			of.twice = now
		}
		of.earlier = append(of.earlier, of.current)
		of.earlier = of.earlier[max(0, len(of.earlier)-instancesKept):]
		of.current = instance
	}

	return now.Sub(of.twice) < duplicateFor && !of.twice.IsZero()
}

// told notes the answer of a greeted node.
func (t *duplicates) told(answer helloMessage, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if answer.Duplicate {
		t.self = now
	}
	t.epoch = max(t.epoch, answer.Epoch)
}

// known returns the regions whose key runs twice, own first, and the highest
// epoch that another node was in.
func (t *duplicates) known(own survey.Region, now time.Time) (regions []survey.Region, epoch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.self.IsZero() && now.Sub(t.self) < duplicateFor {
		regions = append(regions, own)
	}

	for region, of := range t.regions {
		if region != own && !of.twice.IsZero() && now.Sub(of.twice) < duplicateFor {
			regions = append(regions, region)
		}
	}
	return regions, t.epoch
}

// hello answers PathHello.
func (f *Federation) hello(_ context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var said helloMessage
	if err := json.Unmarshal(request, &said); err != nil || len(said.Instance) > 64 {
		return nil, fmt.Errorf("%w: greeting of %s", survey.ErrInvalid, peer)
	}

	// A copy on another machine dials out, but is never dialled: the answer tells it of its twin.
	f.duplicates.told(helloMessage{Epoch: said.Epoch}, time.Now())
	return json.Marshal(helloMessage{Instance: f.duplicates.own, Epoch: f.registry.Epoch(),
		Duplicate: f.duplicates.hear(peer, said.Instance, time.Now())})
}

// greeting greets every other node now and then.
func (f *Federation) greeting(ctx context.Context) {
	for notifier.Pause(ctx, jitter(helloEvery)) {
		said := helloMessage{Instance: f.duplicates.own, Epoch: f.registry.Epoch()}
		var all sync.WaitGroup
		for _, m := range f.roster.others(f.options.Region) {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, helloTimeout)
				defer cancel()
				if answer, err := ask[helloMessage](ctx, f.calls, m.Region, PathHello, said); err == nil {
					f.duplicates.told(answer, time.Now())
				}
			})
		}
		all.Wait()
		f.watchEpoch(ctx)
	}
}
