package survey

// Growth writes a change in basis points with its sign, as people say it:
// "+12.5%", "−3%", "no change".
func Growth(basisPoints int64) string { return signed(basisPoints, percent) }

// Points writes the difference of two rates, in percentage points.
func Points(basisPoints int64) string {
	return signed(basisPoints, func(n int64) string { return FTE(n).String() + " points" })
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
