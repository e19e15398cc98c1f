package totals

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// sum is one metric over some of the regions. value is the released part. The whole is at least
// lower, and at most ceiling with the most that the spare answers can add: those that are in but
// not released.
type sum struct {
	value, contributors   int64
	lower, ceiling, spare int64
	waiting               bool // for more answers
	changing              bool // answers in the value changed since
	later                 bool // breakdowns leave at the close
	hiddenBy              []survey.Region
	overflow              bool
}

func (s *sum) withheld() bool { return s.waiting || s.changing || s.later || len(s.hiddenBy) > 0 }

// add adds one region's cell.
func (s *sum) add(c survey.Cell, of Summary) {
	part := sum{value: c.Value, contributors: c.Contributors, lower: c.Value, ceiling: c.Value}
	switch c.Flag {
	case survey.CellWaiting:
		part.waiting = true
	case survey.CellHidden:
		part.hiddenBy = []survey.Region{of.Region}
	case survey.CellChanging:
		part.lower, part.ceiling = 0, 0
		// All of the value may be gone by now.
		part.changing = true
		if of.Status == SummaryFinal {
			part.hiddenBy = []survey.Region{of.Region}
		}
	}

	switch {
	case part.changing:
		part.spare = of.AnswersIn
	case part.withheld():
		part.spare = max(0, of.AnswersIn-c.Contributors)
	}

	s.merge(part)
}

// wait adds a region whose breakdowns have not left.
func (s *sum) wait(of Summary) { s.merge(sum{later: true, spare: of.AnswersIn}) }

// merge adds another sum. On overflow the values stay as they were.
func (s *sum) merge(o sum) {
	ok := true
	for _, pair := range [][2]*int64{{&s.value, &o.value}, {&s.contributors, &o.contributors}, {&s.lower, &o.lower},
		{&s.ceiling, &o.ceiling}, {&s.spare, &o.spare}} {
		next, fits := survey.AddChecked(*pair[0], *pair[1])
		if ok = ok && fits; ok {
			*pair[0] = next
		}
	}

	s.overflow = s.overflow || o.overflow || !ok
	s.waiting, s.changing, s.later = s.waiting || o.waiting, s.changing || o.changing, s.later || o.later
	s.hiddenBy = append(s.hiddenBy, o.hiddenBy...)
}

// bounds returns the interval that contains the whole. limit is the most that one answer can add, 0
// if there is no limit; partial says that a region is missing altogether.
func (s *sum) bounds(limit int64, partial bool) *survey.Bounds {
	b := &survey.Bounds{Lower: s.lower}
	if limit > 0 && !partial && !s.overflow {
		upper := s.ceiling + limit*s.spare
		b.Upper = &upper
	}
	return b
}

// qualifier tells how to read the value beside its bounds.
func (s *sum) qualifier() survey.Qualifier {
	if s.lower < s.value {
		return survey.QualifierEstimated
	}
	return survey.QualifierAtLeast
}

// maxPerAnswer returns the most that one answer adds to the metric: 1 where answers are counted.
// Amounts have no useful limit.
func maxPerAnswer(m survey.Metric) int64 {
	if m.Measure == survey.MeasureAnswered || m.Measure == survey.MeasureAtLeast || m.Measure == survey.MeasureIs {
		return 1
	}
	return 0
}
