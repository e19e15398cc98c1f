package survey_test

import (
	"errors"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestParseCycle(t *testing.T) {
	for _, spelling := range []string{"2019-20", "2019/20", "2019/2020", "2019-2020", "19-20", " 19/20 ", "2019–20"} {
		if got, err := survey.ParseCycle(spelling); err != nil || got != "2019-20" {
			t.Errorf("ParseCycle(%q) = %q, %v", spelling, got, err)
		}
	}
	for _, bad := range []string{"", "2019", "2019-21", "2020-19", "1999-00", "2012-13", "2019-20x", "٢٠١٩-٢٠"} {
		if got, err := survey.ParseCycle(bad); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("ParseCycle(%q) = %q, %v; want ErrInvalid", bad, got, err)
		}
	}
	c := survey.Cycle("2019-20")
	if c.Begins() != "2019-04-01" || c.Ends() != "2020-03-31" || c.Previous() != "2018-19" {
		t.Errorf("2019-20 runs from %s to %s after %s", c.Begins(), c.Ends(), c.Previous())
	}
	if century := survey.Cycle("2098-99").Previous(); century != "2097-98" {
		t.Errorf("the cycle before 2098-99 is %s", century)
	}
}
