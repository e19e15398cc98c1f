package survey

// Growth writes a change in basis points with its sign, as people say it:
// "+12.5%", "−3%", "no change".
func Growth(basisPoints int64) string {
	if basisPoints == 0 {
		return "no change"
	}
	if basisPoints < 0 {
		return "−" + percent(-basisPoints)
	}
	return "+" + percent(basisPoints)
}

// Points writes the difference of two rates, in percentage points.
func Points(basisPoints int64) string {
	if basisPoints == 0 {
		return "no change"
	}
	return signedHundredths(basisPoints) + " points"
}

func signedHundredths(n int64) string {
	if n < 0 {
		return "−" + FTE(-n).String()
	}
	return "+" + FTE(n).String()
}
