package registry

import "github.com/ahsn-network/tracker/store/survey"

// MergedOrganisations returns up to limit organisations that were merged into
// another, with their own identifiers and names, in the order of their ids, from
// the one after the cursor on; next is the cursor of the rest, empty at the end.
func (r Reader) MergedOrganisations(after string, limit int) (page []survey.Organisation, next string) {
	from(r.now().txn, tableOrganisations, byKey, after, func(o *organisationRow) bool {
		if string(o.ID) == after || o.MergedInto == "" {
			return true
		}
		if len(page) == limit {
			next = string(page[limit-1].ID)
			return false
		}
		page = append(page, o.survey())
		return true
	})
	return page, next
}
