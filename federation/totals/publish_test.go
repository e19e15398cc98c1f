package totals

import (
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkPublish publishes one changed answer of a region that has many, under
// the policy standard.
func BenchmarkPublish(b *testing.B) {
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := &records{}
			for id := range n {
				r.counted = append(r.counted, wholeAnswer(definitions, id, int64(id)))
			}
			facts := newRegistry("otv")
			facts.campaigns[0].Policy = "standard"
			t, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: r, Facts: facts, Archive: newArchive(), Call: refused})
			if err != nil {
				b.Fatal(err)
			}
			defer t.Close()
			if err := t.Publish(b.Context()); err != nil {
				b.Fatal(err)
			}
			next := n
			for b.Loop() {
				r.change(func() {
					r.counted = append(r.counted, wholeAnswer(definitions, next, int64(next)))
					next++
				})
				if err := t.Publish(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// wholeAnswer gives a number to every question.
func wholeAnswer(definitions survey.Definitions, id int, value int64) store.CountedAnswer {
	c := store.CountedAnswer{Organisation: survey.Identifier(fmt.Sprintf("AHSN:%07d", id)), Sequence: uint64(id), Sector: "medtech", Size: "0-9",
		Stage: "idea", Support: []string{"unmet_need"}}
	for _, m := range definitions.Metrics {
		if m.Question != "" {
			c.Values = append(c.Values, survey.Contribution{Metric: m.ID, Value: 1000 + value%97})
		}
	}
	return c
}
