package store_test

import (
	"context"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// What is shared of one company is what is shared of those that were merged
// into it too, and of no other.
func TestSharedOfOneCompany(t *testing.T) {
	s, r := opened(t)
	for i := range 3 {
		if err := s.KeepShared(context.Background(), store.SharedCopy{Cycle: cycle, Organisation: company(i), From: them, Version: uint64(i + 1), Number: 1, Sealed: []byte("sealed"), ReceivedAt: epoch}); err != nil {
			t.Fatal(err)
		}
	}
	versions := func(id survey.Identifier) (out []uint64) {
		copies, err := s.SharedOf(cycle, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range copies {
			if c.Organisation != id || c.From != them || string(c.Sealed) != "sealed" {
				t.Errorf("of %s there is %+v", id, c)
			}
			out = append(out, c.Version)
		}
		return out
	}
	if got := versions(company(1)); len(got) != 1 || got[0] != 2 {
		t.Errorf("before the merge: versions %v", got)
	}
	r.merge(company(1), company(2), nil)
	feed(t, s, r)
	if one, two := versions(company(1)), versions(company(2)); len(one) != 0 || len(two) != 2 {
		t.Errorf("after the merge: versions %v and %v", one, two)
	}
}
