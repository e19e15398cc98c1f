package disclosure_test

import (
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// regionsOf makes a table of regions alone, each with twenty companies.
func regionsOf(values ...int64) disclosure.PublicTable {
	table := disclosure.PublicTable{Columns: make([]disclosure.PublicCell, 1)}
	for _, v := range values {
		table.Cells = append(table.Cells, []disclosure.PublicCell{{Value: v, Contributors: 20}})
		table.Columns[0].Value += v
		table.Columns[0].Contributors += 20
	}
	return table
}

// TestTheNextRevisionHidesWhatTheLastHid: without it, two tables of which each is
// safe would give a region away that did not change.
func TestTheNextRevisionHidesWhatTheLastHid(t *testing.T) {
	policy := standard(t)
	first := regionsOf(100_00, 110_00, 120_00, 130_00, 140_00, 150_00)
	first.Cells[5][0].Reason = disclosure.Dominated
	if err := policy.Suppress(first); err != nil {
		t.Fatal(err)
	}
	if first.Cells[0][0].Reason == "" || first.Cells[1][0].Reason == "" || first.Cells[2][0].Reason != "" {
		t.Fatalf("the first table: %+v", first.Cells)
	}
	// The smallest is the largest now: alone, another one would be hidden.
	next := regionsOf(900_00, 110_00, 120_00, 130_00, 140_00, 150_00)
	next.Cells[5][0].Reason = disclosure.Dominated
	next.Follow(first)
	if err := policy.Suppress(next); err != nil {
		t.Fatal(err)
	}
	for i := range next.Cells {
		if was, is := first.Cells[i][0].Reason != "", next.Cells[i][0].Reason != ""; was != is {
			t.Errorf("region %d: hidden %v, then %v", i, was, is)
		}
	}
}

// TestARegionThatFailsTheRuleLater was shown before, as all others were: beside
// regions that did not change nothing can hide it.
func TestARegionThatFailsTheRuleLater(t *testing.T) {
	policy := standard(t)
	first := regionsOf(100_00, 110_00, 120_00, 130_00)
	if err := policy.Suppress(first); err != nil {
		t.Fatal(err)
	}
	next := regionsOf(100_00, 110_00, 120_00, 250_00)
	next.Cells[3][0].Reason = disclosure.Dominated
	next.Follow(first)
	if err := policy.Suppress(next); !errors.Is(err, survey.RefusedExposed) {
		t.Errorf("it is published: %v, %+v", err, next.Cells)
	}
	alone := regionsOf(100_00, 110_00, 120_00, 250_00)
	alone.Cells[3][0].Reason = disclosure.Dominated
	if err := policy.Suppress(alone); err != nil {
		t.Errorf("alone: %v", err)
	}
}
