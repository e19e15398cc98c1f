package state

import (
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// reader reads a bench's state.
func reader(b *bench) Reader { return NewReader(b.state.View) }

func TestChangesSince(t *testing.T) {
	b, ids := ready(t, 5, "otv", "sw")
	r := reader(b)
	b.do("otv", typeAddSupported, items("2022-23", ids[0]))
	b.do("sw", typeClaim, items("2022-23", ids[:3]...))
	b.do("otv", typeClaim, items("2022-23", ids[3]))
	b.do("otv", typeChangeClaims, items("2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionRequest}))
	whole, upTo := r.ChangesSince(0, 0)
	if want := 1 + 5 + 4; len(whole) != want || upTo != b.state.View().Number() {
		t.Fatalf("%d changes up to %d, want %d", len(whole), upTo, want)
	}
	for i := 1; i < len(whole); i++ {
		if whole[i].Number <= whole[i-1].Number || whole[i].At.IsZero() {
			t.Errorf("change %d: number %d after %d, at %s", i, whole[i].Number, whole[i-1].Number, whole[i].At)
		}
	}
	if last := whole[len(whole)-1]; last.Claim == nil || last.Claim.Organisation != ids[0] || last.Claim.Token >= last.Number {
		t.Errorf("the request is not the last change: %+v", last)
	}
	for limit := 1; limit < 12; limit++ {
		var paged []survey.Change
		at := uint64(0)
		for {
			page, next := r.ChangesSince(at, limit)
			if len(page) == 0 {
				break
			}
			if len(page) > limit || next <= at {
				t.Fatalf("limit %d: %d changes, from %d to %d", limit, len(page), at, next)
			}
			paged = append(paged, page...)
			at = next
		}
		if len(paged) != len(whole) || at != upTo {
			t.Errorf("limit %d: %d changes up to %d, want %d up to %d", limit, len(paged), at, len(whole), upTo)
		}
	}
}

func TestPages(t *testing.T) {
	b, ids := ready(t, 7, "otv", "sw")
	r := reader(b)
	b.do("sw", typeClaim, items("2022-23", ids[:5]...))
	b.do("otv", typeClaim, items("2022-23", ids[5:]...))
	for limit := 1; limit < 9; limit++ {
		var organisations, claims, mine int
		for after := ""; ; {
			page, next := r.Organisations(after, limit)
			if organisations += len(page); next == "" {
				break
			}
			after = next
		}
		for after := ""; ; {
			page, next := r.Claims(survey.ClaimFilter{Cycle: "2022-23"}, after, limit)
			if claims += len(page); next == "" {
				break
			}
			after = next
		}
		for after := ""; ; {
			page, next := r.Claims(survey.ClaimFilter{Region: "otv"}, after, limit)
			if mine += len(page); next == "" {
				break
			}
			after = next
		}
		if organisations != 7 || claims != 7 || mine != 2 {
			t.Errorf("limit %d: %d organisations, %d claims, %d of otv", limit, organisations, claims, mine)
		}
	}
	if _, err := r.ClaimOf("2023-24", ids[0]); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("a claim in another cycle: %v", err)
	}
	if _, err := r.Counts("2023-24"); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("counts of no campaign: %v", err)
	}
}
