package imports

import (
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// settleMinted asks again for rows whose only number was given by another
// federation. It is kept, unless one organisation here that is not of the list
// has the name: then that is the one. Two numbers of one list are two
// organisations, whatever they are called.
func (im *importer) settleMinted(ctx context.Context, sent []importRow, outcomes []survey.Outcome) error {
	var places []int
	for i, outcome := range outcomes {
		ids := sent[i].new.Identifiers
		if len(ids) == 1 && ids[0].Minted() && outcome.Refusal != nil && outcome.Refusal.Code == survey.RefusedUnknownOrganisation {
			places = append(places, i)
		}
	}
	if err := im.askMinted(ctx, sent, outcomes, places, false); err != nil {
		return err
	}
	places = slices.DeleteFunc(places, func(i int) bool {
		refusal := outcomes[i].Refusal
		return refusal == nil || refusal.Code != survey.RefusedPossibleDuplicates
	})
	return im.askMinted(ctx, sent, outcomes, places, true)
}

// askMinted asks with the numbers to be kept. After a refusal the candidates of
// the list itself are confirmed to be others, and one that is left is taken.
func (im *importer) askMinted(ctx context.Context, sent []importRow, outcomes []survey.Outcome, places []int, refused bool) error {
	if len(places) == 0 {
		return nil
	}
	rows := make([]importRow, len(places))
	for k, i := range places {
		rows[k] = sent[i]
		rows[k].new.Minted, rows[k].new.Identifiers, rows[k].new.Match = rows[k].new.Identifiers[0], nil, refused
		if refused {
			for _, candidate := range outcomes[i].Refusal.Candidates {
				if im.listed[candidate] {
					rows[k].new.ConfirmNot = append(rows[k].new.ConfirmNot, candidate)
				}
			}
		}
	}
	again, err := im.ask(ctx, rows, im.dryRun)
	if err != nil {
		return err
	}
	for k, i := range places {
		was := rows[k].new.Minted
		outcomes[i] = again[k]
		if id := again[k].ID; again[k].Refusal == nil && id != was {
			im.problem(rows[k].row, sheet.Problem{Row: rows[k].row.Number, Line: rows[k].row.Line, Severity: sheet.Warning,
				Text: fmt.Sprintf("%s was given by another federation; here it is %s, found by its name", was, id)}, nil)
		}
	}
	return nil
}
