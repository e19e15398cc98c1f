package totals

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

const money = "investment_leveraged"

func (n *nation) policy(name string) {
	n.registry.change(func() { n.registry.campaigns[0].Policy = name; n.registry.index++ })
}

func (n *nation) closeCampaign() {
	n.registry.change(func() {
		n.registry.index++
		n.registry.campaigns[0].State = survey.CampaignClosed
		n.registry.campaigns[0].Version = n.registry.index
	})
}

func (n *nation) figure(at survey.Region) survey.Figure {
	return figure(n.ask(at, survey.TotalsQuery{}).Figures, money)
}

func TestStandardFromFirstAnswerToClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw")
		defer n.end()
		n.policy("standard")
		for id := range 12 {
			n.records["otv"].answer(id, 100_00)
		}
		time.Sleep(10 * time.Second)
		f := n.figure("sw")
		if f.Status != survey.FigureWaiting || f.Value != 0 || f.Qualifier != survey.QualifierAtLeast || f.Bounds == nil ||
			f.Reason != "from 0 of 12 answers; 12 are in and will be added in batches, all at close" {
			t.Fatalf("twelve answers: %+v", f)
		}
		n.records["otv"].answer(12, 100_00)
		time.Sleep(10 * time.Second)
		f = n.figure("sw")
		if f.Status != survey.FigureReported || f.Value != 500_00 || f.Contributors != 5 || f.Bounds.Lower != 500_00 ||
			f.Reason != "from 5 of 13 answers; 8 are in and will be added in batches, all at close" {
			t.Fatalf("thirteen answers: %+v", f)
		}
		bySector := n.ask("sw", survey.TotalsQuery{By: survey.BySector})
		if f := figure(bySector.Rows[0].Figures, money); f.Status != survey.FigureWaiting || f.Contributors != 0 || f.Reason != reasonLater {
			t.Errorf("by sector while open: %+v", f)
		}
		if c := bySector.Coverage; c.Complete || c.Regions[0].AnswersReleased != 5 || c.Regions[0].AnswersIn != 13 {
			t.Errorf("coverage: %+v", c)
		}
		own, err := n.node("otv").Own(cycle, "")
		if err != nil || figure(own.Live.Figures, money).Value != 1300_00 || figure(own.Released.Figures, money).Value != 500_00 ||
			own.AnswersIn != 13 || own.AnswersReleased != 5 || own.Final {
			t.Errorf("own figures: %+v, %v", own, err)
		}
		// A correction of what was released waits; the whole may be less.
		n.records["otv"].answer(0, 1_00)
		time.Sleep(10 * time.Second)
		if f = n.figure("sw"); f.Value != 500_00 || f.Bounds.Lower != 0 || f.Qualifier != survey.QualifierEstimated || !strings.Contains(f.Reason, "may be less") {
			t.Errorf("a lone correction: %+v", f)
		}
		n.closeCampaign()
		time.Sleep(10 * time.Second)
		if f = n.figure("sw"); f.Value != 500_00 {
			t.Fatalf("closed before the records followed the registry: %+v", f)
		}
		n.records["otv"].cursor.Store(n.registry.Index())
		n.records["sw"].cursor.Store(n.registry.Index())
		time.Sleep(10 * time.Second)
		if f = n.figure("sw"); f.Value != 1201_00 || f.Qualifier != survey.QualifierExact || f.Contributors != 13 || f.Reason != "" {
			t.Fatalf("at the close: %+v", f)
		}
		got := n.ask("sw", survey.TotalsQuery{By: survey.BySector})
		sum := int64(0)
		for _, row := range got.Rows {
			sum += figure(row.Figures, money).Value
		}
		if sum != 1201_00 || !got.Coverage.Complete {
			t.Errorf("by sector at the close: %d, %+v", sum, got.Rows)
		}
		n.records["otv"].answer(13, 7_00)
		n.close("otv")
		n.start("otv")
		time.Sleep(10 * time.Second)
		if f = n.figure("sw"); f.Value != 1201_00 {
			t.Errorf("a late answer moved the final figure: %+v", f)
		}
		if own, err := n.node("otv").Own(cycle, ""); err != nil || !own.Late || !own.Final || figure(own.Live.Figures, money).Value != 1208_00 {
			t.Errorf("a late answer: %+v, %v", own, err)
		}
	})
}

func TestStricterNodeAndPolicyThatChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv")
		defer n.end()
		strict, err := disclosure.ByName(disclosure.Standard)
		if err != nil {
			t.Fatal(err)
		}
		strict.HoldBack = 10
		for id := range 14 {
			n.records["otv"].answer(id, 100_00)
		}
		time.Sleep(5 * time.Second)
		if f := n.figure("otv"); f.Value != 1400_00 || f.Qualifier != survey.QualifierExact {
			t.Fatalf("open: %+v", f)
		}
		// From now on standard: what left under open cannot be kept apart.
		n.policy("standard")
		for id := 14; id < 40; id++ {
			n.records["otv"].answer(id, 100_00)
		}
		time.Sleep(5 * time.Second)
		if f := n.figure("otv"); f.Value != 1400_00 || f.Qualifier == survey.QualifierExact {
			t.Fatalf("changed to standard: %+v", f)
		}
		if _, err := Open(Options{Region: "otv", Key: keyOf("otv"), Records: n.records["otv"], Registry: n.registry, Claims: n.registry, Revisions: n.registry, Archive: newArchive(), Releases: newArchive(),
			Call: refused, Stricter: &disclosure.Policy{}}); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("an empty stricter policy: %v", err)
		}
		n.records["otv"].change(func() {
			n.records["otv"].counted = n.records["otv"].counted[:14]
			n.records["otv"].at.File++
		})
		kept := newArchive()
		other, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: n.records["otv"], Registry: n.registry, Claims: n.registry, Revisions: n.registry,
			Archive: kept, Releases: kept, Call: refused, Alive: func() []survey.Region { return nil }, Stricter: &strict}) // it publishes at once
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := other.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s, _, err := other.Held("otv", cycle); err != nil || s.AnswersReleased != 0 || s.AnswersIn != 14 {
			t.Errorf("a stricter hold-back: %+v, %v", s, err)
		}
	})
}

// failing is an archive whose disk fails before the summary is kept.
type failing struct {
	Archive
	broken bool
}

func (f *failing) Put(r survey.Region, c survey.Cycle, v summaries.Version, signed []byte, m summaries.Meta) error {
	if f.broken {
		return boltfile.ErrFailed
	}
	return f.Archive.Put(r, c, v, signed, m)
}

// A node that stops between deciding a batch and sending it sends that batch
// later, under a version of its own, whatever was answered meanwhile.
func TestCrashBetweenDecidingAndSending(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	r := newRegistry("otv")
	r.campaigns[0].Policy = "standard"
	own := &records{}
	open := func(broken bool) (*Totals, *summaries.Summaries) {
		t.Helper()
		kept, err := summaries.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		node, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: own, Registry: r, Claims: r, Revisions: r,
			Archive: &failing{kept, broken}, Releases: kept, Alive: func() []survey.Region { return nil }, Call: refused})
		if err != nil {
			t.Fatal(err)
		}
		return node, kept
	}
	end := func(node *Totals, kept *summaries.Summaries) {
		t.Helper()
		if err := errors.Join(node.Close(), kept.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for id := range 13 {
		own.answer(id, int64(100+id))
	}
	node, kept := open(true)
	if err := node.Publish(t.Context()); !errors.Is(err, boltfile.ErrFailed) {
		t.Fatalf("the disk fails: %v", err)
	}
	end(node, kept)
	// The oldest of the decided batch is corrected, so a new decision would
	// make another batch.
	own.answer(0, 1)
	own.answer(13, 1)
	node, kept = open(false)
	defer end(node, kept)
	if err := node.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, _, err := node.Held("otv", cycle)
	if err != nil {
		t.Fatal(err)
	}
	var cell survey.Cell
	for _, c := range s.Cells {
		if c.Metric == money {
			cell = c
		}
	}
	if cell.Value != 100+101+102+103+104 || cell.Contributors != 5 || cell.Flag != survey.CellChanging || s.Sequence < 2 {
		t.Errorf("%+v in version %d", cell, s.Sequence)
	}
}

// A node restored from an old copy knows what it published, but not whose.
func TestRestoredNodeReleasesNothingBeforeTheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw")
		defer n.end()
		n.policy("standard")
		for id := range 13 {
			n.records["otv"].answer(id, 100_00)
		}
		time.Sleep(10 * time.Second)
		old := n.archives["otv"].copy()
		for id := 13; id < 20; id++ {
			n.records["otv"].answer(id, 100_00)
		}
		time.Sleep(10 * time.Second)
		before := n.figure("sw")
		if before.Value != 1000_00 && before.Value != 1200_00 {
			t.Fatalf("before: %+v", before)
		}
		n.close("otv")
		n.archives["otv"] = old
		n.start("otv")
		time.Sleep(10 * time.Second)
		n.registry.raise("otv")
		for id := 20; id < 60; id++ {
			n.records["otv"].answer(id, 100_00)
		}
		time.Sleep(2 * time.Minute)
		got := n.ask("sw", survey.TotalsQuery{})
		if f := figure(got.Figures, money); f.Value != before.Value || got.Coverage.Regions[0].Incarnation != 2 || got.Coverage.Regions[0].AnswersIn != 60 {
			t.Errorf("after: %+v, %+v", f, got.Coverage.Regions[0])
		}
	})
}

// final is one region's final summary of these amounts.
func final(t *testing.T, region survey.Region, amounts ...int64) *held {
	t.Helper()
	policy, err := disclosure.ByName(disclosure.Standard)
	if err != nil {
		t.Fatal(err)
	}
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		t.Fatal(err)
	}
	in := disclosure.Input{Policy: policy, Definitions: definitions, Closed: true}
	for i, amount := range amounts {
		in.Answers = append(in.Answers, disclosure.Answer{Organisation: survey.Identifier(fmt.Sprintf("AHSN:%s%d", region, i)),
			Values: []survey.Contribution{{Metric: money, Value: amount}}})
	}
	out := disclosure.Plan(disclosure.State{}, in)
	s := summaryOf(region, 1, 1, out.Cells, int64(len(amounts)))
	s.Policy, s.AnswersReleased, s.Status = disclosure.Standard, out.Answers, SummaryFinal
	return heldOf(t, s)
}

func alike(n int, amount int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = amount
	}
	return out
}

func TestNationWithSmallAndDominatedRegions(t *testing.T) {
	var summaries []*held
	total := int64(0)
	for i, region := range fifteen {
		amounts := alike(20+i, 50_00)
		if region == "wessex" {
			amounts = append(alike(20, 2_50), 800_00, 150_00)
		}
		for _, a := range amounts {
			total += a
		}
		summaries = append(summaries, final(t, region, amounts...))
	}
	in := nationOf(t, survey.ByRegion, summaries...)
	in.campaign.Policy, in.campaign.State = disclosure.Standard, survey.CampaignClosed
	got := mustMerge(t, in)
	if f := figure(got.Figures, money); f.Value != total || f.Qualifier != survey.QualifierExact {
		t.Errorf("one region is dominated at 80 %%: %+v, want %d", f, total)
	}
	whole, err := publicWhole(in, money)
	if err != nil {
		t.Fatal(err)
	}
	var hidden []string
	for _, row := range whole.Rows {
		if f := row.Figures[0]; f.Status == survey.FigureHidden {
			hidden = append(hidden, row.Key)
			if f.Value != 0 || f.Reason == "" {
				t.Errorf("%s: %+v", row.Key, f)
			}
		}
	}
	if len(hidden) < 3 || !strings.Contains(strings.Join(hidden, " "), "wessex") {
		t.Errorf("hidden for the public: %v", hidden)
	}

	// Three answers in one region: the nation is at least the rest.
	in.summaries[0] = final(t, fifteen[0], 1_00, 2_00, 3_00)
	f := figure(mustMerge(t, in).Figures, money)
	if rest := total - 20*50_00; f.Value != rest || f.Qualifier != survey.QualifierAtLeast || f.Bounds.Lower != rest ||
		!strings.Contains(f.Reason, string(fifteen[0])) {
		t.Errorf("a region with three answers: %+v", f)
	}
	row := mustMerge(t, in).Rows[0]
	if f := figure(row.Figures, money); f.Status != survey.FigureHidden || f.Reason != disclosure.Few.Text() || f.Value != 0 {
		t.Errorf("its row: %+v", f)
	}
	in.summaries[1] = summaries[1]
	in.summaries[1].summary.Status = SummaryOpen
	if whole, err = publicWhole(in, money); err != nil || !whole.Provisional || len(whole.Rows) != 0 {
		t.Errorf("before all figures are final: %+v, %v", whole, err)
	}
}

func TestProvisionalForThePublic(t *testing.T) {
	upper := int64(91)
	totals := survey.Totals{Policy: disclosure.Standard, By: survey.ByRegion, Rows: []survey.TotalsRow{{Key: "otv"}}, Figures: []survey.Figure{
		{Metric: money, Unit: survey.UnitPence, Value: 428_049_999_00, Contributors: 1273, Status: survey.FigureReported, Qualifier: survey.QualifierExact,
			Reason: "from 1,240 of 1,373 answers; 133 are in and will be added in batches, all at close", ReasonCode: survey.FigureHeldBack},
		{Metric: "adoptions", Unit: survey.UnitCount, Value: 12, Contributors: 9, Status: survey.FigureReported},
		{Metric: "recommend_positive", Unit: survey.UnitCount, Value: 73, Contributors: 100, Status: survey.FigureReported,
			Bounds: &survey.Bounds{Lower: 73, Upper: &upper}},
		{Metric: companiesSupported, Unit: survey.UnitCount, Value: 2831, Contributors: 2831},
	}}
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Provisional(definitions, totals)
	if err != nil || got.Rows != nil || got.By != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if f := got.Figures[0]; f.Value != 428_000_000_00 || f.Contributors != 1275 || f.Qualifier == survey.QualifierExact || strings.ContainsAny(f.Reason, "0123456789") || f.Reason == "" {
		t.Errorf("%+v", f)
	}
	if f := got.Figures[1]; f.Status != survey.FigureHidden || f.Value != 0 {
		t.Errorf("of nine companies: %+v", f)
	}
	if f := got.Figures[2]; f.Value != 75 || f.Bounds.Lower != 70 || *f.Bounds.Upper != 95 {
		t.Errorf("%+v", f)
	}
	if f := got.Figures[3]; f.Value != 2831 {
		t.Errorf("%+v", f)
	}
	if totals.Figures[0].Value != 428_049_999_00 {
		t.Error("the members' figures were rounded too")
	}
	totals.Policy = "secret"
	if _, err := Provisional(definitions, totals); !errors.Is(err, disclosure.ErrPolicyUnknown) {
		t.Errorf("%v", err)
	}
}
