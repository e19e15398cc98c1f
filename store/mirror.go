package store

import (
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimRecord is the registry's latest state of one claim. The mirror keeps this region's claims
// and those of organisations whose answers are here; an absent claim is another region's or
// nobody's. Number is the registry number of its last change.
type claimRecord struct {
	Region survey.Region     `cbor:"1,keyasint,omitempty"`
	State  survey.ClaimState `cbor:"2,keyasint"`
	Token  uint64            `cbor:"3,keyasint"`
	Since  time.Time         `cbor:"4,keyasint"`
	Number uint64            `cbor:"5,keyasint"`
}

func newClaimRecord(c survey.Claim, number uint64) claimRecord {
	record := claimRecord{State: c.State, Token: c.Token, Since: c.ClaimedAt.UTC(), Number: number}
	if !c.Free() {
		record.Region = c.Region
	}
	return record
}

func (c claimRecord) mine(region survey.Region) bool { return c.Region == region && region != "" }

func (c claimRecord) heldByOther(region survey.Region) bool {
	return c.Region != "" && c.Region != region
}

func (c claimRecord) refusal() *survey.Refusal {
	return &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: c.Region, Since: c.Since}
}

// claim returns the mirror's claim and whether there is one.
func (t *txn) claim(cycle survey.Cycle, id survey.Identifier) (claimRecord, bool, error) {
	var c claimRecord
	found, err := t.Get(claimsBucket, recordKey(cycle, id), &c)
	return c, found, err
}

// maxAliases bounds a chain of merges.
const maxAliases = 64

// aliasRecord names the organisation that another one was merged into.
type aliasRecord struct {
	Into survey.Identifier `cbor:"1,keyasint"`
}

// canonical follows the merges that the registry has told of to the organisation that has not been
// merged. Merges form a circle if one of them was undone and the change that says so is still to
// come: until then each organisation of the circle is its own canonical one, and a chain that leads
// into the circle ends at its first organisation.
func (t *txn) canonical(id survey.Identifier) (survey.Identifier, error) {
	path, end, err := t.merges(id)
	if err != nil || end < 0 {
		return path[len(path)-1], err
	}
	return path[end], nil
}

// circle returns the organisations of the circle of merges that the organisation is part of, none
// if it is in no circle.
func (t *txn) circle(id survey.Identifier) ([]survey.Identifier, error) {
	path, end, err := t.merges(id)
	if err != nil || end != 0 {
		return nil, err
	}
	return path, nil
}

// merges returns the organisation and the chain of those that it was merged into. If the chain ends
// in a circle, end is the index at which the circle begins, else -1. It returns survey.ErrInvalid
// for a chain of more than 64.
func (t *txn) merges(id survey.Identifier) (path []survey.Identifier, end int, err error) {
	path = []survey.Identifier{id}
	for range maxAliases {
		var alias aliasRecord
		found, err := t.Get(aliasesBucket, []byte(path[len(path)-1]), &alias)
		if err != nil || !found {
			return path, -1, err
		}
		if at := slices.Index(path, alias.Into); at >= 0 {
			return path, at, nil
		}
		path = append(path, alias.Into)
	}
	return path, -1, fmt.Errorf("%w: %s was merged more than %d times over", survey.ErrInvalid, id, maxAliases)
}

// campaignRecord is the state of a cycle's campaign, and the definitions by which its answers
// count.
type campaignRecord struct {
	State       survey.CampaignState `cbor:"1,keyasint"`
	Definitions string               `cbor:"2,keyasint,omitempty"`
}

// final reports whether the cycle's campaign is over: an organisation's later sector or size no
// longer changes its figures.
func (t *txn) final(cycle survey.Cycle) (bool, error) {
	var c campaignRecord
	_, err := t.Get(campaignsBucket, []byte(cycle), &c)
	return c.State == survey.CampaignClosed || c.State == survey.CampaignCertified, err
}

// maxRecent bounds one generation of recentOrganisations.
const maxRecent = 4096

// recentOrganisations remembers the latest sectors and sizes from the registry, for answers that
// are recorded with an older copy of the organisation. Only the writer's goroutine may use it.
type recentOrganisations struct {
	young, old map[survey.Identifier]recentOrganisation
}

type recentOrganisation struct {
	version uint64
	sector  survey.Sector
	size    survey.SizeBand
}

func newRecentOrganisations() *recentOrganisations {
	return &recentOrganisations{young: map[survey.Identifier]recentOrganisation{}}
}

func (r *recentOrganisations) of(id survey.Identifier) (recentOrganisation, bool) {
	if o, ok := r.young[id]; ok {
		return o, true
	}
	o, ok := r.old[id]
	return o, ok
}

func (r *recentOrganisations) remember(o survey.Organisation) {
	if have, ok := r.of(o.ID); ok && have.version >= o.Version {
		return
	}
	if len(r.young) >= maxRecent {
		r.old, r.young = r.young, map[survey.Identifier]recentOrganisation{}
	}
	r.young[o.ID] = recentOrganisation{version: o.Version, sector: o.Sector, size: o.SizeBand}
}
