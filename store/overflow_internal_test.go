package store

import (
	"errors"
	"math"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestATotalThatWouldNotFitIsRefused(t *testing.T) {
	a := aggregate{}
	if err := a.add(survey.Contribution{Metric: "m", Value: math.MaxInt64}, 1); err != nil {
		t.Fatal(err)
	}
	if err := a.add(survey.Contribution{Metric: "m", Value: 1}, 1); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if len(a.Sums) != 1 || a.Sums[0].Value != math.MaxInt64 || a.Sums[0].Contributors != 1 {
		t.Errorf("the refused one left %+v", a)
	}
}
