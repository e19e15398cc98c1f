package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// SurveyDraft is a company's unsent form, as it was typed: by question, and within a question by
// field. Version rises with every save.
type SurveyDraft struct {
	Version uint64                         `cbor:"1,keyasint"`
	Saved   time.Time                      `cbor:"2,keyasint"`
	Fields  map[string]map[string][]string `cbor:"3,keyasint"`
}

// SurveyDraft returns the draft that was saved under the link, or an empty one.
func (l Links) SurveyDraft(id string) (SurveyDraft, error) {
	return read(l.store, func(t *txn) (draft SurveyDraft, err error) {
		_, err = t.Get(draftsBucket, []byte(id), &draft)
		return draft, err
	}, "draft of link %q", clipID(id))
}

// SaveSurveyDraft keeps one question's fields beside those of the others. It
// returns an error wrapping survey.ErrInvalid if the draft would become larger
// than 64 KiB.
func (l Links) SaveSurveyDraft(ctx context.Context, id, question string, fields map[string][]string) error {
	err := l.store.write(ctx, func(t *txn) error {
		var draft SurveyDraft
		if _, err := t.Get(draftsBucket, []byte(id), &draft); err != nil {
			return err
		}
		if draft.Fields == nil {
			draft.Fields = map[string]map[string][]string{}
		}

		// One question at a time: a page saves its own fields and leaves the others.
		draft.Fields[question] = fields
		draft.Version++
		draft.Saved = time.Now().UTC().Round(0)
		if draft.size() > maxDraftBytes {
			return fmt.Errorf("%w: the draft is larger than %d bytes", survey.ErrInvalid, maxDraftBytes)
		}
		return t.Put(draftsBucket, []byte(id), draft)
	})
	return explain(err, "save a draft")
}

// DropSurveyDraft deletes the draft once its answers are recorded.
func (l Links) DropSurveyDraft(ctx context.Context, id string) error {
	return explain(l.store.write(ctx, func(t *txn) error { return t.Delete(draftsBucket, []byte(id)) }), "drop a draft")
}

func (d SurveyDraft) size() int {
	n := 0
	for question, fields := range d.Fields {
		n += len(question)
		for name, values := range fields {
			n += len(name)
			for _, value := range values {
				n += len(value)
			}
		}
	}
	return n
}

// SurveyDraftOf returns the company's draft in the cycle, under its newest link or as handed over,
// or an empty one.
func (l Links) SurveyDraftOf(cycle survey.Cycle, id survey.Identifier) (SurveyDraft, error) {
	return read(l.store, func(t *txn) (draft SurveyDraft, err error) {
		key, err := t.links().draftKey(cycle, id)
		if err == nil {
			_, err = t.Get(draftsBucket, key, &draft)
		}
		return draft, err
	}, "draft of %s for %s", id, cycle)
}

// KeepHandedDraft keeps the draft of the region that held the company before, for its newest link
// here or the next one. It reports false, and changes nothing, if the company has a draft here. It
// returns an error wrapping survey.ErrInvalid for a draft larger than 64 KiB.
func (l Links) KeepHandedDraft(ctx context.Context, cycle survey.Cycle, id survey.Identifier,
	fields map[string]map[string][]string, actor uint64) (kept bool, err error) {
	handed := SurveyDraft{Version: 1, Saved: time.Now().UTC().Round(0), Fields: fields}
	if err = checkKey(cycle, id); err == nil && handed.size() > maxDraftBytes {
		err = fmt.Errorf("%w: the draft is larger than %d bytes", survey.ErrInvalid, maxDraftBytes)
	}
	if err == nil {
		err = l.store.write(ctx, func(t *txn) (err error) {
			kept, err = t.links().keepHanded(cycle, id, handed, actor)
			return err
		})
	}
	return kept && err == nil, explain(err, "keep the draft of %s for %s", id, cycle)
}

func (t linkTx) keepHanded(cycle survey.Cycle, id survey.Identifier, handed SurveyDraft, actor uint64) (bool, error) {
	key, err := t.draftKey(cycle, id)
	if err != nil {
		return false, err
	}
	var have SurveyDraft
	if _, err := t.Get(draftsBucket, key, &have); err != nil || len(have.Fields) > 0 {
		return false, err
	}

	// A version of its own, so that an open form notices the change.
	handed.Version = have.Version + 1
	if err := t.Put(draftsBucket, key, handed); err != nil {
		return false, err
	}
	return true, t.auditChange(occasion{at: handed.Saved, actor: actor}, "draft.take-over", string(recordKey(cycle, id)), "done")
}

// draftKey is the key of the company's draft: its newest link, or the company itself before it has
// one.
func (t linkTx) draftKey(cycle survey.Cycle, id survey.Identifier) ([]byte, error) {
	home, err := t.canonical(id)
	if err != nil {
		return nil, err
	}

	var link string
	found, err := t.Get(linkPlacesBucket, recordKey(cycle, home), &link)
	if err != nil || !found {
		return recordKey(cycle, home), err
	}
	return []byte(link), nil
}

// adoptDraft moves a draft that is older than the company's first link to that link.
func (t linkTx) adoptDraft(link SurveyLink) error {
	key := recordKey(link.Cycle, link.Organisation)
	var draft SurveyDraft
	found, err := t.Get(draftsBucket, key, &draft)
	if err != nil || !found {
		return err
	}

	if err := t.Put(draftsBucket, []byte(link.ID), draft); err != nil {
		return err
	}
	return t.Delete(draftsBucket, key)
}
