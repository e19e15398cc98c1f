package api_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkTotals is what the surface adds to a cached answer.
func BenchmarkTotals(b *testing.B) {
	totals := survey.Totals{Cycle: cycle, AnswerID: "a1", Coverage: survey.Coverage{Of: 15, Included: 15}}
	for _, info := range survey.Regions() {
		totals.Coverage.Regions = append(totals.Coverage.Regions, survey.RegionCoverage{Region: info.Region, Status: survey.CoverageCurrent})
	}
	for i := range 12 {
		totals.Figures = append(totals.Figures, survey.Figure{Metric: fmt.Sprint("metric_", i), Value: 42_800_000_000, Unit: survey.UnitPence})
	}
	rooms := &fakeRooms{NationalFn: func(survey.TotalsQuery) (survey.Totals, error) { return totals, nil }}
	h, err := api.New(required(&fakeRegistry{}, rooms))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", api.Prefix+"/totals?cycle=2022-23", nil)
		r.Header.Set("Authorization", "Bearer viewer")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
