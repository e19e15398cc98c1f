package companieshouse

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Company is what the register says of one company. Previous names come newest
// first, each with the last day on which it was the name.
type Company struct {
	ID            survey.Identifier         `json:"id"`
	Name          string                    `json:"name"`
	Category      string                    `json:"category,omitempty"`    // as the register words it
	StatusText    string                    `json:"status_text,omitempty"` // as the register words it
	Status        survey.OrganisationStatus `json:"status"`
	Postcode      string                    `json:"postcode_district,omitempty"`
	Incorporated  string                    `json:"incorporated,omitempty"` // YYYY-MM-DD
	Dissolved     string                    `json:"dissolved,omitempty"`    // YYYY-MM-DD
	PreviousNames []survey.NameSince        `json:"previous_names,omitempty"`
}

// Complete fills what is not said of an organisation from the register, whose
// facts are of the day asOf. A name that was given stays; the register's own is
// then added beside the previous names, so that the organisation is found under
// both.
func (c Company) Complete(o survey.NewOrganisation, asOf string) survey.NewOrganisation {
	if o.Name == "" {
		o.Name, o.NameAsOf = c.Name, asOf
	} else if survey.NameKey(o.Name) != survey.NameKey(c.Name) {
		o.PreviousNames = append(slices.Clone(o.PreviousNames), survey.NameSince{Name: c.Name, AsOf: asOf})
	}
	for _, p := range c.PreviousNames {
		if !slices.ContainsFunc(o.PreviousNames, func(known survey.NameSince) bool { return survey.NameKey(known.Name) == survey.NameKey(p.Name) }) {
			o.PreviousNames = append(slices.Clone(o.PreviousNames), p)
		}
	}
	if o.Status == "" {
		o.Status = c.Status
	}
	if o.Postcode == "" {
		o.Postcode = c.Postcode
	}
	return o
}

// Update returns what the register adds to a registered organisation, and what
// that is, in words for a list. ok is false when it adds nothing.
func (c Company) Update(o survey.Organisation, asOf string) (update survey.NewOrganisation, what []string, ok bool) {
	update = survey.NewOrganisation{Identifiers: []survey.Identifier{c.ID}, Name: c.Name, NameAsOf: asOf}
	known := map[string]bool{survey.NameKey(o.Name): true}
	for _, p := range o.PreviousNames {
		known[survey.NameKey(p.Name)] = true
	}
	switch {
	case survey.NameKey(o.Name) == survey.NameKey(c.Name):
		update.Name, update.NameAsOf = o.Name, o.NameAsOf // its spelling stays
	case o.NameAsOf < asOf:
		what = append(what, "name")
	}
	for _, p := range c.PreviousNames {
		if !known[survey.NameKey(p.Name)] {
			update.PreviousNames = append(update.PreviousNames, p)
		}
	}
	if len(update.PreviousNames) > 0 {
		what = append(what, "previous names")
	}
	if c.Status != survey.StatusUnknown && c.Status != o.Status {
		update.Status = c.Status
		what = append(what, "status")
	}
	if c.Postcode != "" && c.Postcode != o.Postcode {
		update.Postcode = c.Postcode
		what = append(what, "postcode district")
	}
	return update, what, len(what) > 0
}

// status reads the register's words. A company in liquidation or administration
// is neither trading as before nor gone: that is not for us to decide.
func status(text, dissolved string) survey.OrganisationStatus {
	switch {
	case dissolved != "" || strings.EqualFold(text, "dissolved"):
		return survey.StatusDissolved
	case len(text) >= 6 && strings.EqualFold(text[:6], "active"):
		return survey.StatusActive
	}
	return survey.StatusUnknown
}
