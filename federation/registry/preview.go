package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// PreviewOrganisations returns the outcomes that AddOrganisations would have
// if the nation were as this node's replica knows it, and proposes nothing.
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
		l.outcomes[l.sent[i]] = w.addOrganisation(r.options.Region, raw)
	}
	return l.outcomes, nil
}
