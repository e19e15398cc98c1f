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

func (f *Form) start(w http.ResponseWriter, r *http.Request) {
	c, ok := f.respondent(w, r)
	if !ok || f.answered(w, r, c) {
		return
	}
	if err := f.options.Links.MarkSurveyLink(r.Context(), c.link.ID, store.LinkOpened, false); err != nil {
		f.Fail(w, r, err)
		return
	}
	view := startView{Organisation: c.organisation, Campaign: c.campaign, Region: f.Region, Questions: len(c.q.Questions), Contact: c.link.Contact,
		Begun: len(c.form) > 0, Address: c.questionAddress(c.next()), Check: c.address("/check"), Ends: f.Day(c.link.Expires)}
	f.Render(w, r, http.StatusOK, "respond-start", "Yearly survey of "+c.organisation.Name, view)
}

func (f *Form) saved(w http.ResponseWriter, r *http.Request) {
	c, ok := f.respondent(w, r)
	if !ok || f.answered(w, r, c) {
		return
	}
	view := startView{Organisation: c.organisation, Campaign: c.campaign, Region: f.Region, Address: c.questionAddress(c.next()), Ends: f.Day(c.link.Expires)}
	f.Render(w, r, http.StatusOK, "respond-saved", "Your answers are saved", view)
}
