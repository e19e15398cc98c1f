package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	importsBucket     boltfile.Bucket = "imports"     // id
	importItemsBucket boltfile.Bucket = "importitems" // id/number of the piece
	mappingsBucket    boltfile.Bucket = "mappings"    // kind/shape of the list
)

// importPiece is how many items stand in one value.
const importPiece = 1000

// importTx is a transaction on imported lists.
type importTx struct{ *txn }

func (t *txn) imports() importTx { return importTx{t} }

// importItem is one row's change of one record or response, kept for undo. Before is 0 for a new
// one.
type importItem struct {
	Kind         survey.RecordKind `cbor:"1,keyasint,omitempty"`
	ID           string            `cbor:"2,keyasint,omitempty"`
	Organisation survey.Identifier `cbor:"3,keyasint,omitempty"` // of answers
	Before       uint64            `cbor:"4,keyasint"`
	After        uint64            `cbor:"5,keyasint"`
}

// ImportRow is one row of a list: a record or answers. Keep is for ids that were made from the
// row's own values: a stored record that differs was changed by a person, and stays. Row is the
// row's number in the list.
type ImportRow struct {
	Row     int
	Write   *RecordWrite // nil for answers
	Keep    bool
	Answers *survey.RecordRequest
}

// RowOutcome is the result of one row, and its changes.
type RowOutcome struct {
	What    string // one of the constants below
	ID      string
	Changes []survey.RowChange
	Refusal error // why it was refused
	Earlier int   // the row that a repeated one repeats
}

// The possible outcomes of a row.
const (
	RowAdded    = "added"
	RowUpdated  = "updated"
	RowKnown    = "known"
	RowRepeated = "repeated"
	RowDeleted  = "deleted"
	RowRefused  = "refused"
)

// errPlanned ends the transaction of a dry run.
var errPlanned = errors.New("only planned")

// ImportRows records a list in one transaction; with dryRun it only finds out the outcomes. The
// outcomes are in the order of the rows; a refused row does not stop the others. After a crash
// either the whole list is recorded or none of it. If the import's id exists already, it returns
// that import without outcomes. It empties each row when it is recorded, so that a large list is
// not in memory twice. It returns survey.ErrInvalid without an id or a time.
func (i Imports) ImportRows(ctx context.Context, im survey.Import, rows []ImportRow, dryRun bool) (
	survey.Import, []RowOutcome, error) {
	if !plainID(im.ID) || im.At.IsZero() {
		return im, nil, fmt.Errorf("import %s: %w: the id or the time is missing", im.File, survey.ErrInvalid)
	}

	var outcomes []RowOutcome
	var done survey.Import
	err := i.store.writeAlone(ctx, func(t *txn) error {
		var have survey.Import
		found, err := t.Get(importsBucket, []byte(im.ID), &have)
		if err != nil {
			return err
		}

		if found {
			done, outcomes = have, nil
			return nil
		}

		done = im
		if outcomes, err = t.imports().record(&done, rows, dryRun); err != nil {
			return err
		}
		if dryRun {
			t.Touch() // an error after a write makes the writer discard the transaction
			return errPlanned
		}
		return nil
	})

	switch {
	case errors.Is(err, errPlanned):
		done.State, done.UndoUntil = survey.ImportPlanned, time.Time{}
		return done, outcomes, nil
	case err != nil:
		return im, nil, fmt.Errorf("import %s: %w", im.File, err)
	}
	return done, outcomes, nil
}

func (t importTx) record(im *survey.Import, rows []ImportRow, dryRun bool) ([]RowOutcome, error) {
	outcomes := make([]RowOutcome, len(rows))
	var items []importItem
	if !dryRun {
		items, t.places = make([]importItem, 0, len(rows)), slices.Grow(t.places, len(rows))
	}

	seen := newSeenRows()
	for _, i := range inKeyOrder(rows) {
		outcome, item, err := t.recordRow(&rows[i], seen, dryRun)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", rows[i].Row, err)
		}
		outcomes[i] = outcome

		// Let go of at once, so that the list is not in memory twice.
		rows[i].Write, rows[i].Answers = nil, nil
		tally(im, outcome.What)
		if item != nil {
			items = append(items, *item)
		}
	}

	im.State, im.UndoUntil = survey.ImportCommitted, im.At.Add(survey.ImportUndoFor)
	if err := t.forgetOld(im.At); err != nil {
		return nil, err
	}

	for n, piece := range slices.Collect(slices.Chunk(items, importPiece)) {
		key := append([]byte(im.ID+"/"), boltfile.NumberKey(uint64(n))...)
		if err := t.Put(importItemsBucket, key, importItems(piece)); err != nil {
			return nil, err
		}
	}

	if err := t.Put(importsBucket, []byte(im.ID), im); err != nil {
		return nil, err
	}
	return outcomes, t.auditChange(occasion{at: im.At, actor: im.Actor}, "import.commit", "imports/"+im.ID,
		fmt.Sprintf("%s: %d added, %d updated of %d rows", im.Kind, im.Added, im.Updated, im.Rows))
}

// inKeyOrder returns the indexes of the rows in the order of the keys that they write: a tree that
// grows in key order is written several times faster. Rows of the same id stay in the list's order.
func inKeyOrder(rows []ImportRow) []int {
	type place struct {
		front uint64 // of the key: most differ there
		key   string
		row   int
	}
	places := make([]place, len(rows))
	for i := range rows {
		key := ""
		if a := rows[i].Answers; a != nil {
			key = string(a.Organisation.ID)
		} else if w := rows[i].Write; w != nil {
			key = w.Record.ID
		}
		var front [8]byte
		copy(front[:], key)
		places[i] = place{binary.BigEndian.Uint64(front[:]), key, i}
	}

	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.front, b.front), strings.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
	})

	order := make([]int, len(rows))
	for i, p := range places {
		order[i] = p.row
	}
	return order
}

func tally(im *survey.Import, what string) {
	switch what {
	case RowAdded:
		im.Added++
	case RowUpdated:
		im.Updated++
	case RowKnown:
		im.Known++
	case RowRepeated:
		im.Repeated++
	case RowDeleted:
		im.Deleted++
	case RowRefused:
		im.Refused++
	}
}

// recordRow records one row. A dry run writes no record, because the outcome of a row depends on no
// other row.
func (t importTx) recordRow(row *ImportRow, seen *seenRows, dryRun bool) (RowOutcome, *importItem, error) {
	if row.Answers != nil {
		return t.recordAnswers(row, seen)
	}
	if row.Write == nil {
		return RowOutcome{}, nil, survey.Invalid("it is empty, or was recorded before")
	}

	w := *row.Write
	kind, err := survey.RecordTypeOf(w.Record.Kind)
	if err != nil {
		return RowOutcome{}, nil, err
	}

	// The id of a record of which there is one for each organisation follows the merges.
	if kind.OnePer {
		id, err := t.canonical(w.Record.Organisation())
		if err != nil {
			return RowOutcome{}, nil, err
		}
		w.Record.ID = survey.RecordID(kind.Kind, string(w.Record.Cycle()), string(id))
	}

	outcome := RowOutcome{ID: w.Record.ID}
	if !plainID(w.Record.ID) {
		outcome.What, outcome.Refusal = RowRefused, survey.Invalid("it is not the id of a record")
		return outcome, nil, nil
	}

	// Ids that the list gives come sorted; those made from organisation and cycle do not.
	note := seen.inOrder
	if kind.OnePer {
		note = seen.record
	}
	if earlier, same := note(w.Record.ID, row.Row, w.Record.Values); earlier > 0 {
		return repeated(w.Record.ID, earlier, same, "record"), nil, nil
	}

	// A deleted record stays deleted: a person decided that after the earlier import.
	have, err := t.kept(kind.Kind, w.Record.ID)
	if err != nil {
		return outcome, nil, err
	}
	switch {
	case have == nil:
		outcome.What = RowAdded
	case have.Deleted:
		outcome.What = RowDeleted
		return outcome, nil, nil
	case row.Keep || sameValues(have.Values, w.Record.Values):
		outcome.What = RowKnown
		return outcome, nil, nil
	default:
		outcome.What = RowUpdated
		outcome.Changes = valueChanges(kind, row.Row, w.Record.ID, have.Values, w.Record.Values)
	}

	if dryRun {
		return outcome, nil, nil
	}

	next, err := t.records().putKept(w, have, false)
	if err != nil {
		return outcome, nil, err
	}
	return outcome, &importItem{Kind: kind.Kind, ID: w.Record.ID, Before: next.Version - 1, After: next.Version}, nil
}

// valueChanges lists the fields in which two versions differ.
func valueChanges(kind survey.RecordType, row int, id string, before, after []survey.RecordValue) []survey.RowChange {
	cells := func(values []survey.RecordValue) map[string]string {
		out := map[string]string{}
		for _, v := range values {
			f, _ := kind.Field(v.Field)
			out[v.Field] = v.Cell(f.Kind)
		}
		return out
	}

	was, is := cells(before), cells(after)

	var changes []survey.RowChange
	for _, v := range append(slices.Clone(after), before...) {
		if was[v.Field] != is[v.Field] {
			changes = append(changes, survey.RowChange{Row: row, What: RowUpdated, ID: id, Field: v.Field,
				Before: was[v.Field], After: is[v.Field]})
			was[v.Field] = is[v.Field]
		}
	}
	return changes
}

func (t importTx) recordAnswers(row *ImportRow, seen *seenRows) (RowOutcome, *importItem, error) {
	request, err := checkRequest(t.store.editions, *row.Answers)
	if err != nil {
		return RowOutcome{What: RowRefused, Refusal: err}, nil, nil
	}

	id, err := t.canonical(request.Organisation.ID)
	if err != nil {
		return RowOutcome{}, nil, err
	}
	outcome := RowOutcome{ID: string(id)}
	if earlier, same := seen.answers(string(id), row.Row, request.Answers); earlier > 0 {
		return repeated(string(id), earlier, same, "company"), nil, nil
	}

	// Read before the recording, to tell a new response from a changed one.
	before, err := t.response(request.Cycle, id)
	if err != nil {
		return outcome, nil, err
	}
	result, err := t.responses().record(request)

	// A refusal is the outcome of this row alone; any other error stops the import.
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		outcome.What, outcome.Refusal = RowRefused, refusal
		return outcome, nil, nil
	}
	if err != nil {
		return outcome, nil, err
	}

	item := &importItem{Organisation: id, After: result.Version}
	switch {
	case before == nil:
		outcome.What = RowAdded
	case before.Version == result.Version:
		outcome.What = RowKnown
		return outcome, nil, nil
	default:
		outcome.What, item.Before = RowUpdated, before.Version
		outcome.Changes = t.answerChanges(row.Row, string(id), before.Answers, request.Answers)
	}
	return outcome, item, nil
}

// answerChanges lists the questions whose answers differ.
func (t importTx) answerChanges(row int, id string, before, after survey.Answers) []survey.RowChange {
	show := func(a survey.Answer) string {
		if a.Status == survey.AnswerMissing {
			return ""
		}
		text, err := (survey.Answers{Questionnaire: after.Questionnaire, Items: []survey.Answer{a}}).MarshalJSON()
		if err != nil || len(text) < len(a.Question)+5 {
			return ""
		}
		return string(text[len(a.Question)+4 : len(text)-1])
	}

	// The questions give the order of the list.
	q, err := t.store.editions.Recorded(after.Questionnaire)
	if err != nil {
		return nil
	}

	var changes []survey.RowChange
	for _, question := range q.Questions {
		was, is := show(before.Of(question.ID)), show(after.Of(question.ID))
		if was != is {
			changes = append(changes, survey.RowChange{Row: row, What: RowUpdated, ID: id, Field: string(question.ID),
				Before: was, After: is})
		}
	}
	return changes
}

// forgetOld deletes the items of imports that can no longer be undone.
func (t importTx) forgetOld(now time.Time) error {
	tooLate := func(im *survey.Import) bool { return im.UndoUntil.Before(now) }
	over, err := boltfile.Select(t.Tx, importsBucket, "", tooLate)
	if err != nil {
		return err
	}
	for _, im := range over {
		if err := t.dropItems(im.ID); err != nil {
			return err
		}
	}
	return nil
}

func (t importTx) dropItems(id string) error {
	_, err := t.DeleteEach(importItemsBucket, id+"/", nil)
	return err
}
