package totals

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestTotalsAsTheyWere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw", "wessex")
		defer n.end()
		n.records["otv"].answer(1, 10_00)
		time.Sleep(10 * time.Second)
		then := time.Now()
		time.Sleep(time.Hour)
		n.records["otv"].answer(2, 20_00)
		n.records["sw"].answer(3, 5_00)
		time.Sleep(10 * time.Second)
		ask := func(at survey.Region, when time.Time) string {
			t.Helper()
			text, err := json.Marshal(n.ask(at, survey.TotalsQuery{AsOf: when, By: survey.ByRegion}))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		got := n.ask("sw", survey.TotalsQuery{AsOf: then})
		if f := figure(got.Figures, money); f.Value != 10_00 || got.Mode != survey.ModeAsOf || !got.AsOf.Equal(then) {
			t.Errorf("then: %+v", f)
		}
		if f := figure(got.Figures, companiesSupported); f.Status != survey.FigureNotCollected || f.Reason != reasonNotThen {
			t.Errorf("counts of then: %+v", f)
		}
		first := ask("otv", then)
		n.registry.raise("wessex")
		time.Sleep(30 * time.Second)
		for _, at := range n.regions {
			if other := ask(at, then); other != first {
				t.Errorf("%s says otherwise:\n%s\n%s", at, other, first)
			}
		}
		if f := figure(n.ask("wessex", survey.TotalsQuery{AsOf: time.Now()}).Figures, money); f.Value != 35_00 {
			t.Errorf("now: %+v", f)
		}
		early := n.ask("sw", survey.TotalsQuery{AsOf: then.Add(-time.Hour * 24)})
		if f := figure(early.Figures, money); f.Status != survey.FigureMissing || early.Coverage.Included != 0 {
			t.Errorf("before anything: %+v", f)
		}
		if _, err := n.node("sw").National(t.Context(), survey.TotalsQuery{Cycle: cycle, AsOf: then, Mode: survey.ModeLive}); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("live as of a time: %v", err)
		}
	})
}
