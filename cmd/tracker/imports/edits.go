package imports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Difference is a fact that a row states differently from the registry. It has no Problem if the
// fact was accepted or will be.
type Difference struct {
	Row          int               `json:"row"`
	Organisation survey.Identifier `json:"organisation"`
	Field        string            `json:"field"`
	Before       string            `json:"before"`
	After        string            `json:"after"`
	Problem      string            `json:"problem,omitempty"`
}

// differences notes what a row changes. Facts that the registry keeps because it has newer ones are
// counted by field: an older list has many of them.
func (im *importer) differences(r importRow, facts []survey.FactChange) {
	for _, f := range facts {
		problem := ""
		if !f.Taken && slices.ContainsFunc(r.listed.Edits, func(e sheet.Edit) bool { return e.Field == f.Field }) {
			continue // sendEdits reports it
		}
		if !f.Taken {
			problem = f.Why()
			if im.kept == nil {
				im.kept = map[string]int{}
			}
			im.kept[f.Field]++
		}
		im.difference(r, f.Field, f.Before, f.After, problem)
	}
}

func (im *importer) difference(r importRow, field, before, after, problem string) {
	if len(im.summary.Differences) < maxProblems {
		// People look for the identifier that stands in their row.
		id := r.outcome.ID
		if len(r.new.Identifiers) > 0 {
			id = r.new.Identifiers[0] // the row's own, even if it was merged away
		}
		d := Difference{r.row.Number, id, field, before, after, problem}
		im.summary.Differences = append(im.summary.Differences, d)
	}
}

// refuseEdit notes that an edit is not carried out.
func (im *importer) refuseEdit(r *importRow, e sheet.Edit, format string, args ...any) {
	r.refused++
	why := fmt.Sprintf(format, args...)
	im.difference(*r, e.Field, e.Was, e.Is, why)
	p := problemAt(r.row, sheet.Refused, why)
	p.Column = e.Column
	im.problem(r.row, p, nil)
}

// sendEdits sends what a person edited in an exported list, and nothing else of it. An organisation
// that this import adds is new in all its facts.
func (im *importer) sendEdits(ctx context.Context, rows []importRow) error {
	today := time.Now().UTC().Format(time.DateOnly)
	var places []int
	var asked []importRow
	for i := range rows {
		r := &rows[i]
		if r.outcome.Refusal != nil || len(r.listed.Edits) == 0 {
			continue
		}

		im.refuseWithout(r)
		if im.dryRun && r.outcome.Status == survey.OutcomeCreated {
			for _, e := range r.listed.Edits {
				im.difference(*r, e.Field, e.Was, e.Is, e.Problem)
			}
			continue // the dry run cannot ask about an organisation that does not exist yet
		}

		update := r.listed.Update(r.outcome.ID, today)
		if updates(update) {
			places, asked = append(places, i), append(asked, importRow{row: r.row, new: update})
		}
	}

	if len(asked) == 0 {
		return nil
	}
	// The registry may have changed since the export, so each edit is compared first.
	previews, err := im.ask(ctx, asked, true)
	if err != nil {
		return err
	}

	var taken []importRow
	for k, i := range places {
		if asked[k].new = im.judge(&rows[i], asked[k].new, previews[k]); updates(asked[k].new) {
			taken = append(taken, asked[k])
		}
	}

	if im.dryRun || len(taken) == 0 {
		return nil
	}
	outcomes, err := im.askWith(ctx, taken, false, im.client.NextKey())
	if err != nil {
		return err
	}

	for k, outcome := range outcomes {
		if outcome.Refusal != nil {
			im.count(taken[k], outcome)
		}
	}
	return nil
}

// updates reports whether an update states anything.
func updates(u survey.NewOrganisation) bool {
	return u.Name != "" || len(u.PreviousNames) > 0 || len(u.Identifiers) > 1 || u.Kind != "" || u.LeadRegion != "" ||
		u.Status != "" || u.Sector != "" || u.SizeBand != "" || u.Postcode != ""
}

// refuseWithout refuses the edits that can never be carried out.
func (im *importer) refuseWithout(r *importRow) {
	for i, e := range r.listed.Edits {
		switch {
		case e.Problem != "":
		case e.Field == sheet.EditSupporting:
			e.Problem = "each AHSN reports itself whom it supported: nobody can do it for another"
		case e.Field == sheet.EditMergedInto && e.Was != "":
			e.Problem = fmt.Sprintf("it was merged into %s: undo that with \"tracker org split\" first", e.Was)
		case e.Field == sheet.EditMergedInto:
			r.listed.MergedInto = survey.Identifier(e.Is)
		}
		if e.Problem != "" {
			r.listed.Edits[i] = e
			im.refuseEdit(r, e, "%s", e.Problem)
		}
	}
}

// judge compares each edit with what the registry has now and what it would accept. It returns the
// update with the edits that remain.
func (im *importer) judge(r *importRow, update survey.NewOrganisation, preview survey.Outcome) survey.NewOrganisation {
	if preview.Refusal != nil {
		im.refuseEdit(r, sheet.Edit{Field: "organisation"}, "%s", preview.Refusal.Error())
		return survey.NewOrganisation{}
	}

	edits := slices.Clone(r.listed.Edits)
	good := edits[:0]
	for _, e := range edits {
		if e.Problem != "" || e.Field == sheet.EditMergedInto {
			continue
		}

		at := slices.IndexFunc(preview.Facts, func(f survey.FactChange) bool { return f.Field == e.Field })
		switch {
		case at < 0 && e.Field == "name_as_of":
			im.refuseEdit(r, e, "the registry has the name of a later date")
		case at < 0: // the registry has this value already
		case growing(e.Field):
			im.carriedOut(r, preview.Facts[at])
			good = append(good, e)
		case preview.Facts[at].Before != e.Was:
			im.refuseEdit(r, e, "it was changed to %q since the export: export it again and check",
				preview.Facts[at].Before)
		case !preview.Facts[at].Taken:
			im.refuseEdit(r, e, "%s", preview.Facts[at].Why())
		default:
			im.carriedOut(r, preview.Facts[at])
			good = append(good, e)
		}
	}

	left := r.listed
	left.Edits = good
	return left.Update(update.Identifiers[0], update.NameAsOf)
}

// growing reports whether the field is a list, which an edit adds to.
func growing(field string) bool { return field == "identifiers" || field == "previous_names" }

func (im *importer) carriedOut(r *importRow, f survey.FactChange) {
	r.changed++
	im.difference(*r, f.Field, f.Before, f.After, "")
}

// tellDifferences lists what a dry run would change, and for any run the fields that the registry
// kept.
func (im *importer) tellDifferences() {
	shown, all := 0, 0
	for _, d := range im.summary.Differences {
		if d.Problem != "" || !im.dryRun {
			continue
		}
		if all++; shown < shownProblems {
			shown++
			im.Say("row %d: %s: %s was %q, would be %q", d.Row, d.Organisation,
				strings.ReplaceAll(d.Field, "_", " "), cli.Printable(d.Before), cli.Printable(d.After))
		}
	}

	if all > shown {
		im.Say("... and %d more differences; --json lists them all", all-shown)
	}

	fields := make([]string, 0, len(im.kept))
	for field, n := range im.kept {
		rows := cli.Digits(n) + " rows"
		if n == 1 {
			rows = "1 row"
		}
		fields = append(fields, fmt.Sprintf("%s (%s)", strings.ReplaceAll(field, "_", " "), rows))
	}

	if slices.Sort(fields); len(fields) > 0 {
		im.Say("left as the registry has it: %s: reported on the same day or later, "+
			"or another AHSN leads; --json lists them",
			strings.Join(fields, ", "))
	}
}
