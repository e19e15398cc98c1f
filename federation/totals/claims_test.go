package totals

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// The registry's claims, as the replicas agree on them.

func (r *registry) ClaimOf(c survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, claim := range r.claims {
		if claim.Cycle == c && claim.Organisation == id {
			return claim, nil
		}
	}
	return survey.Claim{}, survey.ErrNotFound
}

func (r *registry) Claims(filter survey.ClaimFilter, after string, limit int) (page []survey.Claim, next string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, claim := range r.claims {
		if claim.Cycle != filter.Cycle || claim.State != filter.State || string(claim.Organisation) <= after {
			continue
		}
		if len(page) == limit {
			return page, string(page[limit-1].Organisation)
		}
		page = append(page, claim)
	}
	return page, ""
}

func (r *registry) Supporters(c survey.Cycle, id survey.Identifier) []survey.Region {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.supported[c], id) {
		return []survey.Region{"otv"}
	}
	return nil
}

// surveyed puts five companies that answered into the registry: one answered the
// same region last year, one another region, one declined, one was supported and
// never asked, one is new.
func (r *registry) surveyed() {
	r.change(func() {
		last := cycle.Previous()
		r.claims = []survey.Claim{
			{Organisation: "AHSN:1", Cycle: last, Region: "otv", State: survey.Responded}, {Organisation: "AHSN:2", Cycle: last, Region: "sw", State: survey.Responded},
			{Organisation: "AHSN:3", Cycle: last, Region: "otv", State: survey.Declined},
		}
		r.supported = map[survey.Cycle][]survey.Identifier{last: {"AHSN:1", "AHSN:2", "AHSN:4"}}
		for _, id := range []survey.Identifier{"AHSN:1", "AHSN:2", "AHSN:3", "AHSN:4", "AHSN:5"} {
			r.claims = append(r.claims, survey.Claim{Organisation: id, Cycle: cycle, Region: "otv", State: survey.Responded})
		}
	})
}
