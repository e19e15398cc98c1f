package totals

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestReconciliationExplainsEveryPound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := closedNation(t, "standard", "gm", "kss", "otv") // of 2022-23, £6,000
		defer n.end()
		before, err := n.node("gm").Reconciliation(money, "2018-19")
		if err != nil {
			t.Fatal(err)
		}
		n.certify(0)
		after, err := n.node("gm").Reconciliation(money, "2018-19")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []survey.Reconciliation{before, after} {
			cumulative, totals := int64(0), 0
			for _, y := range r.Years {
				cumulative += y.Value
				if y.Cumulative != cumulative {
					t.Errorf("%s: %d, want %d", y.Cycle, y.Cumulative, cumulative)
				}
				if y.PublishedTotal == nil {
					continue
				}
				totals++
				sum := int64(0)
				for _, l := range y.Lines {
					sum += l.Value
				}
				if sum != y.Difference || y.PublishedTotal.Value-y.Cumulative != y.Difference {
					t.Errorf("%s: lines of %d, difference of %d", y.Cycle, sum, y.Difference)
				}
			}
			if totals != 3 || len(r.Licences) != 3 || r.Years[0].Cycle != "2018-19" {
				t.Errorf("%d published sums, %+v", totals, r.Years[0])
			}
		}
		of := func(r survey.Reconciliation, c survey.Cycle) survey.ReconciledYear {
			for _, y := range r.Years {
				if y.Cycle == c {
					return y
				}
			}
			return survey.ReconciledYear{}
		}
		// £1.8bn since 2018 are £417m more than the years that were published.
		if y := of(before, "2022-23"); y.Basis != survey.BasisPublished || y.Difference != 417_000_000_00 || len(y.Lines) != 1 {
			t.Errorf("published: %+v", y)
		}
		if y := of(after, "2022-23"); y.Basis != survey.BasisCertified || y.Value != 6000_00 || len(y.Lines) != 2 || y.Published.Text != "£428m" {
			t.Errorf("certified: %+v", y)
		}
		if y := of(after, "2020-21"); y.Basis != survey.BasisNone {
			t.Errorf("never published: %+v", y)
		}
		if _, err := n.node("gm").Reconciliation("nhs_sales", "2018-19"); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("never published: %v", err)
		}
		if _, err := n.node("gm").Reconciliation("stakeholder_recommend_rate", "2013-14"); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("a rate: %v", err)
		}
	})
}
