package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// RegisterInnovation registers an innovation of the organisation, at the stage
// if one is named. The outcome is created, with the id that this node minted in
// Outcome.ID, or refused with unknown-organisation or invalid; the same request
// gives the same id. What the innovation is called stays here. Blocks and fails
// as AddOrganisations; so do the methods below.
func (r *Registry) RegisterInnovation(ctx context.Context, request survey.Request, organisation survey.Identifier, stage string) (survey.InnovationID, survey.Outcome, error) {
	parsed, err := survey.ParseIdentifier(string(organisation))
	if err != nil {
		return "", survey.Outcome{}, fmt.Errorf("register an innovation: %w", err)
	}
	p := innovationPayload{Action: innovationRegister, Organisation: parsed, Stage: stage}
	minted, _ := r.mint(request, mustEncode(p))
	p.ID = survey.InnovationID(innovationPrefix + minted.ID())
	outcome, err := r.changeInnovation(ctx, request, p)
	return p.ID, outcome, err
}

// SetInnovationStage says how far the innovation has come: updated, exists, or
// refused with unknown-innovation or invalid.
func (r *Registry) SetInnovationStage(ctx context.Context, request survey.Request, id survey.InnovationID, stage string) (survey.Outcome, error) {
	return r.changeInnovation(ctx, request, innovationPayload{Action: innovationStage, ID: id, Stage: stage})
}

// AdoptInnovation says that this region adopts the innovation: updated, exists,
// or refused with unknown-innovation.
func (r *Registry) AdoptInnovation(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	return r.changeInnovation(ctx, request, innovationPayload{Action: innovationAdopt, ID: id})
}

// WithdrawAdoption says that this region does not adopt the innovation any more:
// updated, exists, or refused with unknown-innovation.
func (r *Registry) WithdrawAdoption(ctx context.Context, request survey.Request, id survey.InnovationID) (survey.Outcome, error) {
	return r.changeInnovation(ctx, request, innovationPayload{Action: innovationWithdraw, ID: id})
}

func (r *Registry) changeInnovation(ctx context.Context, request survey.Request, p innovationPayload) (survey.Outcome, error) {
	outcome, err := r.oneOf(ctx, levelNational, typeInnovation, request, p)
	if err != nil {
		return outcome, fmt.Errorf("innovation %s: %w", p.ID, err)
	}
	return outcome, nil
}

// Innovation returns the innovation, or an error wrapping survey.ErrNotFound.
func (r *Registry) Innovation(id survey.InnovationID) (survey.Innovation, error) {
	v := r.machine.view()
	known := v.innovation(id)
	if known == nil {
		return survey.Innovation{}, fmt.Errorf("innovation %s: %w", id, survey.ErrNotFound)
	}
	return v.shownInnovation(known), nil
}

// shownInnovation names the organisation that stands for the one it was
// registered for, if that was merged.
func (v view) shownInnovation(i *survey.Innovation) survey.Innovation {
	out := *i
	out.AdoptedBy = slices.Clone(i.AdoptedBy)
	if o := v.organisation(i.Organisation); o != nil {
		out.Organisation = o.ID
	}
	return out
}

// Innovations returns the innovations of the organisation, and of what was
// merged into it, in the order of their ids: none if it is unknown.
func (r *Registry) Innovations(organisation survey.Identifier) []survey.Innovation {
	if parsed, err := survey.ParseIdentifier(string(organisation)); err == nil {
		organisation = parsed
	}
	v := r.machine.view()
	o := v.organisation(organisation)
	if o == nil {
		return nil
	}
	var out []survey.Innovation
	for _, one := range append([]*organisationRow{o}, v.absorbed(o.ID)...) {
		for _, i := range v.innovationsOf(one.ID) {
			out = append(out, v.shownInnovation(i))
		}
	}
	slices.SortFunc(out, func(a, b survey.Innovation) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// InnovationCounts counts the nation's innovations, each of them once. It reads
// all of them.
func (r *Registry) InnovationCounts() survey.InnovationCounts {
	counts := survey.InnovationCounts{ByStage: map[string]int{}, ByRegion: map[survey.Region]int{}}
	from(r.machine.view().txn, tableInnovations, byKey, "", func(i *survey.Innovation) bool {
		counts.Innovations++
		counts.ByStage[i.Stage]++
		counts.Adoptions += len(i.AdoptedBy)
		if len(i.AdoptedBy) > 0 {
			counts.Adopted++
		}
		for _, region := range i.AdoptedBy {
			counts.ByRegion[region]++
		}
		return true
	})
	return counts
}
