package registry

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimBodies are n rows of the region, each a claim of one company.
func claimBodies(b *bench, region survey.Region, ids []survey.Identifier) []rowBody {
	bodies := make([]rowBody, len(ids))
	for i, id := range ids {
		bodies[i] = b.body(region, typeClaim, items("2022-23", id))
	}
	return bodies
}

// TestSignedTogether: each row that was signed with others is verified by
// itself, and nothing that differs in one bit.
func TestSignedTogether(t *testing.T) {
	b, ids := ready(t, maxTogether, "otv", "sw")
	key := testKey("otv")
	for _, n := range []int{2, 3, 5, 8, 33, maxTogether} {
		rows := signTogether(key, encodeTogether(claimBodies(b, "otv", ids[:n])))
		for i, r := range rows {
			if !verifyRow(key.Public(), r) || verifyRow(testKey("sw").Public(), r) {
				t.Fatalf("row %d of %d", i, n)
			}
			if other := rows[(i+1)%n]; verifyRow(key.Public(), row{other.Body, r.Signature}) {
				t.Errorf("row %d of %d has the signature of its neighbour", i, n)
			}
		}
		r := rows[n/2]
		for at := range r.Signature {
			bent := row{r.Body, bytes.Clone(r.Signature)}
			bent.Signature[at] ^= 1 << (at % 8)
			if verifyRow(key.Public(), bent) {
				t.Errorf("of %d: byte %d of the signature is free", n, at)
			}
		}
		for _, bent := range []row{{r.Body, r.Signature[:len(r.Signature)-1]}, {r.Body, append(bytes.Clone(r.Signature), 0)}, {r.Body[1:], r.Signature}} {
			if verifyRow(key.Public(), bent) {
				t.Errorf("of %d: %d bytes signed by %d", n, len(bent.Body), len(bent.Signature))
			}
		}
	}
}

// TestTogetherApplied: rows that were signed together are decided as others
// are, where every voter can check them, and nowhere else.
func TestTogetherApplied(t *testing.T) {
	rows := func(b *bench, ids []survey.Identifier) []row {
		return signTogether(testKey("otv"), encodeTogether(claimBodies(b, "otv", ids)))
	}
	first := func(r rowResult) survey.Outcome {
		outcomes, err := decodeOutcomes(r.Outcomes)
		if err != nil {
			t.Fatal(err)
		}
		return outcomes[0]
	}
	t.Run("every voter knows them", func(t *testing.T) {
		b := newBench()
		f := b.founding("otv", "sw")
		f.Level, f.SoloSteps = FeatureLevel, true
		b.foundAs(f)
		b.do("otv", typeOpenCampaign, campaign("2022-23"))
		_, ids := addCompanies(t, b, 7)
		results, upgrade := b.state.apply(b.entry(rows(b, ids[:5])...))
		for i, r := range results {
			if o := first(r); o.Status != survey.OutcomeGranted || o.ID != ids[i] || upgrade {
				t.Errorf("claim %d: %+v", i, o)
			}
		}
		var old [][]byte
		for _, body := range claimBodies(b, "otv", ids[5:]) {
			old = append(old, mustEncode(body))
		}
		before := b.state.view().federation().Number
		results, _ = b.state.apply(b.entry(signTogether(testKey("otv"), old)...))
		if o := first(results[0]); o.Refusal == nil || b.state.view().federation().Number != before {
			t.Errorf("a row of the first version, signed together: %+v", o)
		}
	})
	t.Run("some do not", func(t *testing.T) {
		b, ids := ready(t, 3, "otv", "sw")
		results, _ := b.state.apply(b.entry(rows(b, ids)...))
		for i, r := range results {
			if o := first(r); o.Refusal == nil || o.Refusal.Code != survey.RefusedNeedsUpgrade {
				t.Errorf("claim %d: %+v", i, o)
			}
		}
	})
}

// TestConvoy: claims that are made at the same time at one node get each their
// own answer, in fewer calls than claims, and one that the leader refuses holds
// up no other. The way takes its time, so that there are claims that wait.
func TestConvoy(t *testing.T) {
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
		// What is not signed by a member is refused before it enters the log; the
		// others of its call go each alone.
		group.Go(func() {
			alien := r.body(typeClaim, survey.Request{ID: "alien"}, items("2022-23", ids[0]))
			alien.Federation = []byte("another")
			alien.Origin = "sw"
			if _, err := r.convoy.carry(context.Background(), alien); err == nil {
				t.Error("a row of another origin was recorded")
			}
		})
		all(ids[claims:])
		group.Wait()
	})
}
