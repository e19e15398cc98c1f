package state

import "github.com/ahsn-network/tracker/store/survey"

// sharedMost bounds how many texts are kept for sharing; a day, a cycle or a
// code is one of few.
const sharedMost = 1 << 16

// sharing lets rows that say the same share its text. A snapshot's rows are read
// one by one, each with texts of its own: at a million organisations that is
// hundreds of megabytes.
type sharing map[string]string

func share[T ~string](s sharing, texts ...*T) {
	for _, text := range texts {
		if known, found := s[string(*text)]; found {
			*text = T(known)
		} else if len(s) < sharedMost && *text != "" {
			s[string(*text)] = string(*text)
		}
	}
}

func shareAll[T ~string](s sharing, texts []T) {
	for i := range texts {
		share(s, &texts[i])
	}
}

// shareTexts puts shared texts into the row, which is not in the state yet.
func (w *work) shareTexts(s sharing, row any) {
	switch r := row.(type) {
	case *OrganisationRow:
		for i, id := range r.Identifiers {
			if id == r.ID {
				r.Identifiers[i] = r.ID
			}
		}
		for i := range r.Names {
			share(s, &r.Names[i].AsOf)
		}
		for _, f := range []*fact{&r.Kind, &r.Status, &r.Sector, &r.SizeBand, &r.Postcode} {
			share(s, &f.Value, &f.AsOf)
		}
		share(s, &r.LeadRegion, &r.RegisteredBy)
		shareAll(s, r.Supporting)
	case *identifierRow:
		o := w.shareID(&r.Organisation)
		for i := range o {
			if o[i] == r.Identifier {
				r.Identifier = o[i]
			}
		}
	case *supportRow:
		w.shareID(&r.Organisation)
		share(s, &r.Cycle)
		share(s, &r.Source)
		shareAll(s, r.Regions)
	case *claimRow:
		w.shareID(&r.Claim.Organisation)
		c := &r.Claim
		share(s, &c.Cycle)
		share(s, &c.Region, &c.OfferedTo)
		share(s, &c.State, &c.Resume)
		share(s, &c.Reason)
		shareAll(s, c.RequestedBy)
		shareAll(s, c.Before)
		for i := range r.Steps {
			t := &r.Steps[i]
			share(s, &t.By, &t.Holder, &t.OfferedTo)
			share(s, &t.State)
			share(s, &t.Reason)
		}
	case *requestRow:
		share(s, &r.Origin)
	}
}

// shareID puts the organisation's own text of its id in the place of an equal
// one, and returns its identifiers.
func (w *work) shareID(id *survey.Identifier) []survey.Identifier {
	o := first[OrganisationRow](w.txn, tableOrganisations, byKey, string(*id))
	if o == nil {
		return nil
	}
	*id = o.ID
	return o.Identifiers
}
