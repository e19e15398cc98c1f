package companieshouse

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Company is the register's entry of one company. Previous names come newest first, each with the
// last day of its use.
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

// Complete fills the empty fields of an organisation from the register, whose facts are of the day
// asOf. A given name stays; the register's own is then added to the previous names, so that the
// organisation is found under both.
func (c Company) Complete(o survey.NewOrganisation, asOf string) survey.NewOrganisation {
	if o.Name == "" {
		o.Name, o.NameAsOf = c.Name, asOf
	} else if survey.NameKey(o.Name) != survey.NameKey(c.Name) {
		o.PreviousNames = append(slices.Clone(o.PreviousNames), survey.NameSince{Name: c.Name, AsOf: asOf})
	}

	for _, p := range c.PreviousNames {
		same := func(known survey.NameSince) bool { return survey.NameKey(known.Name) == survey.NameKey(p.Name) }
		if !slices.ContainsFunc(o.PreviousNames, same) {
			o.PreviousNames = append(slices.Clone(o.PreviousNames), p)
		}
	}

	o.Status, o.Postcode = cmp.Or(o.Status, c.Status), cmp.Or(o.Postcode, c.Postcode)
	return o
}

// Update returns the register's additions to a registered organisation, and their names in words.
// ok is false if there are none.
func (c Company) Update(o survey.Organisation, asOf string) (update survey.NewOrganisation, what []string, ok bool) {
	update = survey.NewOrganisation{Identifiers: []survey.Identifier{c.ID}, Name: c.Name, NameAsOf: asOf}

	known := map[string]bool{survey.NameKey(o.Name): true}
	for _, p := range o.PreviousNames {
		known[survey.NameKey(p.Name)] = true
	}

	switch {
	case survey.NameKey(o.Name) == survey.NameKey(c.Name):
		update.Name, update.NameAsOf = o.Name, o.NameAsOf // keeps the registered spelling
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

	// An unknown status is no news.
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

// status interprets the register's words. A company in liquidation or administration is neither
// trading as before nor dissolved, so its status stays unknown.
func status(text, dissolved string) survey.OrganisationStatus {
	switch {
	case dissolved != "" || strings.EqualFold(text, "dissolved"):
		return survey.StatusDissolved
	case len(text) >= 6 && strings.EqualFold(text[:6], "active"):
		return survey.StatusActive
	}
	return survey.StatusUnknown
}
