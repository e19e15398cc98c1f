package totals

import (
	"errors"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

func (n *nation) value(at survey.Region) int64 {
	return figure(n.ask(at, survey.TotalsQuery{}).Figures, "investment_leveraged").Value
}

func (n *nation) allKnow(value int64) func() bool {
	return func() bool {
		for _, r := range n.regions {
			if n.node(r) != nil && n.value(r) != value {
				return false
			}
		}
		return true
	}
}

func TestAnswersReachEveryNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.until(10*time.Second, "empty regions are not missing", func() bool {
			return n.ask("gm", survey.TotalsQuery{}).Coverage.Complete
		})
		f := figure(n.ask("gm", survey.TotalsQuery{}).Figures, "investment_leveraged")
		if f.Status == survey.FigureMissing || f.Qualifier != survey.QualifierExact {
			t.Errorf("nobody has answered: %+v", f)
		}
		n.records["otv"].record(100_00)
		n.records["sw"].record(50_00)
		t.Log("known everywhere after", n.until(2*time.Second, "150 pounds", n.allKnow(150_00)))
		var first survey.Totals
		for i, r := range n.regions {
			got := n.ask(r, survey.TotalsQuery{By: survey.BySector})
			if i == 0 {
				first = got
			}
			if got.AnswerID != first.AnswerID || !reflect.DeepEqual(got.Figures, first.Figures) || !reflect.DeepEqual(got.Rows, first.Rows) {
				t.Errorf("%s answers differently", r)
			}
			if !got.Coverage.Complete || got.Coverage.Current != 3 || got.Coverage.Regions[0].AnswersIn != 1 {
				t.Errorf("coverage at %s: %+v", r, got.Coverage)
			}
		}
		// The same content is not signed again.
		before := n.node("otv").Heads()
		n.records["otv"].change(func() {})
		time.Sleep(time.Minute)
		if after := n.node("otv").Heads(); !reflect.DeepEqual(before, after) {
			t.Errorf("signed again without a change: %v, then %v", before, after)
		}
		if got := n.ask("gm", survey.TotalsQuery{}); got.Coverage.Current != 3 {
			t.Errorf("unchanged figures are current as long as their owner says so: %+v", got.Coverage)
		}
		n.registry.open("2023-24")
		n.until(10*time.Second, "a new campaign's empty summaries", func() bool {
			return n.ask("gm", survey.TotalsQuery{Cycle: "2023-24"}).Coverage.Complete
		})
	})
}

func TestSilentRegionGoesStaleAndKeepsItsFigures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.records["sw"].record(70_00)
		n.until(10*time.Second, "70 pounds", n.allKnow(70_00))
		n.separate("sw", true)
		n.records["sw"].record(5_00) // nobody can hear of this
		time.Sleep(40 * time.Second)
		got := n.ask("otv", survey.TotalsQuery{})
		sw := got.Coverage.Regions[1]
		if sw.Status != survey.CoverageStale || !strings.HasPrefix(sw.Reason, "not heard from since") || got.Coverage.Included != 3 || got.Coverage.Current != 2 {
			t.Fatalf("coverage: %+v", got.Coverage)
		}
		if f := figure(got.Figures, "investment_leveraged"); f.Value != 70_00 || f.Qualifier != survey.QualifierExact {
			t.Errorf("figures: %+v", f)
		}
		if own := n.ask("sw", survey.TotalsQuery{}); own.Coverage.Regions[1].Status != survey.CoverageCurrent || own.Coverage.Current != 1 {
			t.Errorf("alone: %+v", own.Coverage)
		}
		var short *CoverageError
		if _, err := n.node("otv").National(t.Context(), survey.TotalsQuery{Cycle: cycle, Require: 4}); !errors.As(err, &short) || short.Totals.Coverage.Included != 3 {
			t.Errorf("four of three regions: %v", err)
		}
		n.separate("sw", false)
		t.Log("whole after", n.until(15*time.Second, "75 pounds", n.allKnow(75_00)))
	})
}

// A region that nobody can reach is still answered for by whoever holds its
// signed summary.
func TestSummariesArePassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.separate("gm", true)
		n.records["sw"].record(70_00)
		n.until(10*time.Second, "70 pounds at otv", func() bool { return n.value("otv") == 70_00 })
		n.separate("sw", true)
		n.separate("gm", false)
		if got := n.ask("gm", survey.TotalsQuery{}); got.Coverage.Regions[1].Status != survey.CoverageMissing {
			t.Fatalf("gm cannot know of sw yet: %+v", got.Coverage)
		}
		n.until(2*time.Minute, "70 pounds at gm, through otv", func() bool { return n.value("gm") == 70_00 })
	})
}

func TestLiveAndMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.until(10*time.Second, "all in", func() bool { return n.ask("gm", survey.TotalsQuery{}).Coverage.Complete })
		n.records["sw"].record(1_00)
		if f := figure(n.ask("gm", survey.TotalsQuery{Mode: survey.ModeLive}).Figures, "investment_leveraged"); f.Value != 1_00 {
			t.Errorf("live, at once: %+v", f)
		}
		cached, live := n.ask("gm", survey.TotalsQuery{}), n.ask("gm", survey.TotalsQuery{Mode: survey.ModeLive})
		if cached.AnswerID != live.AnswerID || live.Mode != survey.ModeLive || cached.Mode != survey.ModeCached {
			t.Errorf("ids %s and %s", cached.AnswerID, live.AnswerID)
		}
		time.Sleep(4 * time.Second)
		calls := n.asked()
		n.ask("gm", survey.TotalsQuery{MaxAge: time.Minute})
		if n.asked() != calls {
			t.Error("asked although everyone was confirmed within a minute")
		}
		n.ask("gm", survey.TotalsQuery{MaxAge: time.Millisecond})
		if n.asked() != calls+2 {
			t.Errorf("%d calls for two old regions", n.asked()-calls)
		}
		n.separate("sw", true)
		begun := time.Now()
		got := n.ask("gm", survey.TotalsQuery{Mode: survey.ModeLive})
		if took := time.Since(begun); took > 3*time.Second || got.Coverage.Included != 3 {
			t.Errorf("a region that does not answer: %s, %+v", took, got.Coverage)
		}
	})
}

func TestQueriesThatCannotBeAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv")
		defer n.end()
		for name, test := range map[string]struct {
			query survey.TotalsQuery
			want  error
		}{
			"unknown cycle":   {survey.TotalsQuery{Cycle: "2014-15"}, survey.ErrNotFound},
			"certified":       {survey.TotalsQuery{Cycle: cycle, Mode: survey.ModeCertified}, survey.ErrNotFound},
			"another mode":    {survey.TotalsQuery{Cycle: cycle, Mode: "guess"}, survey.ErrInvalid},
			"another columns": {survey.TotalsQuery{Cycle: cycle, By: "postcode"}, survey.ErrInvalid},
		} {
			if _, err := n.node("otv").National(t.Context(), test.query); !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestRestartKeepsWhatWasHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.records["sw"].record(70_00)
		n.until(10*time.Second, "70 pounds", n.allKnow(70_00))
		heads := n.node("sw").Heads()
		n.close("gm")
		n.close("otv")
		n.close("sw")
		time.Sleep(time.Hour)
		n.start("gm")
		got := n.ask("gm", survey.TotalsQuery{})
		if sw := got.Coverage.Regions[1]; figure(got.Figures, "investment_leveraged").Value != 70_00 || sw.Status != survey.CoverageStale || sw.ConfirmedAt.IsZero() {
			t.Fatalf("after a restart, alone: %+v", got.Coverage)
		}
		n.start("sw")
		n.records["sw"].record(1_00)
		n.until(20*time.Second, "71 pounds", n.allKnow(71_00))
		if now := n.node("sw").Heads(); now[0].Sequence <= heads[0].Sequence {
			t.Errorf("sequence %d after %d", now[0].Sequence, heads[0].Sequence)
		}
	})
}

// A node that comes back with an old copy of its data must not sign a version
// again that it signed before.
func TestRestoredNodeStopsPublishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.records["sw"].record(10_00)
		n.until(10*time.Second, "10 pounds", n.allKnow(10_00))
		backup := n.archives["sw"].copy()
		n.records["sw"].record(20_00)
		n.until(10*time.Second, "30 pounds", n.allKnow(30_00))
		n.close("sw")
		n.archives["sw"] = backup
		n.start("sw")
		n.records["sw"].record(70_00)
		time.Sleep(30 * time.Second)
		s := n.node("sw").Status()
		if len(s.Stopped) != 1 || s.Stopped[0] != cycle || len(s.Problems) == 0 {
			t.Fatalf("status: %+v", s)
		}
		if n.value("gm") != 30_00 || n.value("sw") != 30_00 {
			t.Errorf("figures: %d at gm, %d at sw", n.value("gm"), n.value("sw"))
		}
		for _, other := range []survey.Region{"otv", "gm"} {
			if s := n.node(other).Status(); len(s.Problems) != 0 {
				t.Errorf("%s saw: %+v", other, s.Problems)
			}
		}
		n.registry.raise("sw")
		n.until(20*time.Second, "100 pounds", n.allKnow(100_00))
		if s := n.node("sw").Status(); len(s.Stopped) != 0 || len(s.Problems) != 0 {
			t.Errorf("status after it rejoined: %+v", s)
		}
	})
}

// A region that signs one version twice is found out: both are kept, and all
// nodes answer with the same one.
func TestEquivocationConverges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "gm")
		defer n.end()
		n.until(10*time.Second, "all in", func() bool { return n.ask("gm", survey.TotalsQuery{}).Coverage.Complete })
		n.close("sw")
		for i, at := range []survey.Region{"otv", "gm"} {
			s := summaryOf("sw", 1, 99, []survey.Cell{{Metric: "investment_leveraged", Value: int64(i + 1), Contributors: 1}}, 1)
			s.AsOf = time.Now().UnixMilli()
			if _, err := n.node(at).ingest.accept(t.Context(), slot{"sw", cycle}, heldOf(t, s).signed, "sw"); err != nil {
				t.Fatal(err)
			}
		}
		if n.value("otv") == n.value("gm") {
			t.Fatal("the nodes should have been told different figures")
		}
		n.until(3*time.Minute, "one figure", func() bool { return n.value("otv") == n.value("gm") })
		time.Sleep(5 * time.Minute)
		found := 0
		for _, at := range []survey.Region{"otv", "gm"} {
			s := n.node(at).Status()
			if len(s.Problems) == 1 && s.Problems[0].Alarm && s.Problems[0].Region == "sw" && len(n.archives[at].evidence) == 1 {
				found++
			}
		}
		if found == 0 {
			t.Error("no node kept the evidence and raised an alarm")
		}
		agreed := n.value("otv")
		for _, at := range []survey.Region{"otv", "gm"} {
			n.close(at)
			n.start(at)
			if n.value(at) != agreed {
				t.Errorf("%s went back to the figure it saw first", at)
			}
		}
	})
}

func TestPoliciesThatCannotBeAppliedReleaseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv")
		defer n.end()
		n.registry.change(func() { n.registry.campaigns[0].Policy = "secret"; n.registry.index++ })
		n.records["otv"].record(1_00)
		time.Sleep(5 * time.Second)
		if s := n.node("otv").Status(); len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Text, "secret") {
			t.Errorf("status: %+v", s)
		}
		for _, h := range n.node("otv").slots {
			if h.summary.AnswersIn != 0 {
				t.Errorf("released: %+v", h.summary)
			}
		}
	})
}

// What peers invent takes no memory and no place.
func TestInventedHeadsAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw")
		defer n.end()
		random := rand.New(rand.NewSource(1))
		for range 1000 {
			var v vector
			for range 100 {
				v.Entries = append(v.Entries, vectorEntry{survey.Region(rune('a' + random.Intn(26))), Head{Cycle: survey.Cycle(rune(random.Intn(1000))), Sequence: 9}})
			}
			data, err := encode(v)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := n.node("otv").ServeVector(t.Context(), "sw", data); err != nil {
				t.Fatal(err)
			}
		}
		n.node("otv").Heard("sw", []Head{{Cycle: cycle, Incarnation: 1 << 60, Sequence: 1}}, time.Now(), true)
		time.Sleep(time.Minute)
		if s := n.node("otv").Status(); s.Wanted > 1 || s.Held > 2 {
			t.Errorf("status: %+v", s)
		}
		for _, bad := range [][]byte{nil, {0xff}, []byte(strings.Repeat("\x9f", 100))} {
			if _, err := n.node("otv").ServeVector(t.Context(), "sw", bad); !errors.Is(err, survey.ErrInvalid) {
				t.Errorf("vector %x: %v", bad, err)
			}
			if _, err := n.node("otv").ServeSummary(t.Context(), "sw", bad); !errors.Is(err, survey.ErrInvalid) {
				t.Errorf("request %x: %v", bad, err)
			}
		}
	})
}

func BenchmarkNationalCached(b *testing.B) {
	r := newRegistry(fifteen...)
	node, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: &records{}, Registry: r, Claims: r, Revisions: r, Archive: newArchive(), Releases: newArchive(), Call: nobody})
	if err != nil {
		b.Fatal(err)
	}
	for _, h := range all(b, 1) {
		node.merge(h)
	}
	for b.Loop() {
		if _, err := node.National(b.Context(), survey.TotalsQuery{Cycle: cycle, By: survey.ByRegion}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if err := node.Close(); err != nil {
		b.Fatal(err)
	}
}
