package state

import (
	"cmp"

	"github.com/ahsn-network/tracker/store/survey"
)

// ChangesSince returns every claim, organisation and campaign that a row after the number touched,
// as it stands now, in rising order of the number that last changed it. Each appears once. upTo is
// the number to ask with next: everything up to it is in changes or was there before. limit <= 0
// means no limit.
func (r Reader) ChangesSince(number uint64, limit int) (changes []survey.Change, upTo uint64) {
	v := r.now()
	upTo = max(number, v.federation().Number)
	lists := [][]survey.Change{v.claimChanges(number, limit), v.organisationChanges(number, limit),
		v.campaignChanges(number, limit)}

	// Each list is in order, so that the least of the first numbers comes next.
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

		// Changes with the same number stay together: the caller goes on after that number.
		if limit > 0 && len(changes) >= limit && lists[next][0].Number != changes[len(changes)-1].Number {
			return changes, changes[len(changes)-1].Number
		}

		changes = append(changes, lists[next][0])
		lists[next] = lists[next][1:]
	}
}

func (v View) claimChanges(after uint64, limit int) (out []survey.Change) {
	for c := range rowsFrom[claimRow](v.txn, tableClaims, byNumber, numberKey(after+1)) {
		claim := c.Claim
		out = append(out, survey.Change{Number: c.Number, Claim: &claim, At: instant(c.At)})
		if limit > 0 && len(out) > limit {
			break
		}
	}
	return out
}

func (v View) organisationChanges(after uint64, limit int) (out []survey.Change) {
	for o := range rowsFrom[OrganisationRow](v.txn, tableOrganisations, byNumber, numberKey(after+1)) {
		organisation := v.whole(o)
		out = append(out, survey.Change{Number: o.Number, Organisation: &organisation, At: instant(o.At)})
		if limit > 0 && len(out) > limit {
			break
		}
	}
	return out
}

func (v View) campaignChanges(after uint64, limit int) (out []survey.Change) {
	for c := range rowsFrom[survey.Campaign](v.txn, tableCampaigns, byNumber, numberKey(after+1)) {
		campaign := *c
		out = append(out, survey.Change{Number: c.Version, Campaign: &campaign,
			At: cmp.Or(c.ClosedAt, c.FrozenAt, c.OpenedAt)})
		if limit > 0 && len(out) > limit {
			break
		}
	}
	return out
}
