package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// UndoImport takes an import back in one transaction: it deletes the added records and answers, and
// gives the changed ones a new version equal to the one before the import. It returns a
// *survey.Refusal, and changes nothing, if it is too late or if any of them was changed since (the
// detail names the first). Undoing again changes nothing.
//
// Answers that the registry has been told of stay reported there: their claims have to be reopened.
func (i Imports) UndoImport(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error) {
	var im survey.Import
	err := i.store.write(ctx, func(t *txn) error {
		im = survey.Import{}
		found, err := t.Get(importsBucket, []byte(id), &im)
		switch {
		case err != nil:
			return err
		case !found:
			return survey.ErrNotFound
		case im.State == survey.ImportUndone:
			return nil
		case at.After(im.UndoUntil):
			return &survey.Refusal{Code: survey.RefusedTooLate,
				Detail: fmt.Sprintf("an import can be taken back for %d hours; this one was made %s",
					int(survey.ImportUndoFor.Hours()), im.At.Format(time.DateTime))}
		}
		rows, err := t.imports().undo(id, im.Cycle, occasion{at: at.UTC(), actor: actor})
		if err != nil {
			return err
		}

		im.State, im.UndoneAt = survey.ImportUndone, at.UTC().Round(0)
		if err := t.Put(importsBucket, []byte(id), im); err != nil {
			return err
		}
		return t.auditChange(occasion{at: at, actor: actor}, "import.undo", "imports/"+id, fmt.Sprintf("%d rows", rows))
	})
	if err != nil {
		return survey.Import{}, fmt.Errorf("take the import %s back: %w", id, err)
	}
	return im, nil
}

// undo takes back every item of the import and deletes the items. It returns how many there were.
func (t importTx) undo(id string, cycle survey.Cycle, on occasion) (int, error) {
	pieces, err := boltfile.Select[[]importItem](t.Tx, importItemsBucket, id+"/", nil)
	if err != nil {
		return 0, err
	}
	items := slices.Concat(pieces...)

	// All are checked before any is taken back: a refusal costs other writers nothing.
	for _, item := range items {
		if err := t.unchanged(cycle, item); err != nil {
			return 0, err
		}
	}
	for _, item := range items {
		if err := t.takeBack(cycle, item, on); err != nil {
			return 0, err
		}
	}
	return len(items), t.dropItems(id)
}

// unchanged returns a *survey.Refusal if the item's record or response has changed since the
// import.
func (t importTx) unchanged(cycle survey.Cycle, item importItem) error {
	version, name := uint64(0), item.ID
	if item.Organisation != "" {
		name = string(item.Organisation)
		r, err := t.response(cycle, item.Organisation)
		if err != nil {
			return err
		}
		if r != nil {
			version = r.Version
		}
	} else if k, err := t.kept(item.Kind, item.ID); err != nil {
		return err
	} else if k != nil {
		version = k.Version
	}

	if version != item.After {
		return &survey.Refusal{Code: survey.RefusedChangedSince,
			Detail: fmt.Sprintf("%s was changed after the import: take that back first", name)}
	}
	return nil
}

func (t importTx) takeBack(cycle survey.Cycle, item importItem, on occasion) error {
	if item.Organisation != "" {
		return t.takeAnswersBack(cycle, item, on)
	}
	if item.Before == 0 {
		return t.records().erase(item.Kind, item.ID, on)
	}
	have, err := t.kept(item.Kind, item.ID)
	if err != nil {
		return err
	}

	var before keptRecord
	found, err := t.Get(recordHistoryBucket, keptHistoryKey(item.Kind, item.ID, item.Before), &before)
	if err != nil {
		return err
	}
	if !found {
		return t.Damaged(fmt.Sprintf("recordhistory %s %s: version %d is missing", item.Kind, item.ID, item.Before))
	}

	// A new version with the earlier values, so that the history shows the import.
	w := RecordWrite{Record: before.record(item.Kind, item.ID), Actor: on.actor, At: on.at}
	_, err = t.records().putKept(w, have, before.Deleted)
	return err
}

func (t importTx) takeAnswersBack(cycle survey.Cycle, item importItem, on occasion) error {
	versions, err := t.responses().versions(cycle, item.Organisation)
	if err != nil {
		return err
	}
	if item.Before == 0 {
		if err := t.responses().withdraw(cycle, item.Organisation, versions, on); err != nil {
			return err
		}
		return t.responses().dropClaim(cycle, item.Organisation)
	}

	current := versions[len(versions)-1]
	again := *versions[item.Before-1]
	again.Actor, again.At, again.Wanted = on.actor, on.at, current.Wanted
	if err := t.responses().supersede(cycle, item.Organisation, current, &again); err != nil {
		return err
	}
	return t.responses().settle(cycle, item.Organisation, &again, on)
}

// erase removes a record with its history from the tree. Its values stay in freed pages until the
// file is compacted.
func (t recordTx) erase(kind survey.RecordKind, id string, on occasion) error {
	have, err := t.kept(kind, id)
	if err != nil || have == nil {
		return err
	}
	if err := t.activities().unplace(have.record(kind, id), on); err != nil {
		return err
	}

	for version := uint64(1); version < have.Version; version++ {
		if err := t.Delete(recordHistoryBucket, keptHistoryKey(kind, id, version)); err != nil {
			return err
		}
	}

	t.touch(kind, id, nil)
	t.measured = t.measured || slices.Contains(measuredKinds(), kind)
	return t.Delete(recordsBucket, keptKey(kind, id))
}
