package store_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// registry is a small model of the replicated registry: enough to grant,
// release, hand over and merge, and to tell its changes as things stand now.
type registry struct {
	number        uint64
	claims        map[string]*survey.Change
	organisations map[survey.Identifier]*survey.Change
	campaigns     map[survey.Cycle]*survey.Change
}

var epoch = time.Date(2023, 5, 1, 9, 0, 0, 0, time.UTC)

func newRegistry() *registry {
	return &registry{claims: map[string]*survey.Change{}, organisations: map[survey.Identifier]*survey.Change{}, campaigns: map[survey.Cycle]*survey.Change{}}
}

// clone returns a copy that goes on by itself. Changes are never altered, only
// replaced.
func (r *registry) clone() *registry {
	return &registry{number: r.number, claims: maps.Clone(r.claims), organisations: maps.Clone(r.organisations), campaigns: maps.Clone(r.campaigns)}
}

func (r *registry) next() (uint64, time.Time) {
	r.number++
	return r.number, epoch.Add(time.Duration(r.number) * time.Minute)
}

func claimKey(cycle survey.Cycle, id survey.Identifier) string {
	return string(cycle) + "/" + string(id)
}

func (r *registry) organisation(id survey.Identifier) survey.Organisation {
	if c := r.organisations[id]; c != nil {
		return *c.Organisation
	}
	return survey.Organisation{ID: id}
}

func (r *registry) setOrganisation(o survey.Organisation) {
	number, at := r.next()
	o.Version = number
	r.organisations[o.ID] = &survey.Change{Number: number, Organisation: &o, At: at}
}

func (r *registry) canonical(id survey.Identifier) survey.Identifier {
	for r.organisation(id).MergedInto != "" {
		id = r.organisation(id).MergedInto
	}
	return id
}

func (r *registry) claim(cycle survey.Cycle, id survey.Identifier) survey.Claim {
	if c := r.claims[claimKey(cycle, r.canonical(id))]; c != nil {
		return *c.Claim
	}
	return survey.Claim{Organisation: r.canonical(id), Cycle: cycle, State: survey.Released}
}

func (r *registry) setClaim(c survey.Claim) survey.Claim {
	number, at := r.next()
	c.Token, c.ChangedAt = number, at
	if c.ClaimedAt.IsZero() {
		c.ClaimedAt = at
	}
	r.claims[claimKey(c.Cycle, c.Organisation)] = &survey.Change{Number: number, Claim: &c, At: at}
	return c
}

// grant gives the claim to the region if it is free.
func (r *registry) grant(cycle survey.Cycle, id survey.Identifier, region survey.Region) (survey.Claim, *survey.Refusal) {
	c := r.claim(cycle, id)
	if !c.Free() && c.Region != region {
		return c, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: c.Region, Since: c.ClaimedAt}
	}
	if c.Free() {
		c = r.setClaim(survey.Claim{Organisation: c.Organisation, Cycle: cycle, Region: region, State: survey.Claimed})
	}
	return c, nil
}

// change sets the state if the token is the current one.
func (r *registry) change(cycle survey.Cycle, change survey.ClaimChange) *survey.Refusal {
	c := r.claim(cycle, change.Organisation)
	if c.Token != change.Token {
		return &survey.Refusal{Code: survey.RefusedStaleToken}
	}
	switch change.Action {
	case survey.ActionRespond:
		c.State = survey.Responded
	case survey.ActionIneligible:
		c.State = survey.Ineligible
	}
	r.setClaim(c)
	return nil
}

func (r *registry) release(cycle survey.Cycle, id survey.Identifier) {
	if c := r.claim(cycle, id); !c.Free() {
		c.Region, c.State, c.ClaimedAt = "", survey.Released, time.Time{}
		r.setClaim(c)
	}
}

func (r *registry) transfer(cycle survey.Cycle, id survey.Identifier, to survey.Region) {
	if c := r.claim(cycle, id); !c.Free() {
		c.Region, c.ClaimedAt = to, time.Time{}
		r.setClaim(c)
	}
}

// merge makes from an alias of into. Its claim is told as released; it moves
// only to an organisation that has none, and only then has a number there.
func (r *registry) merge(from, into survey.Identifier, cycles []survey.Cycle) {
	if r.organisation(from).MergedInto != "" || r.canonical(into) == from {
		return
	}
	into = r.canonical(into)
	o := r.organisation(from)
	o.MergedInto = into
	claims := map[survey.Cycle]survey.Claim{}
	for _, cycle := range cycles {
		claims[cycle] = r.claim(cycle, from)
	}
	r.setOrganisation(o)
	for _, cycle := range cycles {
		if c := claims[cycle]; !c.Free() {
			c.Region, c.State, c.ClaimedAt = "", survey.Released, time.Time{}
			r.setClaim(c)
		}
	}
	r.setOrganisation(r.organisation(into))
	for _, cycle := range cycles {
		if c := claims[cycle]; !c.Free() && r.claim(cycle, into).Free() {
			c.Organisation = into
			r.setClaim(c)
		}
	}
}

func (r *registry) split(id survey.Identifier) {
	if o := r.organisation(id); o.MergedInto != "" {
		o.MergedInto = ""
		r.setOrganisation(o)
	}
}

func (r *registry) campaign(cycle survey.Cycle, state survey.CampaignState) {
	number, at := r.next()
	r.campaigns[cycle] = &survey.Change{Number: number, At: at, Campaign: &survey.Campaign{Cycle: cycle, State: state}}
}

// changesSince returns the changes after the number up to at most upTo.
func (r *registry) changesSince(number, upTo uint64) []survey.Change {
	var out []survey.Change
	add := func(c *survey.Change) {
		if c.Number > number && c.Number <= upTo {
			out = append(out, *c)
		}
	}
	for _, c := range r.claims {
		add(c)
	}
	for _, c := range r.organisations {
		add(c)
	}
	for _, c := range r.campaigns {
		add(c)
	}
	slices.SortFunc(out, func(a, b survey.Change) int { return int(a.Number) - int(b.Number) })
	return out
}

// feed brings the store up to the registry.
func (r *registry) feed(s *store.Store) error {
	return s.ApplyChanges(r.number, r.changesSince(s.Cursor(), r.number))
}

// carryOut asks the registry for the store's work, as the federation does.
func (r *registry) carryOut(s *store.Store, limit int) (int, error) {
	list, err := s.Outbox().Due(limit)
	if err != nil {
		return 0, err
	}
	for _, work := range list {
		var refusal *survey.Refusal
		if change, ok := work.Action(); ok {
			refusal = r.change(work.Cycle, change)
		} else {
			_, refusal = r.grant(work.Cycle, work.Organisation, s.Region())
		}
		if refusal != nil {
			if err := s.Outbox().Refuse(work, refusal); err != nil {
				return 0, fmt.Errorf("refuse %v: %w", work, err)
			}
		}
	}
	return len(list), nil
}
