package api

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Eraser shows and removes the records about somebody, and rewrites the records
// file without erased bytes: store.Privacy does.
type Eraser interface {
	Subject(ctx context.Context, id survey.Identifier, contact string) (store.Subject, error)
	Erase(ctx context.Context, kind survey.RecordKind, id string, actor uint64, at time.Time) error
	EraseOrganisation(ctx context.Context, id survey.Identifier, actor uint64, at time.Time) (int, error)
	Overdue(ctx context.Context, now time.Time) ([]store.Overdue, error)
	EraseOverdue(ctx context.Context, now time.Time, actor uint64) ([]store.Overdue, error)
	Compact(context.Context) (store.Compacted, error)
}

// Uploads forgets the uploaded lists, since they may hold erased data.
type Uploads interface {
	Forget() error
}

type (
	compacted struct{ Body store.Compacted }
	subjectOf struct {
		Organisation string `query:"organisation" maxLength:"80" doc:"Everything about this organisation"`
		Contact      string `query:"contact" maxLength:"36" doc:"Everything about this contact, by its id"`
	}
	subjectRead        struct{ Body store.Subject }
	organisationErased struct {
		ID string `path:"id" maxLength:"80" doc:"Any identifier or alias"`
	}
	erasedAll struct {
		Body struct {
			Erased int `json:"erased"`
		}
	}
	overduePage struct{ Body Page[store.Overdue] }
)

// erasureHandlers answer subject access requests and erase records for good.
type erasureHandlers struct {
	organisations organisationFinder
	eraser        Eraser
	uploads       Uploads
	takeovers     Takeovers
}

func (h erasureHandlers) subject(ctx context.Context, in *subjectOf) (*subjectRead, error) {
	if (in.Organisation == "") == (in.Contact == "") {
		return nil, invalidField("query.organisation", "name an organisation or a contact")
	}

	id, err := parseMain(h.organisations, "query.organisation", in.Organisation)
	if err != nil {
		return nil, err
	}

	subject, err := h.eraser.Subject(ctx, id, in.Contact)
	if err != nil {
		return nil, err
	}

	if err := h.openCopies(subject.Shared); err != nil {
		return nil, err
	}
	return &subjectRead{Body: subject}, nil
}

// openCopies replaces sealed copies of other regions' answers with the opened
// ones, where this node can open them.
func (h erasureHandlers) openCopies(copies []survey.SharedResponse) error {
	known := map[survey.Cycle][]survey.SharedResponse{}
	for i, c := range copies {
		// Shared opens all copies of a cycle, so it is asked once for each.
		if known[c.Cycle] == nil {
			shared, err := h.takeovers.Shared(c.Cycle)
			if err != nil {
				return err
			}
			known[c.Cycle] = shared
		}
		for _, opened := range known[c.Cycle] {
			if opened.Organisation == c.Organisation && opened.From == c.From {
				copies[i] = opened
			}
		}
	}
	return nil
}

// record returns the handler that erases one record of the kind.
func (h erasureHandlers) record(kind survey.RecordKind) func(context.Context, *RecordPath) (*nothingToSay, error) {
	return func(ctx context.Context, in *RecordPath) (*nothingToSay, error) {
		if err := h.eraser.Erase(ctx, kind, in.ID, caller(ctx).Actor, time.Now()); err != nil {
			return nil, err
		}
		return &nothingToSay{}, h.forget()
	}
}

func (h erasureHandlers) organisation(ctx context.Context, in *organisationErased) (*erasedAll, error) {
	id, err := parseIdentifier("path.id", in.ID)
	if err != nil {
		return nil, err
	}

	id = mainIdentifier(h.organisations, id)
	out := &erasedAll{}
	out.Body.Erased, err = h.eraser.EraseOrganisation(ctx, id, caller(ctx).Actor, time.Now())
	if err != nil {
		return nil, err
	}
	return out, h.forget()
}

// overdue lists the records that are older than their retention class allows.
func (h erasureHandlers) overdue(ctx context.Context, _ *nothingAsked) (*overduePage, error) {
	list, err := h.eraser.Overdue(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	return &overduePage{Body: page("retention", list, "")}, nil
}

func (h erasureHandlers) eraseOverdue(ctx context.Context, _ *nothingAsked) (*overduePage, error) {
	list, err := h.eraser.EraseOverdue(ctx, time.Now(), caller(ctx).Actor)
	if err != nil {
		return nil, err
	}

	return &overduePage{Body: page("retention", list, "")}, h.forget()
}

func (h erasureHandlers) forget() error {
	if err := h.uploads.Forget(); err != nil {
		return fmt.Errorf("forget the uploaded lists: %w", err)
	}
	return nil
}

func (h erasureHandlers) compact(ctx context.Context, _ *nothingAsked) (*compacted, error) {
	sizes, err := h.eraser.Compact(ctx)
	if err != nil {
		return nil, err
	}
	return &compacted{Body: sizes}, nil
}
