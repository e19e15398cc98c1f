package imports

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// organisation reads what the node knows by an identifier, false if nothing.
func (im *importer) organisation(ctx context.Context, id survey.Identifier) (survey.Organisation, bool, error) {
	o, _, err := cli.Decoded[survey.Organisation](im.client.Get(ctx, cli.OrganisationPath(id), nil))
	if errors.Is(err, survey.ErrNotFound) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("read %s: %w", id, err)
	}
	return o, true, nil
}

// withoutMerged takes out the rows that stand for an organisation which was
// merged into another here: what is known of it is the other's, so such a row is compared
// and not sent. In a list from elsewhere a number of it is just another name of
// the one that remains.
func (im *importer) withoutMerged(ctx context.Context, rows []importRow, previews []survey.Outcome) ([]importRow, []survey.Outcome, error) {
	var left []importRow
	var outcomes []survey.Outcome
	for i, r := range rows {
		id := previews[i].ID
		alone := r.listed.Exported || r.listed.MergedInto != ""
		if alone && previews[i].Refusal == nil && len(r.new.Identifiers) > 0 && !slices.Contains(r.new.Identifiers, id) {
			o, found, err := im.organisation(ctx, r.new.Identifiers[0])
			if err != nil {
				return nil, nil, err
			}
			if found && !slices.Contains(o.Identifiers, r.new.Identifiers[0]) {
				r.outcome = survey.Outcome{Status: survey.OutcomeExists, ID: o.ID}
				im.compareMerged(&r, o)
				im.settle(r)
				continue
			}
		}
		left, outcomes = append(left, r), append(outcomes, previews[i])
	}
	return left, outcomes, nil
}

// compareMerged refuses what a row says of an organisation that was merged into
// o, except that it was.
func (im *importer) compareMerged(r *importRow, o survey.Organisation) {
	id := r.new.Identifiers[0]
	im.refuseWithout(r)
	if into := r.listed.MergedInto; into != "" && !slices.Contains(o.Identifiers, into) && !slices.Contains(o.Aliases, into) {
		im.refuseEdit(r, sheet.Edit{Field: sheet.EditMergedInto, Is: string(into)}, "%s is merged into %s here: undo that with \"tracker org split %s\" first", id, o.ID, id)
	}
	for _, e := range r.listed.Edits {
		if e.Problem == "" && e.Field != sheet.EditMergedInto {
			im.refuseEdit(r, e, "it was merged into %s: correct that one, or undo the merge with \"tracker org split %s\" first", o.ID, id)
		}
	}
}

// sendMerges merges what the list says was merged into another. What others are
// merged into comes after them, so that each goes where its row says.
func (im *importer) sendMerges(ctx context.Context) error {
	for len(im.merging) > 0 {
		next := slices.IndexFunc(im.merging, func(r importRow) bool {
			return !slices.ContainsFunc(im.merging, func(other importRow) bool { return slices.Contains(r.new.Identifiers, other.listed.MergedInto) })
		})
		r := im.merging[max(next, 0)] // a ring has no first one, and is refused
		im.merging = slices.Delete(im.merging, max(next, 0), max(next, 0)+1)
		if err := im.merge(ctx, &r); err != nil {
			return err
		}
		im.settle(r)
	}
	return nil
}

func (im *importer) merge(ctx context.Context, r *importRow) error {
	edit := sheet.Edit{Field: sheet.EditMergedInto, Is: string(r.listed.MergedInto)}
	from, into := r.outcome.ID, r.listed.MergedInto
	if from == "" && len(r.new.Identifiers) > 0 {
		from = r.new.Identifiers[0] // of a dry run
	}
	o, found, err := im.organisation(ctx, into)
	switch {
	case err != nil:
		return err
	case !found && !(im.dryRun && im.listed[into]):
		im.refuseEdit(r, edit, "%s is not registered: nothing was merged", into)
		return nil
	case found && (slices.Contains(o.Identifiers, from) || slices.Contains(o.Aliases, from)):
		im.refuseEdit(r, edit, "it is %s itself: nothing was merged", into)
		return nil
	}
	if !im.dryRun {
		body := map[string]string{"into": string(into), "reason": string(survey.MergeSameCompany)}
		if _, err := im.client.Change(ctx, http.MethodPost, cli.OrganisationPath(from)+"/merge", body, im.client.NextKey()); err != nil {
			if errors.Is(err, survey.ErrUnknownOutcome) || errors.Is(err, survey.ErrNoQuorum) || errors.Is(err, cli.ErrUnreachable) {
				return fmt.Errorf("merge %s into %s: %w", from, into, err)
			}
			im.refuseEdit(r, edit, "it was not merged into %s: %v", into, err)
			return nil
		}
	}
	r.changed++
	im.summary.Merged++
	im.difference(*r, edit.Field, "", edit.Is, "")
	return nil
}
