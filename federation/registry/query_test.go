package registry

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// reader is a registry that only reads a bench's state.
func reader(b *bench) *Registry {
	r := &Registry{machine: newMachine(nil), search: newSearchIndex()}
	r.machine.current.Store(b.state)
	return r
}

func TestChangesSince(t *testing.T) {
	b, ids := ready(t, 5, "otv", "sw")
	r := reader(b)
	b.do("otv", typeAddSupported, items("2022-23", ids[0]))
	b.do("sw", typeClaim, items("2022-23", ids[:3]...))
	b.do("otv", typeClaim, items("2022-23", ids[3]))
	b.do("otv", typeChangeClaims, items("2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionRequest}))
	whole, upTo := r.ChangesSince(0, 0)
	if want := 1 + 5 + 4; len(whole) != want || upTo != r.machine.view().federation().Number {
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

func TestSearch(t *testing.T) {
	b := newBench()
	b.found("otv")
	b.do("otv", typeAddOrganisations, items("",
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:00123456"}, Name: "Acme Medical Devices Limited", NameAsOf: "2023-01-01",
			PreviousNames: []survey.NameSince{{Name: "Zenith Clinics Ltd", AsOf: "2020-01-01"}}},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:07209813"}, Name: "Medical Acme plc"},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-CHC:1234567"}, Name: "St Anne's Hospice"}))
	r := reader(b)
	for _, c := range []struct {
		text string
		want []survey.Identifier
	}{
		{"acme medical", []survey.Identifier{"GB-COH:00123456", "GB-COH:07209813"}},
		{"MEDICAL ACME PLC", []survey.Identifier{"GB-COH:07209813"}},
		{"zenith", []survey.Identifier{"GB-COH:00123456"}},
		{"st annes", []survey.Identifier{"GB-CHC:1234567"}},
		{"ospic", []survey.Identifier{"GB-CHC:1234567"}},
		{"123456", []survey.Identifier{"GB-COH:00123456", "GB-CHC:1234567"}},
		{"00123456", []survey.Identifier{"GB-COH:00123456", "GB-CHC:1234567"}},
		{"GB-COH:7209813", []survey.Identifier{"GB-COH:07209813"}},
		{"nobody", nil},
		{" - ", nil},
	} {
		var got []survey.Identifier
		for _, m := range r.SearchOrganisations(c.text, 10) {
			got = append(got, m.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("search %q: %v, want %v", c.text, got, c.want)
		}
	}
	if found := r.SearchOrganisations("zenith", 1); len(found) != 1 || found[0].Matched != "Zenith Clinics Ltd" {
		t.Errorf("what matched: %+v", found)
	}
	// A change is found at once; the old spelling too.
	b.do("otv", typeAddOrganisations, items("", survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-CHC:1234567"}, Name: "Comet Hospice", NameAsOf: "2024-01-01"}))
	if found := r.SearchOrganisations("comet", 1); len(found) != 1 || found[0].Matched != "Comet Hospice" {
		t.Errorf("the new name: %+v", found)
	}
}
