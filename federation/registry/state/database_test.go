package state

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestWhatIsHeldStays: whoever read the database sees it as it was then,
// whatever is written, given up or tried afterwards; and what is written is what
// a plain map would hold.
func TestWhatIsHeldStays(t *testing.T) {
	type row struct {
		id    string
		value int
	}
	rapid.Check(t, func(t *rapid.T) {
		d := newDatabase([]tableSchema{table("rows", keyed(func(x *row) string { return x.id }))})
		plain := map[string]int{}
		type version struct {
			t     *txn
			plain map[string]int
		}
		var held []version
		width := rapid.SampledFrom([]int{40, 400, 40_000}).Draw(t, "width")
		for range rapid.IntRange(1, 12).Draw(t, "transactions") {
			w, after := d.Write(), maps.Clone(plain)
			drops := rapid.IntRange(0, 9).Draw(t, "drops of ten")
			seed := rapid.Uint64().Draw(t, "seed")
			for i := range rapid.IntRange(1, 400).Draw(t, "changes") {
				seed = seed*6364136223846793005 + 1442695040888963407
				key := fmt.Sprintf("%06d", int(seed>>33)%width)
				if int(seed>>40)%10 >= drops {
					w.Insert("rows", &row{key, i})
					after[key] = i
				} else if _, found := after[key]; found {
					w.Delete("rows", &row{id: key})
					delete(after, key)
				}
			}
			if rapid.Bool().Draw(t, "given up") {
				held = append(held, version{w, after}) // its own eyes still see it
				w.Abort()
				continue
			}
			w.Commit()
			plain = after
			held = append(held, version{d.Read(), plain})
		}
		for _, v := range held {
			got := map[string]int{}
			last := ""
			v.t.Ascend("rows", byKey, "", func(key string, x any) bool {
				if key <= last || v.t.First("rows", byKey, key) != x {
					t.Fatalf("%s after %s, or it is not found", key, last)
				}
				last, got[key] = key, x.(*row).value
				return true
			})
			if !maps.Equal(got, v.plain) {
				t.Fatalf("%d keys, want %d", len(got), len(v.plain))
			}
		}
	})
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
