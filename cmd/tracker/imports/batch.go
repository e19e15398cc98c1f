package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// organisationsBody is the request for one batch.
type organisationsBody struct {
	Organisations []survey.NewOrganisation `json:"organisations"`
	DryRun        bool                     `json:"dry_run,omitempty"`
}

// sendBatch sends the pending rows. The key is made from the content, so that the same batch sent
// again after an interruption gets its first answer again.
func (im *importer) sendBatch(ctx context.Context) error {
	if len(im.pending) == 0 {
		return nil
	}
	rows := im.pending
	im.pending = im.pending[:0]

	// The preview shows what the registry has now, which the answer to a repeated batch does not.
	previews, err := im.ask(ctx, rows, true)
	if err != nil {
		return err
	}

	// Rows of merged organisations are compared, not sent.
	if rows, previews, err = im.withoutMerged(ctx, rows, previews); err != nil || len(rows) == 0 {
		return err
	}

	outcomes := slices.Clone(previews)
	if !im.dryRun && !allKnown(previews) {
		if outcomes, err = im.ask(ctx, rows, false); err != nil {
			return err
		}
	}

	if err := im.settleMinted(ctx, rows, outcomes); err != nil {
		return err
	}

	for i := range rows {
		// The repeated answer of an earlier run would count the row as added again.
		if known(previews[i]) {
			outcomes[i] = previews[i]
		}
		outcomes[i].Facts = previews[i].Facts
		im.differences(rows[i], outcomes[i].Facts)
		rows[i].outcome = outcomes[i]
	}

	if err := im.sendEdits(ctx, rows); err != nil {
		return err
	}

	for _, r := range rows {
		// Merges come last, when every organisation they name is there.
		if r.listed.MergedInto != "" && r.outcome.Refusal == nil {
			im.merging = append(im.merging, r)
			continue
		}
		im.settle(r)
	}
	return nil
}

// settle counts a row once everything in it has been asked for.
func (im *importer) settle(r importRow) {
	im.support(r)
	if r.outcome.Refusal != nil {
		im.count(r, r.outcome)
		return
	}
	if exists := r.outcome.Status == survey.OutcomeExists; exists && r.changed > 0 {
		// A change was recorded for it, so an earlier run cannot have done all of it.
		r.outcome.Status, r.outcome.Number = survey.OutcomeUpdated, 0
	} else if exists && r.refused > 0 {
		im.summary.Refused++
		return
	}
	im.count(r, r.outcome)
}

// ask sends rows as one batch and returns what became of each. With dryRun it returns what would
// become of each.
func (im *importer) ask(ctx context.Context, rows []importRow, dryRun bool) ([]survey.Outcome, error) {
	return im.askWith(ctx, rows, dryRun, "")
}

// askWith is ask with a given key. The same edit twice in a day may be meant twice, so edits do not
// get a key made from their content.
func (im *importer) askWith(ctx context.Context, rows []importRow, dryRun bool, key string) ([]survey.Outcome, error) {
	body := organisationsBody{DryRun: dryRun}
	for _, r := range rows {
		body.Organisations = append(body.Organisations, r.new)
	}

	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}

	if key == "" {
		sum := sha256.Sum256(text)
		key = "import-" + hex.EncodeToString(sum[:16])
	}

	first, last := rows[0].row.Number, rows[len(rows)-1].row.Number
	answer, err := im.client.Change(ctx, http.MethodPost, "/organisations:batch", json.RawMessage(text), key)
	batch, _, err := cli.Decoded[api.Batch](answer, err)
	if err != nil {
		// The usual advice names a key, but this import makes its own: running it again is enough.
		var unknown *cli.UnknownOutcome
		if errors.As(err, &unknown) {
			err = fmt.Errorf("%w: %s", survey.ErrUnknownOutcome, unknown.Reason())
		}
		return nil, fmt.Errorf("import rows %d to %d: %w %s", first, last, err, im.resume())
	}

	if len(batch.Items) != len(rows) {
		return nil, fmt.Errorf("import rows %d to %d: the node answered %d results for %d rows",
			first, last, len(batch.Items), len(rows))
	}
	return batch.Items, nil
}

// resume says what an interruption leaves and what to do next.
func (im *importer) resume() string {
	if im.dryRun {
		return "It was a dry run: nothing was changed."
	}
	done := im.summary.Added + im.summary.Known + im.summary.Updated
	return fmt.Sprintf("(%d earlier rows are done.) Run the same import again: "+
		"it continues from there, and nothing is added twice.", done)
}

func (im *importer) count(r importRow, outcome survey.Outcome) {
	s := &im.summary
	switch {
	case outcome.Refusal != nil:
		p := problemAt(r.row, sheet.Refused, string(outcome.Refusal.Code))
		if outcome.Refusal.Code == survey.RefusedPossibleDuplicates {
			s.Duplicates++
			p.Text = "it may be registered already: " + survey.List(outcome.Refusal.Candidates)
		} else {
			s.Refused++
			if outcome.Refusal.Detail != "" {
				p.Text += ": " + outcome.Refusal.Detail
			}
		}
		im.problem(r.row, p, outcome.Refusal.Candidates)
	case !im.dryRun && outcome.Number != 0 && outcome.Number <= im.started:
		s.Known++ // an earlier run of this import did it
	case outcome.Status == survey.OutcomeCreated:
		s.Added++
	case outcome.Status == survey.OutcomeUpdated:
		s.Updated++
	default:
		s.Known++
	}

	if im.workbook != nil && outcome.Refusal == nil {
		im.workbook.about(r.row, outcome.ID)
	}
}

func problemAt(row sheet.Row, severity sheet.Severity, text string) sheet.Problem {
	return sheet.Problem{Row: row.Number, Line: row.Line, Severity: severity, Text: text}
}

// problem keeps a problem. If the row was refused, it goes to the file of refused rows too.
func (im *importer) problem(row sheet.Row, p sheet.Problem, candidates []survey.Identifier) {
	if p.Severity == sheet.Warning {
		im.summary.Warnings++
	} else if im.rejects != nil {
		im.rejects.Row(append([]string{strconv.Itoa(row.Number), strconv.Itoa(row.Line), p.Text}, row.Cells...)...)
	}
	if len(im.summary.Problems) < maxProblems {
		im.summary.Problems = append(im.summary.Problems, rowProblem{Problem: p, Candidates: candidates})
	}
}

// report says what became of the rows.
func (im *importer) report(out cli.Format, rejects string) error {
	im.tellDifferences()
	im.tellProblems()
	if err := im.Print(out, im.summary, im.summaryTable(), ""); err != nil {
		return err
	}

	switch s := im.summary; {
	case s.DryRun:
		im.Say("It was a dry run: nothing was changed.")
	case s.Refused+s.Duplicates+s.Repeated > 0 && rejects == "":
		im.Say("Name a file with --rejects to get the refused rows with their reasons.")
	case s.Refused+s.Duplicates+s.Repeated > 0:
		im.Say("The refused rows are in %s: correct them and import that file.", rejects)
	}
	return nil
}

func (im *importer) tellProblems() {
	s := im.summary
	shown := 0
	for _, severity := range []sheet.Severity{sheet.Refused, sheet.Warning} {
		for _, p := range s.Problems {
			if p.Severity == severity && shown < shownProblems {
				shown++

				// Refusals come first, because the person must act on those.
				im.Say("%s: %s", severity, cli.Printable(p.String()))
			}
		}
	}

	if all := s.Warnings + s.Refused + s.Duplicates + s.Repeated; all > shown {
		im.Say("... and %d more; --json lists them all", all-shown)
	}
}

func (im *importer) summaryTable() cli.Table {
	s := im.summary
	added := "added"
	if s.DryRun {
		added = "would be added"
	}

	t := cli.Table{}
	for _, line := range []struct {
		label string
		n     int
	}{{"rows", s.Rows}, {added, s.Added}, {"updated", s.Updated}, {"known already", s.Known},
		{"repeated in the file", s.Repeated}, {"possible duplicates", s.Duplicates}, {"refused", s.Refused},
		{"warnings", s.Warnings}} {
		t.Add(line.label, cli.Digits(line.n))
	}

	if s.Merged > 0 {
		t.Add("of them merged into another", cli.Digits(s.Merged))
	}
	if s.Supported > 0 {
		t.Add("of them noted as supported here", cli.Digits(s.Supported))
	}
	return t
}

// allKnown reports whether the batch would change nothing that anybody can see. Such a batch is not
// sent. A batch with other rows is sent whole, because its key is made from its content and a
// repeated import must get its first answers again.
func allKnown(previews []survey.Outcome) bool {
	return !slices.ContainsFunc(previews, func(o survey.Outcome) bool { return !known(o) })
}

// known reports whether the row would change nothing that anybody can see.
func known(outcome survey.Outcome) bool {
	return outcome.Refusal == nil && outcome.Status == survey.OutcomeExists
}
