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
		return draft, fmt.Errorf("draft of link %q: %w", id[:min(len(id), maxTokenName)], err)
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
