package state

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// identifierRow says which organisation an identifier belongs to.
type identifierRow struct {
	Identifier   survey.Identifier `cbor:"1,keyasint"`
	Organisation survey.Identifier `cbor:"2,keyasint"`
}

// ownOrganisation finds the organisation whose own identifier it is, also one
// that was merged away.
func (v View) ownOrganisation(id survey.Identifier) *OrganisationRow {
	i := first[identifierRow](v.txn, tableIdentifiers, byKey, string(id))
	if i == nil {
		return nil
	}
	return first[OrganisationRow](v.txn, tableOrganisations, byKey, string(i.Organisation))
}

// canonical follows merges to the organisation that stands for the row.
func (v View) canonical(o *OrganisationRow) *OrganisationRow {
	for o != nil && o.MergedInto != "" {
		o = first[OrganisationRow](v.txn, tableOrganisations, byKey, string(o.MergedInto))
	}
	return o
}

// organisation finds the organisation by any present or former identifier, also of one merged into
// it.
func (v View) organisation(id survey.Identifier) *OrganisationRow {
	return v.canonical(v.ownOrganisation(id))
}

// Canonical returns the id of the organisation that has, or had, the identifier
// or that it was merged into; "" if there is none.
func (v View) Canonical(id survey.Identifier) survey.Identifier {
	if o := v.organisation(id); o != nil {
		return o.ID
	}
	return ""
}

// parsed returns the identifier in its normal form, or as it is if it has none.
func parsed(id survey.Identifier) survey.Identifier {
	if normal, err := survey.ParseIdentifier(string(id)); err == nil {
		return normal
	}
	return id
}

func normalise(ids []survey.Identifier) ([]survey.Identifier, error) {
	var out []survey.Identifier
	for _, id := range ids {
		parsed, err := survey.ParseIdentifier(string(id))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, parsed) {
			out = append(out, parsed)
		}
	}
	return out, nil
}

func normalised(id survey.Identifier) bool {
	if number, company := strings.CutPrefix(string(id), "GB-COH:"); company && len(number) == 8 &&
		only(number, digits) {
		return true // the common form needs no parsing
	}
	parsed, err := survey.ParseIdentifier(string(id))
	return err == nil && parsed == id
}

// numbered reports whether a public register numbers the organisation.
func numbered(ids []survey.Identifier) bool {
	return slices.ContainsFunc(ids, func(id survey.Identifier) bool { return !id.Minted() })
}

// FirstIdentifier returns the item's first identifier, "" if it has none.
func FirstIdentifier(item *survey.NewOrganisation) survey.Identifier {
	if len(item.Identifiers) > 0 {
		return item.Identifiers[0]
	}
	return ""
}

// usualKind returns the kind that the first public number suggests.
func usualKind(ids []survey.Identifier) survey.OrganisationKind {
	for _, id := range ids {
		if kind := id.Kind(); kind != "" {
			return kind
		}
	}
	return survey.KindOther
}

// identifierOrder ranks the schemes: the best-known number of an organisation
// is its id.
var identifierOrder = []string{survey.SchemeCompany, survey.SchemeCharity, survey.SchemeNHS,
	survey.SchemeProvider, survey.SchemeAHSN}

func compareIdentifiers(a, b survey.Identifier) int {
	rank := slices.Index(identifierOrder, a.Scheme()) - slices.Index(identifierOrder, b.Scheme())
	return cmp.Or(rank, strings.Compare(string(a), string(b)))
}
