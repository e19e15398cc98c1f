package disclosure

import "github.com/ahsn-network/tracker/store/survey"

// Part is the amount that one company adds to a cell. Known says that another
// region may know the answer: it protects nobody from that region. Waived says
// that the company agreed to be seen, or that its figure is public: the p% rule is
// computed without it.
type Part struct {
	Value  int64
	Known  bool
	Waived bool
}

// unknown returns the part as it was before another region got the answer.
func (p Part) unknown() Part { return Part{Value: p.Value, Waived: p.Waived} }

// Waiver is the coded reason why a company's part need not be protected.
type Waiver string

const (
	WaiverConsent   Waiver = "consent"   // the company agreed
	WaiverPublished Waiver = "published" // its figure is public already
)

// contributors sums up the companies in a cell for the rules. The companies that
// protect others are in protecting, sum and the three largest, and those that were
// counted with answer in yes and no. target is the largest value that must be
// protected and protects nobody.
type contributors struct {
	protecting      int64
	sum             int64
	largest, second int64
	third           int64
	target          int64
	yes, no         int64
}

func (c *contributors) add(p Part) {
	value := max(p.Value, -p.Value)
	switch {
	case p.Waived:
	case p.Known:
		c.target = max(c.target, value)
	default:
		c.protecting++
		c.sum += value
		switch {
		case value > c.largest:
			c.largest, c.second, c.third = value, c.largest, c.second
		case value > c.second:
			c.second, c.third = value, c.second
		default:
			c.third = max(c.third, value)
		}
	}
}

// addAnswer adds the part and, if it protects others, counts its yes or no.
func (c *contributors) addAnswer(p Part, yes bool) {
	c.add(p)
	switch {
	case p.Known || p.Waived:
	case yes:
		c.yes++
	default:
		c.no++
	}
}

// safe applies the p% rule: without the two largest, the rest is at least p% of
// the largest, so that not even the second largest company can compute the
// largest to p%. A cell of zeros passes.
func (c *contributors) safe(percent int64) bool {
	return percent == 0 ||
		100*(c.sum-c.largest-c.second) >= percent*c.largest && 100*(c.sum-c.largest) >= percent*c.target
}

// safeAfterLoss applies the p% rule with one company to spare: it still holds when
// another one becomes known later, as after a transfer.
func (c *contributors) safeAfterLoss(percent int64) bool {
	return percent == 0 ||
		100*(c.sum-c.largest-c.second-c.third) >= percent*c.largest &&
			100*(c.sum-c.largest-c.second) >= percent*c.target
}

// mixed reports whether there are enough of both yes and no.
func (c *contributors) mixed() bool { return c.yes >= minEach && c.no >= minEach }

// protect reports whether the contributors of a batch protect one another: by the
// p% rule, or in a metric that counts yes by being mixed.
func (c *contributors) protect(policy Policy, m survey.Metric) bool {
	if yesNo(m) {
		return c.mixed()
	}
	return c.safe(policy.Members.Percent)
}

// Primary applies the primary rule to a cell. It returns Few, Dominated or
// nothing. A true zero passes.
func (a Audience) Primary(parts []Part) Reason {
	var all contributors
	zero := true
	for _, p := range parts {
		all.add(p)
		zero = zero && p.Value == 0
	}

	switch {
	case zero:
		return ""
	case int64(len(parts)) < a.Contributors:
		return Few
	case !all.safe(a.Percent):
		return Dominated
	}
	return ""
}

// PeopleCount protects a count of people (patients, stakeholders): 1 to 7 are
// not shown, other numbers are rounded to the nearest 5.
func PeopleCount(n int64) (rounded int64, shown bool) {
	if n >= 1 && n <= 7 {
		return 0, false
	}
	return Round(n, 5), true
}

// Round rounds to the nearest multiple of base, half away from 0.
func Round(value, base int64) int64 {
	if base <= 1 {
		return value
	}
	if value < 0 {
		return -Round(-value, base)
	}
	return (value + base/2) / base * base
}

// RoundFor returns the base to which provisional public figures of the unit are
// rounded: rates to whole percents.
func (p Policy) RoundFor(unit survey.Unit) int64 {
	switch unit {
	case survey.UnitPence:
		return p.RoundMoney
	case survey.UnitFTE:
		return 100 * p.RoundCount
	case survey.UnitBasisPoints:
		return 100
	}
	return p.RoundCount
}
