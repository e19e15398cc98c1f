package state

import "testing"

// TestProposedClaims: the companies that a region leads, with the overlaps.
func TestProposedClaims(t *testing.T) {
	b, ids := ready(t, 6, "otv", "sw")
	b.do("otv", typeAddSupported, items("2022-23", ids[:4]...)) // otv leads what it supported first
	b.do("sw", typeAddSupported, items("2022-23", ids[2:]...))
	b.do("sw", typeClaim, items("2022-23", ids[3]))
	r := reader(b)
	mine, _ := r.ProposedClaims("2022-23", "otv", "", 10)
	if len(mine) != 4 || mine[0].Holder != "" || len(mine[0].AlsoSupportedBy) != 0 || len(mine[2].AlsoSupportedBy) != 1 || mine[3].Holder != "sw" {
		t.Errorf("%+v", mine)
	}
	for after, n := "", 0; ; {
		page, next := r.ProposedClaims("2022-23", "sw", after, 1)
		if n += len(page); next == "" {
			if n != 2 {
				t.Errorf("sw leads %d of them, want 2", n)
			}
			break
		}
		after = next
	}
}
