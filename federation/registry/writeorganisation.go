package registry

import (
	"context"
	"fmt"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// MergeOrganisations merges one organisation into another for the nation:
// updated, or refused with unknown-organisation or invalid. Identifiers and
// names of the first lead to the second from then on; of two claims in an open
// campaign one stays. SplitOrganisation undoes it. Blocks and fails as
// AddOrganisations.
func (w *Writer) MergeOrganisations(ctx context.Context, request survey.Request, one, into survey.Identifier,
	reason survey.MergeReason) (survey.Outcome, error) {
	one, err := survey.ParseIdentifier(string(one))
	if err == nil {
		into, err = survey.ParseIdentifier(string(into))
	}
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("merge organisations: %w", err)
	}
	return w.write(ctx, request, state.MergeOrganisations(one, into, reason))
}

// SplitOrganisation undoes the merge of the organisation with this identifier
// of its own into another: updated, or refused with unknown-organisation or
// invalid. A claim that came with it goes back with it, unless it was given up
// or handed over since. Blocks and fails as AddOrganisations.
func (w *Writer) SplitOrganisation(ctx context.Context, request survey.Request, id survey.Identifier,
	reason survey.MergeReason) (survey.Outcome, error) {
	id, err := survey.ParseIdentifier(string(id))
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("split organisation: %w", err)
	}
	return w.write(ctx, request, state.SplitOrganisation(id, reason))
}

// PreviewOrganisations returns the outcomes that AddOrganisations would have on this node's
// replica, and records nothing. A row that would change nothing visible exists already, even if it
// confirms known facts on a later day. Facts of a row about a known organisation say how it would
// change, and which facts would not be taken and why. Numbers in the outcomes are not the
// registry's. It waits for nobody; its errors are those of a wrong list (survey.ErrInvalid).
func (w *Writer) PreviewOrganisations(_ context.Context, items []survey.NewOrganisation) ([]survey.Outcome, error) {
	l, err := w.newList(survey.Request{ID: "preview"}, len(items))
	if err != nil {
		return nil, fmt.Errorf("preview organisations: %w", err)
	}

	var adding []survey.NewOrganisation
	for _, item := range items {
		ready, problem := state.PrepareOrganisation(w.options.Key, w.options.Region, l.request.ID, item)
		if problem != "" {
			l.refuse(state.FirstIdentifier(&ready), survey.RefusedInvalid, problem)
			continue
		}
		l.expect()
		adding = append(adding, ready)
	}

	for i, outcome := range w.machine.current.Load().Preview(w.options.Region, adding) {
		l.outcomes[l.sent[i]] = outcome
	}
	return l.outcomes, nil
}
