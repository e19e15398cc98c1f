package federation_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkClaims claims one company at a time at three nodes, whose files are
// on this disk: at the registry alone, and as people do, with an audit entry
// for each.
func BenchmarkClaims(b *testing.B) {
	f := federationtest.New(b, federationtest.Options{Regions: []survey.Region{"otv", "gm", "wessex"}, Seed: 1})
	f.AwaitReady(30 * time.Second)
	n := f.As("otv")
	if _, err := n.Campaigns().OpenCampaign(b.Context(), federationtest.Request(), survey.Campaign{Cycle: federationtest.Cycle}); err != nil {
		b.Fatal(err)
	}
	type claim func(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	company := 0
	for _, clients := range []int{1, 16} {
		for _, audited := range []bool{false, true} {
			b.Run(fmt.Sprintf("clients=%d/audited=%v", clients, audited), func(b *testing.B) {
				ids := make([]survey.Identifier, b.N)
				items := make([]survey.NewOrganisation, b.N)
				for i := range ids {
					company++
					ids[i] = survey.Identifier(fmt.Sprintf("GB-COH:9%07d", company))
					items[i] = survey.NewOrganisation{Identifiers: ids[i : i+1], Name: fmt.Sprintf("Company %d Ltd", company)}
				}
				for some := range slices.Chunk(items, 5000) {
					if _, err := n.Organisations().AddOrganisations(b.Context(), federationtest.Request(), some); err != nil {
						b.Fatal(err)
					}
				}

				took := make([]time.Duration, b.N)
				var next atomic.Int64
				var group sync.WaitGroup
				b.ResetTimer()
				for client := range clients {
					at := f.As(f.Regions()[client%3])
					claim := claim(at.Claims().Claim)
					if !audited {
						claim = at.Registry().Claim
					}
					group.Go(func() {
						for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
							begun := time.Now()
							outcomes, err := claim(b.Context(), federationtest.Request(), federationtest.Cycle, ids[i:i+1])
							if err != nil || outcomes[0].Refusal != nil {
								b.Errorf("%v %v", outcomes, err)
								return
							}
							took[i] = time.Since(begun)
						}
					})
				}
				group.Wait()
				b.StopTimer()

				slices.Sort(took)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			})
		}
	}
}
