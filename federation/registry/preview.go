package registry

import (
	"context"
	"fmt"
	"reflect"

	"github.com/ahsn-network/tracker/store/survey"
)

// PreviewOrganisations returns the outcomes that AddOrganisations would have
// if the nation were as this node's replica knows it, and proposes nothing.
// A row that would change nothing that anybody sees exists already, even if it
// confirms on a later day what is known.
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
		if outcome.Status == survey.OutcomeUpdated {
			before, err := r.Organisation(outcome.ID)
			if after := w.organisation(outcome.ID); err == nil && after != nil && alike(before, w.whole(after)) {
				outcome.Status = survey.OutcomeExists
			}
		}
		l.outcomes[l.sent[i]] = outcome
	}
	return l.outcomes, nil
}

// alike reports whether both show the same, whenever it was learnt.
func alike(a, b survey.Organisation) bool {
	a.Version, b.Version = 0, 0
	return reflect.DeepEqual(a, b)
}
