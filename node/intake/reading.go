package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// reading is what was found in a list.
type reading struct {
	list    sheet.List
	rows    []store.ImportRow
	result  survey.Import
	refused map[int]string
	reasons map[string]string // the newest of them, each once in memory
	saved   sheet.Saved
	shape   string
}

// run reads a kept list and imports it, or with dryRun says what that would
// do.
func (imp *Importer) run(ctx context.Context, list sheet.List, dryRun bool) (survey.Import, error) {
	select {
	case imp.busy <- struct{}{}:
		defer func() { <-imp.busy }()
	case <-ctx.Done():
		return survey.Import{}, fmt.Errorf("import %s: nothing was recorded: %w", list.Name, context.Cause(ctx))
	}
	r, err := imp.read(ctx, list)
	if err != nil {
		return survey.Import{}, err
	}
	done, outcomes, err := imp.options.Records.ImportRows(ctx, r.result, r.rows, dryRun)
	if err != nil {
		return survey.Import{}, err
	}
	if outcomes == nil && done.State == survey.ImportCommitted && len(r.rows) > 0 {
		return imp.withDetails(list.ID, done), nil // it was committed meanwhile
	}
	r.result = done
	for i, outcome := range outcomes {
		r.noteOutcome(r.rows[i].Row, outcome)
	}
	if !dryRun && !r.saved.Empty() {
		if err := imp.options.Records.KeepMapping(ctx, list.Kind, r.shape, r.saved); err != nil {
			imp.log.Warn("the mapping was not remembered", "error", err)
		}
	}
	if err := imp.storeKept(keptList{List: list, Refused: r.refused, Result: r.result}); err != nil {
		if dryRun {
			return survey.Import{}, err
		}
		imp.log.Warn("the refused rows were not kept", "error", err) // the list itself is recorded
	}
	return r.result, nil
}

// noteOutcome notes what the records said of a row.
func (r *reading) noteOutcome(row int, o store.RowOutcome) {
	switch o.What {
	case store.RowAdded:
		r.noteChange(survey.RowChange{Row: row, What: o.What, ID: o.ID})
	case store.RowUpdated:
		for _, c := range o.Changes {
			r.noteChange(c)
		}
	case store.RowRepeated:
		r.noteProblem(survey.RowProblem{Row: row, Severity: string(sheet.Warning), Text: fmt.Sprintf("it says the same as row %d, and counts once", o.Earlier)})
	case store.RowDeleted:
		r.noteProblem(survey.RowProblem{Row: row, Severity: string(sheet.Warning), Text: "it was imported before and deleted since: it stays deleted"})
	case store.RowRefused:
		r.refused[row] = rowWords(o.Refusal)
		r.noteProblem(survey.RowProblem{Row: row, Severity: string(sheet.Refused), Text: rowWords(o.Refusal)})
	}
}

// rowWords is what went wrong, in words for the person with the list.
func rowWords(err error) string {
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		return refusal.Error()
	}
	return survey.Detail(err)
}

func (r *reading) noteChange(c survey.RowChange) {
	if len(r.result.Changes) == maxListed {
		r.result.Truncated = true
		return
	}
	r.result.Changes = append(r.result.Changes, c)
}

func (r *reading) noteProblem(p survey.RowProblem) {
	if p.Severity == string(sheet.Warning) {
		r.result.Warnings++
	}
	if len(r.result.Problems) == maxListed {
		r.result.Truncated = true
		return
	}
	r.result.Problems = append(r.result.Problems, p)
}

// noteRefused notes a row that never reaches the records.
func (r *reading) noteRefused(row sheet.Row, problems []sheet.Problem) {
	var reasons []string
	for _, p := range problems {
		if p.Severity == sheet.Refused {
			reason := p.Text
			if p.Column != "" {
				reason = p.Column + ": " + reason
			}
			reasons = append(reasons, reason)
		}
	}
	reason := strings.Join(reasons, "; ")
	if len(r.reasons) == maxListed {
		clear(r.reasons)
	}
	if known, ok := r.reasons[reason]; ok {
		reason = known // most rows of a list are wrong in the same way
	} else {
		r.reasons[reason] = reason
	}
	r.refused[row.Number] = reason
	r.result.Refused++
}

func (r *reading) noteProblems(problems []sheet.Problem) {
	for _, p := range problems {
		r.noteProblem(survey.RowProblem{Row: p.Row, Line: p.Line, Column: p.Column, Severity: string(p.Severity), Text: p.Text})
	}
}

// openKept opens the kept list.
func (imp *Importer) openKept(list sheet.List) (*sheet.Table, func(), error) {
	return imp.openFile(imp.path(list.ID, listSuffix), list)
}

func (imp *Importer) openFile(path string, list sheet.List) (*sheet.Table, func(), error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("import %s: open the kept list: %w", list.Name, err)
	}
	info, err := file.Stat()
	if err == nil {
		var table *sheet.Table
		if table, err = sheet.Open(file, info.Size(), sheet.Options{Name: list.Name, Sheet: list.Sheet, MaxRows: maxRows}); err == nil && table.IsForm() {
			table, err = table.Upright()
		}
		if err == nil {
			return table, func() { _ = table.Close(); _ = file.Close() }, nil
		}
	}
	_ = file.Close()
	return nil, nil, listError(list, err)
}

// listError is a list that cannot be used at all: nothing was recorded.
func listError(list sheet.List, err error) error {
	var placed *sheet.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("read %s: nothing was recorded: %w", list.Name, err)
	case !errors.As(err, &placed):
		err = &sheet.Error{File: list.Name, Row: 1, Err: err}
	}
	return fmt.Errorf("%w: %w", survey.ErrInvalid, err)
}

// read reads the list to its end.
func (imp *Importer) read(ctx context.Context, list sheet.List) (*reading, error) {
	table, closeTable, err := imp.openKept(list)
	if err != nil {
		return nil, err
	}
	defer closeTable()
	r := &reading{list: list, refused: map[int]string{}, reasons: map[string]string{}, saved: list.Saved, shape: sheet.Shape(table.Header())}
	r.result = survey.Import{ID: list.ID, Kind: list.Kind, Cycle: list.Cycle, File: list.Name, State: survey.ImportPlanned, Actor: list.Actor, At: list.At.UTC(), Notes: table.Notes()}
	if r.saved.Empty() {
		found, err := imp.options.Records.Mapping(list.Kind, r.shape, &r.saved)
		if err != nil {
			return nil, err
		}
		if found {
			r.result.Notes = append(r.result.Notes, "read with the mapping that was used for such a list before")
		}
	}
	take, fields, err := imp.rowParser(r, table.Header())
	if err != nil {
		return nil, listError(list, err)
	}
	for i, column := range table.Header() {
		r.result.Columns = append(r.result.Columns, survey.ImportField{Column: column, Field: fields[i]})
	}
	for t, err := range parseRows(ctx, table.Rows(), take) {
		if err != nil {
			return nil, listError(list, err)
		}
		r.result.Rows++
		r.noteProblems(t.problems)
		if sheet.AnyRefused(t.problems) {
			r.noteRefused(t.row, t.problems)
			continue
		}
		t.imported.Row = t.row.Number
		r.rows = append(r.rows, t.imported)
	}
	if r.result.Rows == 0 {
		return nil, listError(list, &sheet.Error{File: list.Name, Row: 1, Err: fmt.Errorf("%w: below the names of the columns there is no row", sheet.ErrEmpty)})
	}
	return r, nil
}

// rowParser makes what is to be recorded of one row. Several rows are asked for at
// the same time.
type rowParser func(sheet.Row) (store.ImportRow, []sheet.Problem)

// rowParser chooses how the list's rows are read.
func (imp *Importer) rowParser(r *reading, header []string) (rowParser, []string, error) {
	finder := newFinder(imp.options.Registry)
	if r.list.Kind == survey.ImportResponses {
		return imp.answerParser(r, header, finder)
	}
	kind, err := imp.options.Editions.RecordType(survey.RecordKind(r.list.Kind))
	if err != nil {
		return nil, nil, err
	}
	columns, err := sheet.RecognizeRecords(kind, imp.options.Region, header, r.saved)
	if err != nil {
		return nil, nil, err
	}
	return func(row sheet.Row) (store.ImportRow, []sheet.Problem) {
		return imp.parseRecord(r.list, columns, finder, row)
	}, columns.Fields(), nil
}

func (imp *Importer) parseRecord(list sheet.List, columns sheet.RecordColumns, finder *finder, row sheet.Row) (store.ImportRow, []sheet.Problem) {
	w := &store.RecordWrite{Actor: list.Actor, At: list.At}
	var about survey.Organisation
	var problems []sheet.Problem
	if columns.About() {
		about, problems = finder.about(columns.Mapping, row)
		w.Sector, w.SizeBand = about.Sector, about.SizeBand
	}
	if columns.About() && about.ID == "" {
		about.ID = unresolved // so that the rest of the row is looked at too
	}
	record, reference, found := columns.Record(row, about.ID)
	problems = append(append(problems, found...), inTheFuture(columns, row, record, list.At)...)
	if sheet.AnyRefused(problems) {
		return store.ImportRow{}, problems
	}
	w.Record = record
	if record.ID != "" {
		return store.ImportRow{Write: w}, problems
	}
	if reference != "" {
		w.Record.ID = survey.RecordID(record.Kind, "reference", reference)
	} else {
		parts := []string{"row"}
		for _, v := range record.Values {
			parts = append(parts, v.Field, v.Text, strconv.FormatInt(v.Number, 10), strings.Join(v.List, "\n"))
		}
		w.Record.ID = survey.RecordID(record.Kind, parts...)
	}
	return store.ImportRow{Write: w, Keep: reference == ""}, problems
}

// unresolved stands for an organisation that was not found, in rows that are
// refused.
const unresolved survey.Identifier = "AHSN:UNRESOLVED"

func (imp *Importer) answerParser(r *reading, header []string, finder *finder) (rowParser, []string, error) {
	if r.list.Cycle == "" {
		return nil, nil, errors.New("say for which cycle the answers are")
	}
	campaign, err := imp.options.Registry.Campaign(r.list.Cycle)
	if err != nil {
		return nil, nil, fmt.Errorf("there is no campaign for %s", r.list.Cycle)
	}
	ask, err := imp.options.Editions.Questionnaire(campaign.Questionnaire)
	if err != nil {
		return nil, nil, err
	}
	columns, err := sheet.RecognizeAnswers(ask, r.list.Cycle, header, r.saved)
	if err != nil {
		return nil, nil, err
	}
	return func(row sheet.Row) (store.ImportRow, []sheet.Problem) {
		return imp.parseAnswers(r.list, campaign, columns, finder, row)
	}, columns.Fields(), nil
}

func (imp *Importer) parseAnswers(list sheet.List, campaign survey.Campaign, columns sheet.AnswerColumns, finder *finder, row sheet.Row) (store.ImportRow, []sheet.Problem) {
	about, problems := finder.about(columns.Mapping, row)
	answers, found := columns.Answers(row)
	problems = append(problems, found...)
	sharing, found := columns.Sharing(row)
	problems = append(problems, found...)
	if sheet.AnyRefused(problems) {
		return store.ImportRow{}, problems
	}
	faults, warnings := columns.Questionnaire().Validate(answers, nil)
	for _, f := range faults {
		problems = append(problems, columns.Problem(row, sheet.Refused, f))
	}
	for _, f := range warnings {
		problems = append(problems, columns.Problem(row, sheet.Warning, f))
	}
	problems = append(problems, imp.holderProblems(list.Cycle, about.ID, row)...)
	if len(answers.Items) == 0 {
		problems = append(problems, sheet.Problem{Row: row.Number, Line: row.Line, Severity: sheet.Refused, Text: "the row answers no question"})
	}
	if sheet.AnyRefused(problems) {
		return store.ImportRow{}, problems
	}
	return store.ImportRow{Answers: &survey.RecordRequest{Cycle: list.Cycle, Organisation: about, Questionnaire: campaign.Questionnaire, Answers: answers, Sharing: sharing,
		Actor: list.Actor, At: list.At}}, problems
}

// holderProblems refuses a row about a company that another region holds, and warns of
// one that declined.
func (imp *Importer) holderProblems(cycle survey.Cycle, id survey.Identifier, row sheet.Row) []sheet.Problem {
	claim, err := imp.options.Registry.ClaimOf(cycle, id)
	if err != nil {
		return nil // free, or not known yet: the answer waits for its claim
	}
	p := sheet.Problem{Row: row.Number, Line: row.Line, Severity: sheet.Warning}
	switch {
	case !claim.Free() && claim.Region != imp.options.Region:
		p.Severity = sheet.Refused
		p.Text = fmt.Sprintf("%s has held this company since %s", claim.Region.Name(), claim.ClaimedAt.UTC().Format("2 January 2006"))
	case claim.State == survey.Declined:
		p.Text = fmt.Sprintf("the company declined on %s", claim.ChangedAt.UTC().Format("2 January 2006"))
	default:
		return nil
	}
	return []sheet.Problem{p}
}
