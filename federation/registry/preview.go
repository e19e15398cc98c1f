package registry

import (
	"context"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// PreviewOrganisations returns the outcomes that AddOrganisations would have
// if the nation were as this node's replica knows it, and proposes nothing.
// A row that would change nothing that anybody sees exists already, even if it
// confirms on a later day what is known. Facts of a row about a known
// organisation say what would change, and what would not be taken and why.
// Numbers in the outcomes are not the registry's. It waits for nobody; errors
// are those of a wrong list (survey.ErrInvalid).
func (r *Registry) PreviewOrganisations(_ context.Context, items []survey.NewOrganisation) ([]survey.Outcome, error) {
	l, err := r.newList(typeAddOrganisations, survey.Request{ID: "preview"}, "", len(items))
	if err != nil {
		return nil, fmt.Errorf("preview organisations: %w", err)
	}
	for _, item := range items {
		ready, problem := r.readyOrganisation(l.request, item)
		if problem != "" {
			l.refuse(firstIdentifier(&ready), survey.RefusedInvalid, problem)
			continue
		}
		l.add(ready)
	}
	// A transaction on a snapshot: the state itself stays free to apply.
	txn := r.machine.current.Load().db.Try()
	defer txn.Abort()
	w := &work{view: view{txn}}
	w.federation = *w.view.federation()
	for i, raw := range l.items {
		outcome := w.addOrganisation(r.options.Region, raw)
		w.compare(&outcome, r.machine.view(), raw)
		l.outcomes[l.sent[i]] = outcome
	}
	return l.outcomes, nil
}

// compare says what the item changed that anybody sees, and what of it was not
// taken.
func (w *work) compare(outcome *survey.Outcome, known view, raw cbor.RawMessage) {
	if outcome.Status != survey.OutcomeUpdated && outcome.Status != survey.OutcomeExists {
		return
	}
	row := known.organisation(outcome.ID)
	now := w.organisation(outcome.ID)
	var item survey.NewOrganisation
	if row == nil || now == nil || decode(raw, &item) != nil {
		return // it is of this list
	}
	before, after := known.whole(row), w.whole(now)
	if alike(before, after) {
		outcome.Status = survey.OutcomeExists
	}
	outcome.Facts = factChanges(before, after, &item, row)
}

// alike reports whether both show the same, whenever it was learnt.
func alike(a, b survey.Organisation) bool {
	a.Version, b.Version = 0, 0
	return reflect.DeepEqual(a, b)
}
