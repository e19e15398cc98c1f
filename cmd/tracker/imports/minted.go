package imports

import (
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// settleMinted asks again for rows whose only number comes from another federation. The number is
// kept, unless exactly one organisation here has the name and is not in the list: then that is the
// one. Two numbers in one list are two organisations, whatever their names.
func (im *importer) settleMinted(ctx context.Context, sent []importRow, outcomes []survey.Outcome) error {
	var places []int
	for i, outcome := range outcomes {
		ids := sent[i].new.Identifiers
		refused := outcome.Refusal != nil && outcome.Refusal.Code == survey.RefusedUnknownOrganisation
		if len(ids) == 1 && ids[0].Minted() && refused {
			places = append(places, i)
		}
	}

	if err := im.askMinted(ctx, sent, outcomes, places, false); err != nil {
		return err
	}

	// Only those whose name is known here need a second look.
	places = slices.DeleteFunc(places, func(i int) bool {
		refusal := outcomes[i].Refusal
		return refusal == nil || refusal.Code != survey.RefusedPossibleDuplicates
	})
	return im.askMinted(ctx, sent, outcomes, places, true)
}

// askMinted asks with the numbers to be kept. After a refusal it confirms that the candidates in
// the list itself are different, and accepts the one that remains.
func (im *importer) askMinted(ctx context.Context, sent []importRow, outcomes []survey.Outcome, places []int,
	refused bool) error {
	if len(places) == 0 {
		return nil
	}

	rows := make([]importRow, len(places))
	for k, i := range places {
		rows[k] = sent[i]
		row := &rows[k].new
		row.Minted, row.Identifiers, row.Match = row.Identifiers[0], nil, refused
		if refused {
			for _, candidate := range outcomes[i].Refusal.Candidates {
				if im.listed[candidate] {
					row.ConfirmNot = append(row.ConfirmNot, candidate)
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

		// The row's own number leads nowhere here, so the person must know the new one.
		if id := again[k].ID; again[k].Refusal == nil && id != was {
			text := fmt.Sprintf("%s comes from another federation; here it is %s, found by its name", was, id)
			im.problem(rows[k].row, problemAt(rows[k].row, sheet.Warning, text), nil)
		}
	}
	return nil
}
