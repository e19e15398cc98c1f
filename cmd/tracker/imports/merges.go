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

// organisation returns what the node knows by an identifier. It returns false if it knows nothing.
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

// withoutMerged takes out the rows of organisations that were merged into another here. Only the
// other can change, so such a row is compared and not sent. In a list from elsewhere the number is
// just another name of the one that remains.
func (im *importer) withoutMerged(ctx context.Context, rows []importRow, previews []survey.Outcome) (
	left []importRow, outcomes []survey.Outcome, err error) {
	for i, r := range rows {
		id := previews[i].ID
		alone := r.listed.Exported || r.listed.MergedInto != ""
		renamed := len(r.new.Identifiers) > 0 && !slices.Contains(r.new.Identifiers, id)
		if alone && renamed && previews[i].Refusal == nil {
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

// compareMerged refuses everything that a row says about an organisation merged into o, except the
// merge itself.
func (im *importer) compareMerged(r *importRow, o survey.Organisation) {
	id := r.new.Identifiers[0]
	im.refuseWithout(r)
	into := r.listed.MergedInto
	if into != "" && !slices.Contains(o.Identifiers, into) && !slices.Contains(o.Aliases, into) {
		im.refuseEdit(r, sheet.Edit{Field: sheet.EditMergedInto, Is: string(into)},
			"%s is merged into %s here: undo that with \"tracker org split %s\" first", id, o.ID, id)
	}

	for _, e := range r.listed.Edits {
		if e.Problem == "" && e.Field != sheet.EditMergedInto {
			im.refuseEdit(r, e, "it was merged into %s: correct that one, "+
				"or undo the merge with \"tracker org split %s\" first",
				o.ID, id)
		}
	}
}

// sendMerges merges the organisations that the list says were merged. One that others are merged
// into comes after them, so that each ends up where its row says.
func (im *importer) sendMerges(ctx context.Context) error {
	for len(im.merging) > 0 {
		next := slices.IndexFunc(im.merging, func(r importRow) bool {
			return !slices.ContainsFunc(im.merging, func(other importRow) bool {
				return slices.Contains(r.new.Identifiers, other.listed.MergedInto)
			})
		})
		r := im.merging[max(next, 0)] // a circle has no first one; the node refuses it
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
		from = r.new.Identifiers[0] // a dry run has no outcome with an id
	}

	o, found, err := im.organisation(ctx, into)
	switch {
	case err != nil:
		return err
	case !found && !(im.dryRun && im.listed[into]):

		// A dry run has not added the list's own organisations.
		im.refuseEdit(r, edit, "%s is not registered: nothing was merged", into)
		return nil
	case found && (slices.Contains(o.Identifiers, from) || slices.Contains(o.Aliases, from)):
		im.refuseEdit(r, edit, "it is %s itself: nothing was merged", into)
		return nil
	}
	if !im.dryRun {
		body := map[string]string{"into": string(into), "reason": string(survey.MergeSameCompany)}
		path, key := cli.OrganisationPath(from)+"/merge", im.client.NextKey()
		if _, err := im.client.Change(ctx, http.MethodPost, path, body, key); err != nil {
			if cli.ExitCode(err) == cli.ExitUnavailable {
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
