package store_test

import (
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestMergesThatSeemToGoRound: a node that was away hears of the last state of
// each organisation, one after the other. Between an organisation's merge and
// the undoing of an older one, they may go round in a circle for a moment; no
// merge may be forgotten by that, and the answers end where the registry has
// them.
func TestMergesThatSeemToGoRound(t *testing.T) {
	for heard := uint64(3); heard <= 10; heard++ {
		s, r := opened(t)
		cycles := []survey.Cycle{cycle}
		r.merge(company(5), company(2), cycles)
		if err := r.feed(s); err != nil {
			t.Fatal(err)
		}
		r.split(company(5))
		r.merge(company(2), company(3), cycles)
		record(t, s, company(2), answers(t, fmt.Sprintf(whole, "1000")))
		if _, err := r.carryOut(s, 5); err != nil {
			t.Fatal(err)
		}
		r.merge(company(3), company(5), cycles)
		if r.number != 10 {
			t.Fatalf("the registry is at %d", r.number)
		}
		for _, upTo := range []uint64{heard, r.number} { // in two parts
			if err := s.ApplyChanges(upTo, r.changesSince(s.Cursor(), upTo)); err != nil {
				t.Fatal(err)
			}
			checkClean(t, s)
		}
		list, _, err := s.Responses(cycle, "", 10)
		if err != nil || len(list) != 1 || list[0].Organisation != company(5) || !list[0].Counted {
			t.Errorf("heard up to %d first: %+v, %v", heard, list, err)
		}
	}
}
