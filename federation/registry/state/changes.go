package state

import (
	"cmp"

	"github.com/ahsn-network/tracker/store/survey"
)

// ChangesSince returns what changed after the number: every claim, organisation
// and campaign that a later row touched, as it stands now, in rising order of
// the number that last changed it. What changed twice appears once. upTo is the
// number to ask with next: everything up to it is in changes or was before.
// limit <= 0 means no limit.
func (r Reader) ChangesSince(number uint64, limit int) (changes []survey.Change, upTo uint64) {
	v := r.now()
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

func (v View) claimChanges(after uint64, limit int) (out []survey.Change) {
	from(v.txn, tableClaims, byNumber, numberKey(after+1), func(c *claimRow) bool {
		claim := c.Claim
		out = append(out, survey.Change{Number: c.Number, Claim: &claim, At: instant(c.At)})
		return limit <= 0 || len(out) <= limit
	})
	return out
}

func (v View) organisationChanges(after uint64, limit int) (out []survey.Change) {
	from(v.txn, tableOrganisations, byNumber, numberKey(after+1), func(o *OrganisationRow) bool {
		organisation := v.whole(o)
		out = append(out, survey.Change{Number: o.Number, Organisation: &organisation, At: instant(o.At)})
		return limit <= 0 || len(out) <= limit
	})
	return out
}

func (v View) campaignChanges(after uint64, limit int) (out []survey.Change) {
	from(v.txn, tableCampaigns, byNumber, numberKey(after+1), func(c *survey.Campaign) bool {
		campaign := *c
		out = append(out, survey.Change{Number: c.Version, Campaign: &campaign, At: cmp.Or(c.ClosedAt, c.FrozenAt, c.OpenedAt)})
		return limit <= 0 || len(out) <= limit
	})
	return out
}
