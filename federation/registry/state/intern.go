package state

import "github.com/ahsn-network/tracker/store/survey"

// maxInterned bounds the texts that are interned: days, cycles and codes are few.
const maxInterned = 1 << 16

// interner lets rows that say the same share its text. A snapshot's rows are read
// one by one, each with texts of its own: at a million organisations that is
// hundreds of megabytes.
type interner map[string]string

func intern[T ~string](s interner, texts ...*T) {
	for _, text := range texts {
		if known, found := s[string(*text)]; found {
			*text = T(known)
		} else if len(s) < maxInterned && *text != "" {
			s[string(*text)] = string(*text)
		}
	}
}

func internAll[T ~string](s interner, texts []T) {
	for i := range texts {
		intern(s, &texts[i])
	}
}

// internTexts replaces the texts of a row by interned ones. The row is not in the state yet.
func (w *organisationWork) internTexts(s interner, row any) {
	switch r := row.(type) {
	case *OrganisationRow:
		// The id is one of the identifiers.
		for i, id := range r.Identifiers {
			if id == r.ID {
				r.Identifiers[i] = r.ID
			}
		}
		for i := range r.Names {
			intern(s, &r.Names[i].AsOf)
		}
		for _, f := range []*fact{&r.Kind, &r.Status, &r.Sector, &r.SizeBand, &r.Postcode} {
			intern(s, &f.Value, &f.AsOf)
		}
		intern(s, &r.LeadRegion, &r.RegisteredBy)
		internAll(s, r.Supporting)
	case *identifierRow:
		o := w.internID(&r.Organisation)
		for i := range o {
			if o[i] == r.Identifier {
				r.Identifier = o[i]
			}
		}
	case *supportRow:
		w.internID(&r.Organisation)
		intern(s, &r.Cycle)
		intern(s, &r.Source)
		internAll(s, r.Regions)
	case *claimRow:
		w.internID(&r.Claim.Organisation)
		c := &r.Claim
		intern(s, &c.Cycle)
		intern(s, &c.Region, &c.OfferedTo)
		intern(s, &c.State, &c.Resume)
		intern(s, &c.Reason)
		internAll(s, c.RequestedBy)
		internAll(s, c.Before)
		for i := range r.Steps {
			t := &r.Steps[i]
			intern(s, &t.By, &t.Holder, &t.OfferedTo)
			intern(s, &t.State)
			intern(s, &t.Reason)
		}
	case *requestRow:
		intern(s, &r.Origin)
	}
}

// internID replaces the id by the organisation's own text of it, and returns the organisation's
// identifiers.
func (w *organisationWork) internID(id *survey.Identifier) []survey.Identifier {
	o := first[OrganisationRow](w.txn, tableOrganisations, byKey, string(*id))
	if o == nil {
		return nil
	}
	*id = o.ID
	return o.Identifiers
}
