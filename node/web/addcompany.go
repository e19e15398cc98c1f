package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// addView is the form that adds an organisation, and those that it may be.
type addView struct {
	Name, Number, Postcode string
	Kind                   survey.OrganisationKind
	Sector                 survey.Sector
	Size                   survey.SizeBand
	Kinds                  []survey.OrganisationKind
	Sectors                []survey.Sector
	Sizes                  []survey.SizeBand
	Candidates             []survey.Organisation
}

func newAddView() addView {
	return addView{Kind: survey.KindCompany, Sectors: survey.Sectors(), Sizes: survey.SizeBands(),
		Kinds: []survey.OrganisationKind{survey.KindCompany, survey.KindCharity, survey.KindNHS, survey.KindUniversity,
			survey.KindPublic, survey.KindOther}}
}

func (h *companyPages) addForm(w http.ResponseWriter, r *http.Request) error {
	view := newAddView()
	if view.Name = strings.TrimSpace(r.URL.Query().Get("name")); len(view.Name) > maxQueryText {
		view.Name = ""
	}
	return h.Render(w, r, http.StatusOK, "add-company", "Add a company", view)
}

// read takes the form over and returns the organisation that it describes.
func (v *addView) read(r *http.Request) (survey.NewOrganisation, []page.Fault) {
	form := r.PostForm
	v.Name, v.Number = strings.TrimSpace(form.Get("name")), strings.TrimSpace(form.Get("number"))
	v.Postcode = strings.ToUpper(strings.TrimSpace(form.Get("postcode")))
	v.Kind, v.Sector = survey.OrganisationKind(form.Get("kind")), survey.Sector(form.Get("sector"))
	v.Size = survey.SizeBand(form.Get("size"))
	add := survey.NewOrganisation{Name: survey.CleanName(v.Name), Kind: v.Kind, Sector: v.Sector, SizeBand: v.Size,
		Postcode: v.Postcode}

	var faults []page.Fault
	wrong := func(field, message string) { faults = append(faults, page.Fault{Field: field, Message: message}) }
	if add.Name == "" || len([]rune(add.Name)) > maxQueryText {
		wrong("name", "Enter the organisation's name, at most 200 characters")
	}

	// An identifier of another scheme has a colon.
	if v.Number != "" {
		id, err := parseNumber(v.Number)
		if err != nil {
			wrong("number", "A company number has 8 characters, such as 07209813 or SC123456")
		}
		add.Identifiers = []survey.Identifier{id}
	}
	if len(v.Postcode) > 4 || strings.ContainsAny(v.Postcode, " <>\"'") {
		wrong("postcode", "Enter the first half of the postcode, such as OX4")
	}
	if _, known := kindTexts[v.Kind]; !known || v.Kind == survey.KindIndividual {
		wrong("kind", "Choose what kind of organisation it is")
	}

	// A person has said that it is none of these companies.
	for _, id := range form["not"] {
		if parsed, err := survey.ParseIdentifier(id); err == nil {
			add.ConfirmNot = append(add.ConfirmNot, parsed)
		}
	}
	return add, faults
}

func (h *companyPages) add(w http.ResponseWriter, r *http.Request) error {
	view := newAddView()
	add, faults := view.read(r)
	if len(faults) > 0 {
		return h.Render(w, r, http.StatusUnprocessableEntity, "add-company", "Add a company", view, faults...)
	}

	outcome, err := only(h.writer.AddOrganisations(r.Context(), page.Request(r), []survey.NewOrganisation{add}))

	// Only a person can say whether it is one of the companies that are here already.
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedPossibleDuplicates:
		for _, id := range refusal.Candidates {
			if o, err := h.organisations.Organisation(id); err == nil {
				view.Candidates = append(view.Candidates, o)
			}
		}
		return h.Render(w, r, http.StatusConflict, "add-company", "Is it one of these?", view)
	case errors.Is(err, survey.ErrInvalid):
		return h.Render(w, r, http.StatusUnprocessableEntity, "add-company", "Add a company", view,
			page.Fault{Field: "name", Message: page.Wrong(err)})
	case err != nil:
		return err
	}
	return page.Redirect(w, r, companyAddress(outcome.ID))
}
