package registry

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSorted: the map is what a plain map with sorted keys is, after any puts and
// drops; and what somebody still holds stays as it was.
func TestSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s sorted
		plain := map[string]int{}
		type version struct {
			s     sorted
			plain map[string]int
		}
		var held []version
		width := rapid.SampledFrom([]int{40, 400, 40_000}).Draw(t, "width")
		for range rapid.IntRange(1, 12).Draw(t, "transactions") {
			o := new(owner)
			drops := rapid.IntRange(0, 9).Draw(t, "drops of ten")
			rising := rapid.Bool().Draw(t, "rising")
			first := rapid.IntRange(0, width).Draw(t, "first")
			seed := rapid.Uint64().Draw(t, "seed")
			for i := range rapid.IntRange(1, 400).Draw(t, "changes") {
				seed = seed*6364136223846793005 + 1442695040888963407
				n := int(seed>>33) % width
				if rising {
					n = first + i
				}
				key := fmt.Sprintf("%06d", n)
				if int(seed>>40)%10 < drops {
					if _, found := plain[key]; found {
						s.drop(o, key)
						delete(plain, key)
					}
					continue
				}
				s.put(o, key, i)
				plain[key] = i
			}
			held = append(held, version{s, maps.Clone(plain)})
		}
		for _, v := range held {
			mustEqual(t, v.s, v.plain)
		}
		start := fmt.Sprintf("%06d", rapid.IntRange(0, width).Draw(t, "from"))
		var seen []string
		s.ascend(start, func(key string, _ any) bool {
			seen = append(seen, key)
			return len(seen) < 40
		})
		want := slices.DeleteFunc(slices.Sorted(maps.Keys(plain)), func(key string) bool { return key < start })
		if want = want[:min(len(want), 40)]; !slices.Equal(seen, want) {
			t.Fatalf("from %s: %v, want %v", start, seen, want)
		}
	})
}

func mustEqual(t *rapid.T, s sorted, plain map[string]int) {
	got := map[string]int{}
	last := ""
	s.ascend("", func(key string, row any) bool {
		if key <= last {
			t.Fatalf("%s after %s", key, last)
		}
		last, got[key] = key, row.(int)
		if s.get(key) != row {
			t.Fatalf("%s is not found", key)
		}
		return true
	})
	if !maps.Equal(got, plain) {
		t.Fatalf("%d keys, want %d", len(got), len(plain))
	}
	if s.root != nil {
		mustBalance(t, s.root)
	}
}

// mustBalance returns how deep the branch is: the same everywhere.
func mustBalance(t *rapid.T, b branch) int {
	f, ok := b.(*fork)
	if !ok {
		if p := b.(*page); p.n < 1 {
			t.Fatal("an empty page")
		}
		return 1
	}
	depth := mustBalance(t, f.below[0])
	for i := 1; i < f.n; i++ {
		if other := mustBalance(t, f.below[i]); other != depth {
			t.Fatalf("%d and %d deep", depth, other)
		}
	}
	return depth + 1
}

// TestDatabase: rows are found by every index as they are now, in a transaction
// and after it; readers see what was there when they began.
func TestDatabase(t *testing.T) {
	type thing struct {
		id    string
		names []string
		rank  uint64
	}
	d := newDatabase([]tableSchema{table("things", keyed(func(x *thing) string { return x.id }),
		one("rank", true, func(x *thing) string { return numberKey(x.rank) }), several("name", func(x *thing) []string { return x.names }))})
	ids := func(rows []any) (out []string) {
		for _, row := range rows {
			out = append(out, row.(*thing).id)
		}
		return out
	}
	w := d.Write()
	a := &thing{"a", []string{"x.", "y."}, 3}
	w.Insert("things", a)
	w.Insert("things", &thing{"b", []string{"x."}, 2})
	w.Commit()
	before := d.Read()
	w = d.Write()
	w.Insert("things", &thing{"a", []string{"y.", "z."}, 5})
	w.Delete("things", &thing{id: "b"})
	w.Ascend("things", byKey, "", func(_ string, row any) bool { // what is added on the way is not visited
		x := row.(*thing)
		w.Insert("things", &thing{x.id + "'", nil, x.rank + 10})
		return true
	})
	for name, want := range map[string]struct{ before, now []string }{
		"x.": {[]string{"a", "b"}, nil}, "y.": {[]string{"a"}, []string{"a"}}, "z.": {nil, []string{"a"}},
	} {
		if got := ids(before.All("things", "name", name)); !slices.Equal(got, want.before) {
			t.Errorf("%s before: %v", name, got)
		}
		if got := ids(w.All("things", "name", name)); !slices.Equal(got, want.now) {
			t.Errorf("%s now: %v", name, got)
		}
	}
	w.Commit()
	if got := ids(d.Read().All("things", "rank", "")); !slices.Equal(got, []string{"a", "a'"}) {
		t.Errorf("by rank: %v", got)
	}
	if got := before.First("things", "rank", numberKey(3)); got != a {
		t.Errorf("before: %v", got)
	}
	try := d.Try()
	try.Insert("things", &thing{"c", nil, 7})
	if d.Read().First("things", byKey, "c") != nil || try.First("things", byKey, "c") == nil {
		t.Error("a try is seen by others, or not by itself")
	}
}
