package totals

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// A node on the real archive: what it held, it holds after a restart.
func TestRealArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summaries.db")
	r := newRegistry("otv", "sw")
	own := &records{}
	own.record(12_00)
	open := func() (*Totals, *summaries.Summaries) {
		t.Helper()
		kept, err := summaries.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		node, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: own, Registry: r, Claims: r, Revisions: r, Archive: kept, Releases: kept,
			Alive: func() []survey.Region { return nil }, Call: refused})
		if err != nil {
			t.Fatal(err)
		}
		return node, kept
	}
	end := func(node *Totals, kept *summaries.Summaries) {
		t.Helper()
		if err := node.Close(); err != nil {
			t.Fatal(err)
		}
		if err := kept.Close(); err != nil {
			t.Fatal(err)
		}
	}
	node, kept := open()
	if err := node.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := summaryOf("sw", 1, 4, []survey.Cell{{Metric: "investment_leveraged", Value: 30_00, Contributors: 1}}, 1)
	if _, err := node.ingest.accept(t.Context(), slot{"sw", cycle}, heldOf(t, s).signed, "sw"); err != nil {
		t.Fatal(err)
	}
	s.AsOf++
	if _, err := node.ingest.accept(t.Context(), slot{"sw", cycle}, heldOf(t, s).signed, "sw"); err != nil {
		t.Fatal(err)
	}
	node.Heard("sw", []Head{heldIn(node, "sw").head()}, time.Now(), true)
	before, err := node.National(t.Context(), survey.TotalsQuery{Cycle: cycle})
	if err != nil {
		t.Fatal(err)
	}
	end(node, kept)

	node, kept = open()
	defer end(node, kept)
	after, err := node.National(t.Context(), survey.TotalsQuery{Cycle: cycle})
	if err != nil {
		t.Fatal(err)
	}
	if f := figure(after.Figures, "investment_leveraged"); f.Value != 42_00 || after.AnswerID != before.AnswerID {
		t.Errorf("after a restart: %+v", f)
	}
	if after.Coverage.Regions[1].ConfirmedAt.IsZero() {
		t.Error("the confirmation was forgotten")
	}
	if problems := node.Status().Problems; len(problems) != 1 || !problems[0].Alarm {
		t.Errorf("the alarm was forgotten: %+v", problems)
	}
	if err := node.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	own.record(1_00)
	if err := node.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h := heldIn(node, "otv"); h.summary.Sequence != 2 || h.summary.Previous == [32]byte{} {
		t.Errorf("own summary after a restart: sequence %d", h.summary.Sequence)
	}
}

func heldIn(node *Totals, region survey.Region) *held {
	return node.get(slot{region, cycle})
}
