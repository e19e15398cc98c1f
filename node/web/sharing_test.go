package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// An adviser who says nothing about it changes nothing.
func TestAnAdviserNotesWhoMaySee(t *testing.T) {
	for chosen, want := range map[string]survey.Sharing{"allowed": survey.SharingAllowed, "refused": survey.SharingRefused, "": "", "perhaps": ""} {
		s := newSite(t).as(store.PermissionAdviser)
		pagetest.WantPage(t, s.Post("/companies/"+string(oursID)+"/answers", "cycle", "2022-23", "q01", "yes", "sharing", chosen), 200, "Answers recorded")
		if got := s.rooms.shared[oursID]; got != want {
			t.Errorf("with %q: %q was noted", chosen, got)
		}
	}
	s := newSite(t).as(store.PermissionAdviser)
	pagetest.WantPage(t, s.Post("/companies/"+string(oursID)+"/answers", "cycle", "2022-23", "q03", "twelve", "sharing", "allowed"), 422, `value="allowed" checked`)
}

// A company that asked to be left out can be claimed when a lead notes that it
// agrees again.
func TestLeftOutUntilItAgrees(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	s.rooms.organisations[0].DoNotSurvey = "2021-22"
	page := "/companies/" + string(freeID)
	pagetest.WantPage(t, s.Get(page), 200, "asked to be left out", "an information lead of any AHSN notes that here")
	pagetest.WantPage(t, s.Post(page+"/lift"), 403)
	s = s.as(store.PermissionLead)
	if w := s.Post(page + "/lift"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	pagetest.WantPage(t, s.Get(page), 200, "Nobody holds this company", "Claim for")
}

// Reopening is a lead's: others are not shown what would be refused.
func TestReopeningIsOfferedToLeads(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	page := "/companies/" + string(doneID)
	if w := s.Get(page); w.Code != 200 || contains(w, `value="reopen"`) {
		t.Error("an adviser is offered to reopen a claim")
	}
	pagetest.WantPage(t, s.Post(page+"/step", "cycle", "2022-23", "token", "1", "action", "reopen", "reason", "mistake"), 403)
	pagetest.WantPage(t, s.as(store.PermissionLead).Get(page), 200, `value="reopen"`)
}

func contains(w *httptest.ResponseRecorder, text string) bool {
	return strings.Contains(w.Body.String(), text)
}

// The form to send by e-mail is a workbook, of one company or of all.
func TestFormsToSend(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	for address, name := range map[string]string{
		"/companies/" + string(oursID) + "/form.xlsx":        `"form-GB-COH-99000002-2022-23.xlsx"`,
		"/companies/" + string(oursID) + "/form.xlsx?cycle=": `"form-GB-COH-99000002-2022-23.xlsx"`,
		"/returned/template.xlsx?cycle=2021-22":              `"answers-2021-22.xlsx"`,
	} {
		w := s.Get(address)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Disposition"), name) || !strings.HasPrefix(w.Body.String(), "a workbook of") {
			t.Errorf("%s: %d %v %s", address, w.Code, w.Header(), w.Body)
		}
	}
	pagetest.WantPage(t, s.Get("/companies/GB-COH:99999999/form.xlsx"), 404)
	pagetest.WantPage(t, s.Get("/returned/template.xlsx?cycle=2019-20"), 404)
}

// What another region shared is shown as its own, and a faulty copy breaks
// nothing.
func TestSharedAnswersAreAnothers(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	s.rooms.share(t)
	page := "/companies/" + string(theirsID)
	pagetest.WantPage(t, s.Get(page), 200, "From Health Innovation Wessex", "They count there, not here", "41 posts", "cannot be read here")
	if w := s.Get("/companies/" + string(oursID)); contains(w, "Shared with us") {
		t.Error("another company's answers are shown")
	}
	if w := newSite(t).as(store.PermissionViewer).Get(page); contains(w, "Shared with us") {
		t.Error("a viewer sees answers")
	}
}
