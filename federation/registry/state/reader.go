package state

import (
	"fmt"
	"maps"

	"github.com/ahsn-network/tracker/store/survey"
)

// Reader answers questions about the registry as it is at the moment of each.
// It waits for nobody. All methods may be called at the same time.
type Reader struct{ now func() View }

// NewReader returns a reader of what now returns.
func NewReader(now func() View) Reader { return Reader{now} }

// Organisation returns the organisation that has, or had, the identifier, or an
// error wrapping survey.ErrNotFound.
func (r Reader) Organisation(id survey.Identifier) (survey.Organisation, error) {
	if parsed, err := survey.ParseIdentifier(string(id)); err == nil {
		id = parsed
	}
	v := r.now()
	o := v.organisation(id)
	if o == nil {
		return survey.Organisation{}, fmt.Errorf("organisation %s: %w", id, survey.ErrNotFound)
	}
	return v.whole(o), nil
}

// Organisations returns up to limit organisations in the order of their ids,
// from the one after the cursor on; next is the cursor of the rest, empty at
// the end. An empty cursor means the start. What was merged away is not among
// them.
func (r Reader) Organisations(after string, limit int) (page []survey.Organisation, next string) {
	v := r.now()
	from(v.txn, tableOrganisations, byKey, string(after), func(o *OrganisationRow) bool {
		if string(o.ID) == after || o.MergedInto != "" {
			return true
		}
		if len(page) == limit {
			next = string(page[limit-1].ID)
			return false
		}
		page = append(page, v.whole(o))
		return true
	})
	return page, next
}

// Campaign returns the cycle's campaign, or an error wrapping
// survey.ErrNotFound.
func (r Reader) Campaign(cycle survey.Cycle) (survey.Campaign, error) {
	c := r.now().campaign(cycle)
	if c == nil {
		return survey.Campaign{}, fmt.Errorf("campaign %s: %w", cycle, survey.ErrNotFound)
	}
	return *c, nil
}

// Campaigns returns every campaign in the order of the cycles.
func (r Reader) Campaigns() []survey.Campaign {
	var out []survey.Campaign
	from(r.now().txn, tableCampaigns, byKey, "", func(c *survey.Campaign) bool {
		out = append(out, *c)
		return true
	})
	return out
}

// ClaimOf returns the claim on the organisation, known by any of its
// identifiers, in the cycle. It returns an error wrapping survey.ErrNotFound if
// the organisation is unknown or nobody holds it.
func (r Reader) ClaimOf(cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	if parsed, err := survey.ParseIdentifier(string(id)); err == nil {
		id = parsed
	}
	v := r.now()
	o := v.organisation(id)
	if o == nil {
		return survey.Claim{}, fmt.Errorf("organisation %s: %w", id, survey.ErrNotFound)
	}
	c := v.claim(cycle, o.ID)
	if c == nil || c.Claim.Free() {
		return survey.Claim{}, fmt.Errorf("claim on %s in %s: %w", o.ID, cycle, survey.ErrNotFound)
	}
	return v.shown(c), nil
}

// Claims returns up to limit claims that the filter selects, in the order of
// cycles and ids, from the one after the cursor on; next is the cursor of the
// rest, empty at the end. Released claims appear only when asked for by state.
func (r Reader) Claims(filter survey.ClaimFilter, after string, limit int) (page []survey.Claim, next string) {
	start := after
	if after == "" && filter.Cycle != "" {
		start = cycleKey(filter.Cycle, "")
	}
	last := ""
	v := r.now()
	from(v.txn, tableClaims, byKey, start, func(c *claimRow) bool {
		key := string(cycleKey(c.Claim.Cycle, c.Claim.Organisation))
		if filter.Cycle != "" && c.Claim.Cycle != filter.Cycle {
			return c.Claim.Cycle < filter.Cycle
		}
		claim := v.shown(c)
		if key == after || !selects(filter, &claim) {
			return true
		}
		if len(page) == limit {
			next = last
			return false
		}
		page = append(page, claim)
		last = key
		return true
	})
	return page, next
}

func selects(f survey.ClaimFilter, c *survey.Claim) bool {
	if f.State == "" && c.Free() || f.State != "" && c.State != f.State {
		return false
	}
	return (f.Region == "" || c.Region == f.Region) && (!f.Idle || c.Idle)
}

// Supporters returns the regions that supported the organisation in the cycle,
// in the order of their codes, none if it is not known.
func (r Reader) Supporters(cycle survey.Cycle, id survey.Identifier) []survey.Region {
	v := r.now()
	o := v.organisation(id)
	if o == nil {
		return nil
	}
	if s := v.support(cycle, o.ID); s != nil {
		return append([]survey.Region(nil), s.Regions...)
	}
	return nil
}

// Counts returns the registry's counts of the cycle's campaign, or an error
// wrapping survey.ErrNotFound. They are kept up to date with every change, so
// asking is cheap. After the close they are those of the newest revision: what
// comes late counts in the next one.
func (r Reader) Counts(cycle survey.Cycle) (survey.CampaignCounts, error) {
	if newest := r.now().lastRevision(cycle); newest != nil {
		return cloneCounts(newest.Counts), nil
	}
	return r.CountsNow(cycle)
}

// CountsNow is Counts with what came after the close.
func (r Reader) CountsNow(cycle survey.Cycle) (survey.CampaignCounts, error) {
	t := first[tallyRow](r.now().txn, tableTallies, byKey, string(cycle))
	if t == nil {
		return survey.CampaignCounts{}, fmt.Errorf("campaign %s: %w", cycle, survey.ErrNotFound)
	}
	return cloneCounts(t.Counts), nil
}

func cloneCounts(c survey.CampaignCounts) survey.CampaignCounts {
	c.ByRegion = maps.Clone(c.ByRegion)
	return c
}

// Members returns the roster in the order of the region codes, none before the
// federation is founded.
func (r Reader) Members() []survey.Member { return r.now().Members() }

// Member returns the region's row of the roster.
func (r Reader) Member(region survey.Region) (survey.Member, bool) {
	m := r.now().Member(region)
	if m == nil {
		return survey.Member{}, false
	}
	return *m, true
}
