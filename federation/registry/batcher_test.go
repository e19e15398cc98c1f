package registry

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestBatcher: claims that are made at the same time at one node get each their
// own answer, in fewer calls than claims, and one that the leader refuses holds
// up no other. The way takes its time, so that there are claims that wait.
func TestBatcher(t *testing.T) {
	farApart(t, 10*time.Millisecond, func(t *testing.T, c *cluster) {
		const claims = 100
		ids := c.prepare(2 * claims)
		r := c.node(c.others(c.leader())[0])
		var group sync.WaitGroup
		all := func(ids []survey.Identifier) {
			for _, id := range ids {
				group.Go(func() {
					o, err := r.Claim(context.Background(), survey.Request{ID: "claim " + string(id)}, "2022-23", []survey.Identifier{id})
					if err != nil || o[0].Status != survey.OutcomeGranted || o[0].ID != id {
						t.Errorf("claim of %s: %+v %v", id, o, err)
					}
				})
			}
		}
		before := c.forwards.Load()
		all(ids[:claims])
		group.Wait()
		calls := c.forwards.Load() - before
		if t.Logf("%d calls", calls); calls > claims/2 {
			t.Errorf("%d calls for %d claims", calls, claims)
		}
		// A row that no member signed is refused before it enters the log; the
		// others of its call go each alone.
		group.Go(func() {
			alien := r.body(survey.Request{ID: "alien"}, state.ClaimCompanies("2022-23", ids[:1])[0])
			alien.Federation = []byte("another")
			alien.Origin = "sw"
			if _, err := r.batcher.submit(context.Background(), alien); err == nil {
				t.Error("a row of another origin was recorded")
			}
		})
		all(ids[claims:])
		group.Wait()
	})
}
