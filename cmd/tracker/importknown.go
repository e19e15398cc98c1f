package main

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// alreadyKnown asks the node which rows of the batch would change nothing that
// anybody sees; it returns true for those. A batch of such rows alone is not
// sent. One with others is sent whole, because its key is made of its content:
// an import that runs again gets its first answers again.
func (im *importer) alreadyKnown(ctx context.Context) (known []bool, all bool, err error) {
	known = make([]bool, len(im.pending))
	if im.dryRun {
		return known, false, nil // the batch itself is a preview
	}
	outcomes, err := im.ask(ctx, im.pending, true)
	if err != nil {
		return nil, false, err
	}
	all = true
	for i, outcome := range outcomes {
		known[i] = outcome.Refusal == nil && outcome.Status == survey.OutcomeExists
		all = all && known[i]
		if known[i] {
			im.count(im.pending[i], outcome)
		}
	}
	return known, all, nil
}
