package survey_test

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestFiguresInWords(t *testing.T) {
	upper := int64(700)
	for _, tc := range []struct {
		figure survey.Figure
		want   string
	}{
		{survey.Figure{Value: 42_800_000_000, Unit: survey.UnitPence, Status: survey.FigureReported, Qualifier: survey.QualifierExact}, "£428,000,000"},
		{survey.Figure{Value: 132_900, Unit: survey.UnitFTE, Status: survey.FigureReported}, "1,329 posts"},
		{survey.Figure{Value: 100, Unit: survey.UnitFTE, Status: survey.FigureReported}, "1 post"},
		{survey.Figure{Value: 750, Unit: survey.UnitFTE, Status: survey.FigureReported, Qualifier: survey.QualifierUpTo}, "up to 7.5 posts"},
		{survey.Figure{Value: 1_234_567, Unit: survey.UnitCount, Status: survey.FigureReported, Qualifier: survey.QualifierAtLeast}, "at least 1,234,567"},
		{survey.Figure{Value: 4_950, Unit: survey.UnitBasisPoints, Status: survey.FigureReported, Qualifier: survey.QualifierEstimated}, "about 49.5%"},
		{survey.Figure{Value: 4_500, Unit: survey.UnitBasisPoints, Status: survey.FigureReported}, "45%"},
		{survey.Figure{Value: 4_593, Unit: survey.UnitBasisPoints, Status: survey.FigureReported}, "45.9%"},
		{survey.Figure{Value: -1_234_567, Unit: survey.UnitCount, Status: survey.FigureReported}, "-1,234,567"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureZero}, "£0"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureWaiting}, "waiting for more answers"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureHidden}, "hidden to protect a company"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureMissing}, "missing"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureNotCollected}, "not collected"},
	} {
		if got := tc.figure.Words(); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.figure, got, tc.want)
		}
	}
	if got := (survey.Figure{Unit: survey.UnitCount, Contributors: 1200, Bounds: &survey.Bounds{Lower: 5, Upper: &upper}}).Note(); got != "1,200 companies; between 5 and 700" {
		t.Errorf("note %q", got)
	}
}
