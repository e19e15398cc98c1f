package web

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// progress says how many answers are in released figures, and what happens to
// the rest.
func progress(released, in int64) string {
	switch waiting := in - released; {
	case in == 0:
		return "from no answers yet"
	case waiting <= 0:
		return "from all " + plural(int(in), "answer")
	case waiting == 1:
		return "from " + survey.UnitCount.Amount(released) + " of " + plural(int(in), "answer") + "; 1 is in and will be added in a batch, or at the close"
	default:
		return "from " + survey.UnitCount.Amount(released) + " of " + plural(int(in), "answer") + "; " + survey.UnitCount.Amount(waiting) +
			" are in and will be added in batches, all at close"
	}
}
