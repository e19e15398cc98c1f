package totals

import (
	"encoding/json"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

var fifteen = func() (out []survey.Region) {
	for _, info := range survey.Regions() {
		out = append(out, info.Region)
	}
	return out
}()

// nationOf is an input of the fifteen regions, of which some have summaries.
func nationOf(t interface{ Fatal(...any) }, by survey.Dimension, summaries ...*held) *input {
	r := newRegistry(fifteen...)
	in := &input{by: by, regions: fifteen, summaries: make([]*held, len(fifteen)), counts: r.counts[cycle], campaign: r.campaigns[0]}
	var err error
	if in.definitions, err = survey.DefinitionsByID("md-1"); err != nil {
		t.Fatal(err)
	}
	if in.dictionary, err = dictionaryHash(in.definitions); err != nil {
		t.Fatal(err)
	}
	for _, h := range summaries {
		in.summaries[slices.Index(fifteen, h.summary.Region)] = h
	}
	return in
}

func mustMerge(t interface{ Fatal(...any) }, in *input) survey.Totals {
	totals, err := merge(in)
	if err != nil {
		t.Fatal(err)
	}
	return totals
}

func all(t interface{ Fatal(...any) }, seed int64) []*held {
	random := rand.New(rand.NewSource(seed))
	var out []*held
	for _, region := range fifteen {
		cells, answers := cube(random)
		out = append(out, heldOf(t, summaryOf(region, 1, 1, cells, answers)))
	}
	return out
}

func TestNationIsTheSumOfItsRegions(t *testing.T) {
	for _, by := range []survey.Dimension{survey.ByRegion, survey.BySector} {
		got := mustMerge(t, nationOf(t, by, all(t, 1)...))
		for _, f := range got.Figures {
			if f.Metric == companiesSupported {
				if f.Value != 20 || f.Qualifier != survey.QualifierExact {
					t.Errorf("companies supported is the registry's count, not a sum: %+v", f)
				}
				continue
			}
			if f.Status != survey.FigureReported || f.Qualifier != survey.QualifierExact || f.Bounds != nil {
				t.Errorf("%s: %+v", f.Metric, f)
			}
			if f.Unit == survey.UnitBasisPoints {
				continue
			}
			var value, contributors int64
			for _, row := range got.Rows {
				part := figure(row.Figures, f.Metric)
				value += part.Value
				contributors += part.Contributors
			}
			if value != f.Value || contributors != f.Contributors && f.Metric != "jobs_created_or_safeguarded" {
				t.Errorf("%s by %s: parts %d of %d, total %d of %d", f.Metric, by, value, contributors, f.Value, f.Contributors)
			}
		}
		jobs := figure(got.Figures, "jobs_created_or_safeguarded")
		if jobs.Value != figure(got.Figures, "jobs_created").Value+figure(got.Figures, "jobs_safeguarded").Value {
			t.Errorf("jobs: %+v", jobs)
		}
		positive, answered := figure(got.Figures, "recommend_positive"), figure(got.Figures, "recommend_answered")
		if r := figure(got.Figures, "recommend_rate"); r.Value != rate(int(positive.Value), int(answered.Value)) {
			t.Errorf("recommend rate: %+v of %+v", r, answered)
		}
		if got.ResponseRate != 4500 {
			t.Errorf("response rate of 18 in 40: %d", got.ResponseRate)
		}
	}
}

func TestMissingRegionIsNeverZero(t *testing.T) {
	every := all(t, 2)
	missing := survey.Region("wessex")
	every = slices.DeleteFunc(every, func(h *held) bool { return h.summary.Region == missing })
	in := nationOf(t, survey.ByRegion, every...)
	got := mustMerge(t, in)
	f := figure(got.Figures, "investment_leveraged")
	if f.Qualifier != survey.QualifierAtLeast || f.Bounds == nil || f.Bounds.Lower != f.Value || f.Bounds.Upper != nil || !strings.Contains(f.Reason, "wessex") {
		t.Errorf("the nation without wessex: %+v", f)
	}
	if r := figure(got.Figures, "recommend_rate"); r.Qualifier != survey.QualifierEstimated || r.Bounds != nil {
		t.Errorf("a rate without wessex: %+v", r)
	}
	if len(got.Rows) != 15 {
		t.Fatalf("%d rows", len(got.Rows))
	}
	row := got.Rows[slices.Index(fifteen, missing)]
	for _, f := range row.Figures {
		if f.Metric != companiesSupported && (f.Status != survey.FigureMissing || f.Reason == "") {
			t.Errorf("wessex: %+v", f)
		}
	}
	if f := figure(row.Figures, companiesSupported); f.Value != 9 || f.Status != survey.FigureReported {
		t.Errorf("the registry knows whom wessex supported: %+v", f)
	}
	c := coverage(in, make([]time.Time, 15), nil, "otv", time.UnixMilli(1_700_000_000_000))
	if c.Complete || c.Of != 15 || c.Included != 14 || c.Regions[12].Region != missing || c.Regions[12].Status != survey.CoverageMissing || c.Regions[12].Reason == "" {
		t.Errorf("coverage: %+v", c)
	}

	// The registry shows that a region without claims has nothing to add.
	in.counts.ByRegion[missing] = survey.RegionCounts{}
	if f := figure(mustMerge(t, in).Figures, "investment_leveraged"); f.Qualifier != survey.QualifierExact {
		t.Errorf("without a region that has no claims: %+v", f)
	}
}

func TestNobodyHeardFrom(t *testing.T) {
	got := mustMerge(t, nationOf(t, ""))
	for _, f := range got.Figures {
		if f.Metric != companiesSupported && f.Status != survey.FigureMissing {
			t.Errorf("%+v", f)
		}
	}
}

func TestStatuses(t *testing.T) {
	h := heldOf(t, summaryOf("otv", 1, 1, []survey.Cell{
		{Metric: "adoptions", Value: 0, Contributors: 3},
		{Metric: "jobs_created", Value: 500, Contributors: 3, Flag: survey.CellWaiting},
		{Metric: "nhs_sales", Contributors: 0, Flag: survey.CellHidden},
	}, 3))
	in := nationOf(t, survey.ByRegion, h)
	in.regions, in.summaries = []survey.Region{"otv"}, []*held{h}
	got := mustMerge(t, in)
	want := map[string][2]any{
		"adoptions":            {survey.FigureZero, survey.QualifierExact},
		"jobs_created":         {survey.FigureReported, survey.QualifierAtLeast},
		"nhs_sales":            {survey.FigureHidden, survey.QualifierAtLeast},
		"investment_leveraged": {survey.FigureWaiting, survey.QualifierExact},
	}
	for metric, w := range want {
		if f := figure(got.Figures, metric); f.Status != w[0] || f.Qualifier != w[1] {
			t.Errorf("%s: %+v, want %v", metric, f, w)
		}
	}
	if f := figure(got.Rows[0].Figures, "jobs_created"); f.Status != survey.FigureReported || f.Qualifier != survey.QualifierAtLeast || f.Value != 500 || f.Reason == "" {
		t.Errorf("the region's own row: %+v", f)
	}
}

func TestFiguresOfOtherDefinitionsAreNotAdded(t *testing.T) {
	s := summaryOf("otv", 1, 1, []survey.Cell{{Metric: "jobs_created", Value: 500, Contributors: 3}}, 3)
	s.DictionaryHash[0]++
	in := nationOf(t, "", heldOf(t, s))
	if f := figure(mustMerge(t, in).Figures, "jobs_created"); f.Status != survey.FigureMissing {
		t.Errorf("%+v", f)
	}
	if c := coverage(in, make([]time.Time, 15), nil, "sw", time.Now()); c.Included != 0 || !strings.Contains(c.Regions[11].Reason, "md-1") {
		t.Errorf("%+v", c.Regions[11])
	}
}

// Whatever order summaries come in, however often, and whichever of two
// conflicting ones is seen first: every node ends with the same answer, and
// none ever goes back.
func TestMergeCommutes(t *testing.T) {
	pool := make(map[string]*held)
	rapid.Check(t, func(t *rapid.T) {
		offer := rapid.Custom(func(t *rapid.T) *held {
			region := rapid.SampledFrom(fifteen[:4]).Draw(t, "region")
			incarnation := rapid.Uint64Range(1, 2).Draw(t, "incarnation")
			sequence := rapid.Uint64Range(1, 3).Draw(t, "sequence")
			value := rapid.Int64Range(1, 3).Draw(t, "value")
			s := summaryOf(region, incarnation, sequence, []survey.Cell{{Metric: "jobs_created", Value: value, Contributors: 1}}, 1)
			name := string(region) + string(rune('0'+incarnation)) + string(rune('0'+sequence)) + string(rune('0'+value))
			if pool[name] == nil {
				pool[name] = heldOf(t, s)
			}
			return pool[name]
		})
		offers := rapid.SliceOfN(offer, 1, 20).Draw(t, "offers")
		one, two := newSummaries("otv", newArchive()), newSummaries("otv", newArchive())
		last := make(map[slot]Head)
		for _, h := range offers {
			one.merge(h)
			now := one.slots[h.slot()].head()
			if before, ok := last[h.slot()]; ok && now.compare(before) < 0 {
				t.Fatalf("went back from %v to %v", before, now)
			}
			last[h.slot()] = now
		}
		for _, h := range rapid.Permutation(append(slices.Clone(offers), offers...)).Draw(t, "again") {
			two.merge(h)
		}
		for s, h := range one.slots {
			if two.slots[s] == nil || two.slots[s].hash != h.hash {
				t.Fatalf("%v: %v here, %v there", s, h.head(), two.slots[s])
			}
		}
		a := mustMerge(t, nationOf(t, survey.ByRegion, values(one)...))
		b := mustMerge(t, nationOf(t, survey.ByRegion, values(two)...))
		left, _ := json.Marshal(a)
		right, _ := json.Marshal(b)
		if string(left) != string(right) || a.AnswerID != b.AnswerID {
			t.Fatalf("the same inputs, other bytes:\n%s\n%s", left, right)
		}
	})
}

func values(l *heldSummaries) (out []*held) {
	for _, h := range l.slots {
		out = append(out, h)
	}
	return out
}

func TestAnswerIDFollowsTheInputs(t *testing.T) {
	every := all(t, 3)
	base := mustMerge(t, nationOf(t, "", every...)).AnswerID
	if len(base) != 64 {
		t.Fatalf("answer id %q", base)
	}
	if mustMerge(t, nationOf(t, "", every...)).AnswerID != base {
		t.Error("the same inputs have two ids")
	}
	counts := nationOf(t, "", every...)
	counts.counts.Claimed++
	policy := nationOf(t, "", every...)
	policy.campaign.Policy = "standard"
	for name, in := range map[string]*input{
		"a region less": nationOf(t, "", every[1:]...), "broken down": nationOf(t, survey.BySize, every...),
		"another count": counts, "another policy": policy,
	} {
		if mustMerge(t, in).AnswerID == base {
			t.Errorf("%s has the same id", name)
		}
	}
}

// TestASummaryCommitsToItsClaims: any other set of counted answers has another
// root, in whatever order they were counted.
func TestASummaryCommitsToItsClaims(t *testing.T) {
	root := func(ids ...survey.Identifier) [32]byte {
		var counted []store.CountedItem
		for _, id := range ids {
			counted = append(counted, store.CountedItem{Organisation: id})
		}
		root, n := claimsCounted(counted)
		if n != int64(len(ids)) {
			t.Fatalf("%d of %d claims", n, len(ids))
		}
		return root
	}
	if root() != [32]byte{} {
		t.Error("no claims have a root")
	}
	if root("GB-COH:1", "GB-COH:2") != root("GB-COH:2", "GB-COH:1") {
		t.Error("the order changes the root")
	}
	if root("GB-COH:1", "GB-COH:2") == root("GB-COH:1") || root("GB-COH:1", "GB-COH:2") == root("GB-COH:1", "GB-COH:3") {
		t.Error("two sets of claims have one root")
	}
}

func BenchmarkMerge(b *testing.B) {
	for _, by := range []survey.Dimension{"", survey.BySector, survey.ByRegion} {
		in := nationOf(b, by, all(b, 1)...)
		b.Run("by="+string(by), func(b *testing.B) {
			for b.Loop() {
				mustMerge(b, in)
			}
		})
	}
}
