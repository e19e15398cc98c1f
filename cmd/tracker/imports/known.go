package imports

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// allKnown reports whether none of the rows would change anything that anybody
// sees. A batch of such rows alone is not sent. One with others is sent whole,
// because its key is made of its content: an import that runs again gets its
// first answers again.
func allKnown(previews []survey.Outcome) bool {
	return !slices.ContainsFunc(previews, func(o survey.Outcome) bool { return !known(o) })
}

// known reports whether the row changes nothing that anybody sees.
func known(outcome survey.Outcome) bool {
	return outcome.Refusal == nil && outcome.Status == survey.OutcomeExists
}
