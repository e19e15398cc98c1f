package survey

import "strings"

// Growth writes a change in basis points with its sign, as people say it:
// "+12.5%", "−3%", "no change".
func Growth(basisPoints int64) string { return signed(basisPoints, percent) }

// Points writes the difference of two rates, in percentage points.
func Points(basisPoints int64) string {
	return signed(basisPoints, func(n int64) string { return FTE(n).String() + " points" })
}

// Signed writes a difference in the unit with its sign, as people write it:
// "+£1,234.50", "−7.5 posts", "0".
func (u Unit) Signed(value int64) string {
	if value > 0 {
		return "+" + u.Amount(value)
	}
	// People read a minus sign, programs a hyphen.
	return strings.Replace(u.Amount(value), "-", "−", 1)
}

func signed(n int64, words func(int64) string) string {
	switch {
	case n == 0:
		return "no change"
	case n < 0:
		return "−" + words(-n)
	}
	return "+" + words(n)
}
