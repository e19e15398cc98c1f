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

// reading is the content of one list and the result so far.
type reading struct {
	list    sheet.List
	rows    []store.ImportRow
	result  survey.Import
	refused map[int]string    // the reasons, by row
	reasons map[string]string // the newest reasons, so that each is in memory once
	saved   sheet.Saved
	shape   string
}

// run reads a kept list and imports it; with dryRun it only reports what the import would do.
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
		return imp.withDetails(list.ID, done), nil // another call committed it meanwhile
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
		// The rows are recorded, so an error would make the person import them again.
		imp.log.Warn("the refused rows were not kept", "error", err)
	}
	return r.result, nil
}

// noteOutcome adds what the records did with a row to the result.
func (r *reading) noteOutcome(number int, o store.RowOutcome) {
	row := sheet.Row{Number: number}
	switch o.What {
	case store.RowAdded:
		r.noteChange(survey.RowChange{Row: number, What: o.What, ID: o.ID})
	case store.RowUpdated:
		for _, c := range o.Changes {
			r.noteChange(c)
		}
	case store.RowRepeated:
		r.addProblem(row.Problem("", sheet.Warning, "it says the same as row %d, and counts once", o.Earlier))
	case store.RowDeleted:
		r.addProblem(row.Problem("", sheet.Warning, "it was imported before and deleted since: it stays deleted"))
	case store.RowRefused:
		r.refused[row.Number] = rowWords(o.Refusal)
		r.addProblem(row.Problem("", sheet.Refused, "%s", r.refused[row.Number]))
	}
}

// rowWords returns the reason of a refusal in words for the person with the list.
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

func (r *reading) addProblem(p sheet.Problem) {
	if p.Severity == sheet.Warning {
		r.result.Warnings++
	}
	if len(r.result.Problems) == maxListed {
		r.result.Truncated = true
		return
	}
	r.result.Problems = append(r.result.Problems, survey.RowProblem{Row: p.Row, Line: p.Line, Column: p.Column,
		Severity: string(p.Severity), Text: p.Text})
}

// noteRefused notes a row that is not sent to the records, with its reasons.
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

	// Most rows of a list are wrong in the same way, so that one text serves them all.
	if len(r.reasons) == maxListed {
		clear(r.reasons)
	}
	if known, ok := r.reasons[reason]; ok {
		reason = known
	} else {
		r.reasons[reason] = reason
	}
	r.refused[row.Number] = reason
	r.result.Refused++
}

// openKept opens a list that Plan kept.
func (imp *Importer) openKept(list sheet.List) (*sheet.Table, func(), error) {
	return imp.openFile(imp.path(list.ID, listSuffix), list)
}

func (imp *Importer) openFile(path string, list sheet.List) (*sheet.Table, func(), error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("import %s: open the kept list: %w", list.Name, err)
	}

	info, err := file.Stat()
	var table *sheet.Table
	if err == nil {
		table, err = sheet.Open(file, info.Size(), sheet.Options{Name: list.Name, Sheet: list.Sheet, MaxRows: maxRows})
	}
	if err == nil && table.IsForm() {
		// A form becomes a list of one row here, so that nothing else has to know of forms.
		table, err = table.Upright()
	}

	if err != nil {
		_ = file.Close()
		return nil, nil, listError(list, err)
	}
	return table, func() { _ = table.Close(); _ = file.Close() }, nil
}

// listError is the error for a list that cannot be used at all. Nothing was recorded.
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

	r := &reading{list: list, refused: map[int]string{}, reasons: map[string]string{}, saved: list.Saved}
	r.shape = sheet.Shape(table.Header())
	r.result = survey.Import{ID: list.ID, Kind: list.Kind, Cycle: list.Cycle, File: list.Name,
		State: survey.ImportPlanned, Actor: list.Actor, At: list.At.UTC(), Notes: table.Notes()}

	// Without a mapping of the person's own, the one that served for such a list before is tried.
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
		for _, p := range t.problems {
			r.addProblem(p)
		}
		if sheet.AnyRefused(t.problems) {
			r.noteRefused(t.row, t.problems)
			continue
		}
		t.imported.Row = t.row.Number
		r.rows = append(r.rows, t.imported)
	}

	if r.result.Rows == 0 {
		// Such a list is more often an export that went wrong than one without news.
		err := fmt.Errorf("%w: below the names of the columns there is no row", sheet.ErrEmpty)
		return nil, listError(list, &sheet.Error{File: list.Name, Row: 1, Err: err})
	}
	return r, nil
}

// rowParser parses one row for the records. Several goroutines call it at the same time.
type rowParser func(sheet.Row) (store.ImportRow, []sheet.Problem)

// rowParser chooses how the list's rows are read, and returns the field of each column.
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

func (imp *Importer) parseRecord(list sheet.List, columns sheet.RecordColumns, finder *finder, row sheet.Row) (
	store.ImportRow, []sheet.Problem) {
	w := &store.RecordWrite{Actor: list.Actor, At: list.At}
	var about survey.Organisation
	var problems []sheet.Problem
	if columns.About() {
		about, problems = finder.about(columns.Mapping, row)
		w.Sector, w.SizeBand = about.Sector, about.SizeBand
	}

	// A person should learn of all faults of a row at once, so the other cells are checked
	// although the organisation was not found.
	if columns.About() && about.ID == "" {
		about.ID = unresolved
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

	// Without a number of the other system's own, the row's values make its id: the same row is the
	// same record.
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

// unresolved stands for an organisation that was not found, in rows that are refused anyway.
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

func (imp *Importer) parseAnswers(list sheet.List, campaign survey.Campaign, columns sheet.AnswerColumns,
	finder *finder, row sheet.Row) (store.ImportRow, []sheet.Problem) {
	about, problems := finder.about(columns.Mapping, row)
	answers, found := columns.Answers(row)
	problems = append(problems, found...)
	sharing, found := columns.Sharing(row)
	problems = append(problems, found...)
	if sheet.AnyRefused(problems) {
		return store.ImportRow{}, problems
	}

	// Answers are held against each other only when every cell could be read.
	faults, warnings := columns.Questionnaire().Validate(answers, nil)
	for _, f := range faults {
		problems = append(problems, columns.Problem(row, sheet.Refused, f))
	}
	for _, f := range warnings {
		problems = append(problems, columns.Problem(row, sheet.Warning, f))
	}

	problems = append(problems, imp.holderProblems(list.Cycle, about.ID, row)...)
	if len(answers.Items) == 0 {
		problems = append(problems, row.Problem("", sheet.Refused, "the row answers no question"))
	}

	if sheet.AnyRefused(problems) {
		return store.ImportRow{}, problems
	}
	request := survey.RecordRequest{Cycle: list.Cycle, Organisation: about, Questionnaire: campaign.Questionnaire,
		Answers: answers, Sharing: sharing, Actor: list.Actor, At: list.At}
	return store.ImportRow{Answers: &request}, problems
}

// holderProblems refuses a row about a company that another region holds, and warns about one that
// declined.
func (imp *Importer) holderProblems(cycle survey.Cycle, id survey.Identifier, row sheet.Row) []sheet.Problem {
	claim, err := imp.options.Registry.ClaimOf(cycle, id)
	if err != nil {
		return nil // nobody holds it, or the claim is not known here yet: the answers wait for it
	}

	const day = "2 January 2006"
	switch {
	case !claim.Free() && claim.Region != imp.options.Region:
		return []sheet.Problem{row.Problem("", sheet.Refused, "%s has held this company since %s", claim.Region.Name(),
			claim.ClaimedAt.UTC().Format(day))}
	case claim.State == survey.Declined:
		return []sheet.Problem{row.Problem("", sheet.Warning, "the company declined on %s",
			claim.ChangedAt.UTC().Format(day))}
	}
	return nil
}
