package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// SurveyDraft is what a company has typed so far, as it typed it: by question,
// and in it by field. Version rises with every save.
type SurveyDraft struct {
	Version uint64                         `cbor:"1,keyasint"`
	Saved   time.Time                      `cbor:"2,keyasint"`
	Fields  map[string]map[string][]string `cbor:"3,keyasint"`
}

// SurveyDraft returns what was saved under the link, an empty draft if nothing
// was.
func (l Links) SurveyDraft(id string) (SurveyDraft, error) {
	var draft SurveyDraft
	err := l.store.view(func(t *txn) error {
		_, err := t.Get(draftsBucket, []byte(id), &draft)
		return err
	})
	if err != nil {
		return draft, fmt.Errorf("draft of link %q: %w", clipID(id), err)
	}
	return draft, nil
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
		draft.Fields[question] = fields
		draft.Version++
		draft.Saved = time.Now().UTC().Round(0)
		if draft.size() > maxDraftBytes {
			return fmt.Errorf("%w: the draft is larger than %d bytes", survey.ErrInvalid, maxDraftBytes)
		}
		return t.Put(draftsBucket, []byte(id), draft)
	})
	if err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	return nil
}

// DropSurveyDraft forgets the draft once its answers are recorded.
func (l Links) DropSurveyDraft(ctx context.Context, id string) error {
	if err := l.store.write(ctx, func(t *txn) error { return t.Delete(draftsBucket, []byte(id)) }); err != nil {
		return fmt.Errorf("drop a draft: %w", err)
	}
	return nil
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

// SurveyDraftOf returns what a company has typed so far in the cycle, by its
// newest link or as handed over, an empty draft if nothing.
func (l Links) SurveyDraftOf(cycle survey.Cycle, id survey.Identifier) (SurveyDraft, error) {
	var draft SurveyDraft
	err := l.store.view(func(t *txn) error {
		key, err := t.links().draftKey(cycle, id)
		if err != nil {
			return err
		}
		_, err = t.Get(draftsBucket, key, &draft)
		return err
	})
	if err != nil {
		return draft, fmt.Errorf("draft of %s for %s: %w", id, cycle, err)
	}
	return draft, nil
}

// KeepHandedDraft keeps what a company typed at the region that held it before,
// for its newest link here or the next one. It reports false if the company
// has typed something here: that stays. It returns an error wrapping
// survey.ErrInvalid for a draft larger than 64 KiB.
func (l Links) KeepHandedDraft(ctx context.Context, cycle survey.Cycle, id survey.Identifier, fields map[string]map[string][]string, actor uint64) (bool, error) {
	kept := false
	err := checkKey(cycle, id)
	handed := SurveyDraft{Version: 1, Saved: time.Now().UTC().Round(0), Fields: fields}
	if err == nil && handed.size() > maxDraftBytes {
		err = fmt.Errorf("%w: the draft is larger than %d bytes", survey.ErrInvalid, maxDraftBytes)
	}
	if err == nil {
		err = l.store.write(ctx, func(t *txn) error {
			kept = false
			key, err := t.links().draftKey(cycle, id)
			if err != nil {
				return err
			}
			var have SurveyDraft
			if _, err := t.Get(draftsBucket, key, &have); err != nil || len(have.Fields) > 0 {
				return err
			}
			kept = true
			handed.Version = have.Version + 1
			if err := t.Put(draftsBucket, key, handed); err != nil {
				return err
			}
			return t.audit(AuditEntry{At: handed.Saved, Actor: actor, Action: "draft.take-over", Object: string(cycle) + "/" + string(id), Outcome: "done"})
		})
	}
	if err != nil {
		return false, fmt.Errorf("keep the draft of %s for %s: %w", id, cycle, err)
	}
	return kept, nil
}

// draftKey is where the company's draft stands: under its newest link, before
// there is one under the company.
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

// adoptDraft moves a draft that came before the company's first link to it.
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
