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
	return addView{Kind: survey.KindCompany, Sectors: survey.Sectors(), Sizes: survey.SizeBands(), Kinds: []survey.OrganisationKind{survey.KindCompany, survey.KindCharity,
		survey.KindNHS, survey.KindUniversity, survey.KindPublic, survey.KindOther}}
}

func (h *companyPages) addForm(w http.ResponseWriter, r *http.Request) {
	view := newAddView()
	if view.Name = strings.TrimSpace(r.URL.Query().Get("name")); len(view.Name) > maxQueryText {
		view.Name = ""
	}
	h.Render(w, r, http.StatusOK, "add-company", "Add a company", view)
}

// read takes the form over and returns the organisation that it describes.
func (v *addView) read(r *http.Request) (survey.NewOrganisation, []page.Fault) {
	form := r.PostForm
	v.Name, v.Number, v.Postcode = strings.TrimSpace(form.Get("name")), strings.TrimSpace(form.Get("number")), strings.ToUpper(strings.TrimSpace(form.Get("postcode")))
	v.Kind, v.Sector, v.Size = survey.OrganisationKind(form.Get("kind")), survey.Sector(form.Get("sector")), survey.SizeBand(form.Get("size"))
	add := survey.NewOrganisation{Name: survey.CleanName(v.Name), Kind: v.Kind, Sector: v.Sector, SizeBand: v.Size, Postcode: v.Postcode}
	var faults []page.Fault
	if add.Name == "" || len([]rune(add.Name)) > maxQueryText {
		faults = append(faults, page.Fault{Field: "name", Message: "Enter the organisation's name, at most 200 characters"})
	}
	if v.Number != "" {
		parse := survey.ParseCompanyNumber
		if strings.Contains(v.Number, ":") {
			parse = survey.ParseIdentifier
		}
		id, err := parse(v.Number)
		if err != nil {
			faults = append(faults, page.Fault{Field: "number", Message: "A company number has 8 characters, such as 07209813 or SC123456"})
		} else {
			add.Identifiers = []survey.Identifier{id}
		}
	}
	if len(v.Postcode) > 4 || strings.ContainsAny(v.Postcode, " <>\"'") {
		faults = append(faults, page.Fault{Field: "postcode", Message: "Enter the first half of the postcode, such as OX4"})
	}
	if _, known := kindTexts[v.Kind]; !known || v.Kind == survey.KindIndividual {
		faults = append(faults, page.Fault{Field: "kind", Message: "Choose what kind of organisation it is"})
	}
	for _, id := range form["not"] {
		if parsed, err := survey.ParseIdentifier(id); err == nil {
			add.ConfirmNot = append(add.ConfirmNot, parsed)
		}
	}
	return add, faults
}

func (h *companyPages) add(w http.ResponseWriter, r *http.Request) {
	view := newAddView()
	add, faults := view.read(r)
	if len(faults) > 0 {
		h.RenderFaulty(w, r, http.StatusUnprocessableEntity, "add-company", "Add a company", view, faults)
		return
	}
	outcome, err := only(h.writer.AddOrganisations(r.Context(), page.Request(r), []survey.NewOrganisation{add}))
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Code == survey.RefusedPossibleDuplicates:
		for _, id := range refusal.Candidates {
			if o, err := h.organisations.Organisation(id); err == nil {
				view.Candidates = append(view.Candidates, o)
			}
		}
		h.Render(w, r, http.StatusConflict, "add-company", "Is it one of these?", view)
	case errors.Is(err, survey.ErrInvalid):
		h.RenderFaulty(w, r, http.StatusUnprocessableEntity, "add-company", "Add a company", view, []page.Fault{{Field: "name", Message: page.Wrong(err)}})
	case err != nil:
		h.fail(w, r, err)
	default:
		http.Redirect(w, r, companyAddress(outcome.ID), http.StatusSeeOther)
	}
}
