package registry

import (
	"cmp"

	"github.com/ahsn-network/tracker/store/survey"
)

// ChangesSince returns what changed after the number: every claim, organisation
// and campaign that a later row touched, as it stands now, in rising order of
// the number that last changed it. What changed twice appears once. upTo is the
// number to ask with next: everything up to it is in changes or was before.
// limit <= 0 means no limit.
func (r *Registry) ChangesSince(number uint64, limit int) (changes []survey.Change, upTo uint64) {
	v := r.machine.view()
	upTo = max(number, v.federation().Number)
	lists := [][]survey.Change{v.claimChanges(number, limit), v.organisationChanges(number, limit), v.campaignChanges(number, limit)}
	for {
		next := -1
		for i, l := range lists {
			if len(l) > 0 && (next < 0 || l[0].Number < lists[next][0].Number) {
				next = i
			}
		}
		if next < 0 {
			return changes, upTo
		}
		if limit > 0 && len(changes) >= limit && lists[next][0].Number != changes[len(changes)-1].Number {
			return changes, changes[len(changes)-1].Number
		}
		changes = append(changes, lists[next][0])
		lists[next] = lists[next][1:]
	}
}

// Watch returns a channel that is closed at the next change of the registry.
func (r *Registry) Watch() <-chan struct{} {
	_, changed := r.machine.number.now()
	return changed
}

// Number returns the registry's own number of the last row or item applied
// here.
func (r *Registry) Number() uint64 {
	number, _ := r.machine.number.now()
	return number
}

func (v view) claimChanges(after uint64, limit int) (out []survey.Change) {
	from(v.txn, tableClaims, byNumber, numberKey(after+1), func(c *claimRow) bool {
		claim := c.Claim
		out = append(out, survey.Change{Number: c.Number, Claim: &claim, At: instant(c.At)})
		return limit <= 0 || len(out) <= limit
	})
	return out
}

func (v view) organisationChanges(after uint64, limit int) (out []survey.Change) {
	from(v.txn, tableOrganisations, byNumber, numberKey(after+1), func(o *organisationRow) bool {
		organisation := v.whole(o)
		out = append(out, survey.Change{Number: o.Number, Organisation: &organisation, At: instant(o.At)})
		return limit <= 0 || len(out) <= limit
	})
	return out
}

func (v view) campaignChanges(after uint64, limit int) (out []survey.Change) {
	from(v.txn, tableCampaigns, byNumber, numberKey(after+1), func(c *survey.Campaign) bool {
		campaign := *c
		out = append(out, survey.Change{Number: c.Version, Campaign: &campaign, At: cmp.Or(c.ClosedAt, c.FrozenAt, c.OpenedAt)})
		return limit <= 0 || len(out) <= limit
	})
	return out
}
