package disclosure_test

import (
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestPrimaryRule(t *testing.T) {
	members := disclosure.Audience{Contributors: 5, Percent: 10}
	tests := map[string]struct {
		values []int64
		want   disclosure.Reason
	}{
		"nobody":                       {nil, ""},
		"one":                          {[]int64{7}, disclosure.Few},
		"four":                         {[]int64{7, 7, 7, 7}, disclosure.Few},
		"five alike":                   {[]int64{7, 7, 7, 7, 7}, ""},
		"one zero":                     {[]int64{0}, ""},
		"five zeros":                   {[]int64{0, 0, 0, 0, 0}, ""},
		"one most of it":               {[]int64{1000, 50, 1, 1, 1}, disclosure.Dominated},
		"two giants":                   {[]int64{500, 500, 10, 10, 10}, disclosure.Dominated},
		"the rest exactly 10 percent":  {[]int64{100, 90, 5, 3, 2}, ""},
		"the rest just below":          {[]int64{100, 90, 5, 3, 1}, disclosure.Dominated},
		"one among zeros":              {[]int64{9, 0, 0, 0, 0, 0, 0}, disclosure.Dominated},
		"a change down is a change":    {[]int64{-1000, 50, 1, 1, 1}, disclosure.Dominated},
		"changes both ways are enough": {[]int64{-100, 90, 5, -3, 2}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var parts []disclosure.Part
			for _, v := range test.values {
				parts = append(parts, disclosure.Part{Value: v})
			}
			if got := members.Primary(parts); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	parts := []disclosure.Part{{Value: 1000}, {Value: 9}, {Value: 8}, {Value: 7}, {Value: 6}}
	if members.Primary(parts) != disclosure.Dominated {
		t.Error("dominated at 97 %")
	}
	parts[0].Waived = true
	if got := members.Primary(parts); got != "" {
		t.Errorf("the company that dominates agreed: %q", got)
	}
	parts[0].Waived = false
	parts[1].Known, parts[2].Known = true, true
	if members.Primary(parts) != disclosure.Dominated {
		t.Error("answers that another region knows hide nobody")
	}
}

func TestPolicies(t *testing.T) {
	hashes := map[[32]byte]bool{}
	for _, p := range disclosure.Policies() {
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if got, err := disclosure.ByName(p.Name); err != nil || got != p {
			t.Errorf("%s: %+v, %v", p.Name, got, err)
		}
		if p.Immediate() != (p.Name == disclosure.Open) {
			t.Errorf("%s: immediate %v", p.Name, p.Immediate())
		}
		hashes[p.Hash()] = true
		p.HoldBack++
		hashes[p.Hash()] = true
	}
	if len(hashes) != 6 {
		t.Error("policies that say different things have one hash")
	}
	if _, err := disclosure.ByName("secret"); !errors.Is(err, disclosure.ErrPolicyUnknown) {
		t.Errorf("unknown: %v", err)
	}
	if err := (disclosure.Policy{Name: "empty"}).Check(); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("an empty policy: %v", err)
	}
	strict := disclosure.Policies()[0]
	strict.Members.Contributors, strict.HoldBack = 8, 2
	both := disclosure.Policies()[0].Stricter(strict)
	if both.Members.Contributors != 8 || both.HoldBack != 8 || both.Stricter(disclosure.Policies()[2]) != both {
		t.Errorf("stricter, never laxer: %+v", both)
	}
}

func TestRounding(t *testing.T) {
	for _, test := range [][3]int64{{0, 5, 0}, {2, 5, 0}, {3, 5, 5}, {1249, 500, 1000}, {1250, 500, 1500}, {-3, 5, -5}, {7, 1, 7}} {
		if got := disclosure.Round(test[0], test[1]); got != test[2] {
			t.Errorf("%d to %d: %d, want %d", test[0], test[1], got, test[2])
		}
	}
	for n, want := range map[int64]int64{0: 0, 8: 10, 12: 10, 13: 15, 530_001: 530_000} {
		if got, shown := disclosure.PeopleCount(n); !shown || got != want {
			t.Errorf("%d people: %d, %v", n, got, shown)
		}
	}
	for _, n := range []int64{1, 4, 7} {
		if _, shown := disclosure.PeopleCount(n); shown {
			t.Errorf("%d people are shown", n)
		}
	}
}
