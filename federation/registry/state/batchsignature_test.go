package state

import (
	"bytes"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimBodies are n rows of the region, each a claim of one company.
func claimBodies(b *bench, region survey.Region, ids []survey.Identifier) []Body {
	bodies := make([]Body, len(ids))
	for i, id := range ids {
		bodies[i] = b.body(region, typeClaim, items("2022-23", id))
	}
	return bodies
}

// TestBatchSignature: each row of a batch is verified by
// itself, and nothing that differs in one bit.
func TestBatchSignature(t *testing.T) {
	b, ids := ready(t, MaxBatchRows, "otv", "sw")
	key := testKey("otv")
	for _, n := range []int{2, 3, 5, 8, 33, MaxBatchRows} {
		rows := signBatch(key, encodeBatch(claimBodies(b, "otv", ids[:n])))
		for i, r := range rows {
			if !VerifyRow(key.Public(), r) || VerifyRow(testKey("sw").Public(), r) {
				t.Fatalf("row %d of %d", i, n)
			}
			if other := rows[(i+1)%n]; VerifyRow(key.Public(), Row{other.Body, r.Signature}) {
				t.Errorf("row %d of %d has the signature of its neighbour", i, n)
			}
		}
		r := rows[n/2]
		for at := range r.Signature {
			bent := Row{r.Body, bytes.Clone(r.Signature)}
			bent.Signature[at] ^= 1 << (at % 8)
			if VerifyRow(key.Public(), bent) {
				t.Errorf("of %d: byte %d of the signature is free", n, at)
			}
		}
		for _, bent := range []Row{{r.Body, r.Signature[:len(r.Signature)-1]}, {r.Body, append(bytes.Clone(r.Signature), 0)}, {r.Body[1:], r.Signature}} {
			if VerifyRow(key.Public(), bent) {
				t.Errorf("of %d: %d bytes signed by %d", n, len(bent.Body), len(bent.Signature))
			}
		}
	}
}

// TestBatchApplied: rows of a batch are decided as others
// are, where every voter can check them, and nowhere else.
func TestBatchApplied(t *testing.T) {
	rows := func(b *bench, ids []survey.Identifier) []Row {
		return signBatch(testKey("otv"), encodeBatch(claimBodies(b, "otv", ids)))
	}
	first := func(r Result) survey.Outcome {
		outcomes, err := DecodeOutcomes(r.Outcomes)
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
			old = append(old, Encode(body))
		}
		before := b.state.View().federation().Number
		results, _ = b.state.apply(b.entry(signBatch(testKey("otv"), old)...))
		if o := first(results[0]); o.Refusal == nil || b.state.View().federation().Number != before {
			t.Errorf("a row of the first version, signed in a batch: %+v", o)
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
