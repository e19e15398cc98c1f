package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
)

// What the company says of others seeing its answers is kept with them.
func TestACompanySaysWhoMaySee(t *testing.T) {
	for consent, want := range map[string]bool{"yes": true, "": false} {
		s := newSite(t)
		fillIn(s)
		if w := s.post("/respond/fresh/send", "consent", consent); w.Code != http.StatusSeeOther {
			t.Fatal(w.Code)
		}
		if got, said := s.rooms.shared[oursID]; !said || got != want {
			t.Errorf("with %q: said %v, allowed %v", consent, said, got)
		}
	}
}

// An adviser who says nothing about it changes nothing.
func TestAnAdviserNotesWhoMaySee(t *testing.T) {
	for chosen, want := range map[string]struct{ said, allowed bool }{"allowed": {true, true}, "refused": {true, false}, "": {false, false}, "perhaps": {false, false}} {
		s := newSite(t).as(store.PermissionAdviser)
		wantPage(t, s.post("/companies/"+string(oursID)+"/answers", "cycle", "2022-23", "q01", "yes", "sharing", chosen), 200, "Answers recorded")
		if got, said := s.rooms.shared[oursID]; said != want.said || got != want.allowed {
			t.Errorf("with %q: said %v, allowed %v", chosen, said, got)
		}
	}
	s := newSite(t).as(store.PermissionAdviser)
	wantPage(t, s.post("/companies/"+string(oursID)+"/answers", "cycle", "2022-23", "q03", "twelve", "sharing", "allowed"), 422, `value="allowed" checked`)
}

// A company that asked to be left out can be claimed when a lead notes that it
// agrees again.
func TestLeftOutUntilItAgrees(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	s.rooms.organisations[0].DoNotSurvey = "2021-22"
	page := "/companies/" + string(freeID)
	wantPage(t, s.get(page), 200, "asked to be left out", "an information lead of any AHSN notes that here")
	wantPage(t, s.post(page+"/lift"), 403)
	s = s.as(store.PermissionLead)
	if w := s.post(page + "/lift"); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	wantPage(t, s.get(page), 200, "Nobody holds this company", "Claim for")
}

// Reopening is a lead's: others are not shown what would be refused.
func TestReopeningIsOfferedToLeads(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	page := "/companies/" + string(doneID)
	if w := s.get(page); w.Code != 200 || contains(w, `value="reopen"`) {
		t.Error("an adviser is offered to reopen a claim")
	}
	wantPage(t, s.post(page+"/step", "cycle", "2022-23", "token", "1", "action", "reopen", "reason", "mistake"), 403)
	wantPage(t, s.as(store.PermissionLead).get(page), 200, `value="reopen"`)
}

func contains(w *httptest.ResponseRecorder, text string) bool {
	return strings.Contains(w.Body.String(), text)
}
