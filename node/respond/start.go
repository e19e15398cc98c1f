package respond

import (
	"net/http"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// startView is the first page of the companies' form.
type startView struct {
	Organisation survey.Organisation
	Campaign     survey.Campaign
	Region       survey.Region
	Questions    int
	Contact      string
	Begun        bool
	Address      string
	Check        string
	Ends         string
}

func (f *Form) start(w http.ResponseWriter, r *http.Request) error {
	c, err := f.unanswered(r)
	if err != nil {
		return err
	}
	if err := f.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkOpened, false); err != nil {
		return err
	}
	return f.Render(w, r, http.StatusOK, "respond-start", "Yearly survey of "+c.organisation.Name, f.startOf(c))
}

func (f *Form) saved(w http.ResponseWriter, r *http.Request) error {
	c, err := f.unanswered(r)
	if err != nil {
		return err
	}
	return f.Render(w, r, http.StatusOK, "respond-saved", "Your answers are saved", f.startOf(c))
}

// startOf is the view of the first page and of the page after saving.
func (f *Form) startOf(c respondent) startView {
	return startView{Organisation: c.organisation, Campaign: c.campaign, Region: f.Region,
		Questions: len(c.q.Questions), Contact: c.link.Contact, Begun: len(c.form) > 0,
		Address: c.questionAddress(c.next()), Check: c.address("/check"), Ends: f.Day(c.link.Expires)}
}
