package main

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// alreadyKnown asks the node what would become of the rows, and reports whether
// all of them would change nothing that anybody sees. A batch of such rows alone is not
// sent. One with others is sent whole, because its key is made of its content:
// an import that runs again gets its first answers again.
func (im *importer) alreadyKnown(ctx context.Context, rows []importRow) (previews []survey.Outcome, all bool, err error) {
	if im.dryRun {
		return nil, false, nil // the batch itself is a preview
	}
	previews, err = im.ask(ctx, rows, true)
	if err != nil {
		return nil, false, err
	}
	all = true
	for _, outcome := range previews {
		all = all && known(outcome)
	}
	return previews, all, nil
}

// known reports whether the row changes nothing that anybody sees.
func known(outcome survey.Outcome) bool {
	return outcome.Refusal == nil && outcome.Status == survey.OutcomeExists
}
