package registry

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkClaim claims one company at a time, from all three nodes, through
// real Raft with its log on this disk; the network is in memory.
func BenchmarkClaim(b *testing.B) {
	for _, clients := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			c := newCluster(b, b.TempDir(), "otv", "wessex", "sw")
			c.startAll()
			defer c.stopAll()
			ids := c.prepare(2000)
			c.leader()
			var next atomic.Int64
			var group sync.WaitGroup
			took := make([]time.Duration, b.N)
			b.ResetTimer()
			for client := range clients {
				group.Go(func() {
					r := c.node(c.regions[client%len(c.regions)])
					if clients == 1 {
						r = c.node(c.others(c.node("otv").Status().Leader)[0]) // the longer way
					}
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						request := survey.Request{ID: fmt.Sprintf("claim %d", n)}
						began := time.Now()
						if _, err := r.Claim(context.Background(), request, "2022-23", ids[n%int64(len(ids)):][:1]); err != nil {
							b.Error(err)
							return
						}
						took[n-1] = time.Since(began)
					}
				})
			}
			group.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkClaimList claims lists of 5,000 new companies at a follower of
// fifteen nodes: until the list is applied there.
func BenchmarkClaimList(b *testing.B) {
	const rows = 5000
	var regions []survey.Region
	for _, info := range survey.Regions() {
		regions = append(regions, info.Region)
	}
	c := newCluster(b, b.TempDir(), regions...)
	c.startAll()
	defer c.stopAll()
	ids := c.prepare(rows)
	follower := c.node(c.others(c.leader())[0])
	b.ResetTimer()
	for n := range b.N {
		cycle := survey.Cycle(fmt.Sprintf("20%02d-%02d", 30+n%60, 31+n%60))
		b.StopTimer()
		if o, err := follower.OpenCampaign(context.Background(), survey.Request{ID: fmt.Sprintf("open %d", n)}, survey.Campaign{Cycle: cycle}); err != nil || o.Refusal != nil {
			b.Fatal(o, err)
		}
		b.StartTimer()
		outcomes, err := follower.Claim(context.Background(), survey.Request{ID: fmt.Sprintf("list %d", n)}, cycle, ids)
		if err != nil || outcomes[0].Status != survey.OutcomeGranted || outcomes[rows-1].Status != survey.OutcomeGranted {
			b.Fatal(outcomes[0], err)
		}
	}
}
