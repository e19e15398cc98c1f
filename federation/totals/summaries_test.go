package totals

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestWatch: whoever waits at one node hears of another region's new summary,
// once, and of nothing while nothing is signed.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := found(t, "otv", "sw")
		defer n.end()
		n.until(10*time.Second, "both are in", func() bool { return n.ask("sw", survey.TotalsQuery{}).Coverage.Complete })
		time.Sleep(time.Minute)
		before, news := n.node("sw").NewestSummaries(), n.node("sw").Watch()
		select {
		case <-news:
			t.Fatal("news of nothing")
		case <-time.After(time.Minute):
		}
		n.records["otv"].record(100_00)
		select {
		case <-news:
		case <-time.After(10 * time.Second):
			t.Fatal("no news of a new summary")
		}
		after := n.node("sw").NewestSummaries()
		if len(after) != len(before) || after[0].Region != "otv" || after[0].Sequence <= before[0].Sequence || after[1] != before[1] {
			t.Errorf("before %+v, after %+v", before, after)
		}
	})
}
