package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Reminders go by mail to those who have not answered, declined or opted out,
// and once a day at most.
func TestRemindersByMail(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	s.office.sends = true
	s.links.put("theirs", store.SurveyLink{ID: "55", Organisation: theirsID, Email: "sue@solent.example"})
	s.links.put("out", store.SurveyLink{ID: "56", Organisation: hostileID, Email: "out@hostile.example"})
	s.office.optedOut = "out@hostile.example"
	pagetest.WantPage(t, s.Get("/links"), 200, "Send 1 reminder by e-mail")
	pagetest.WantPage(t, s.Post("/links/remind", "cycle", "2022-23", "how", "mail"), 200, "1 reminder sent", "pat@isis.example")
	if len(s.office.sent) != 1 || s.office.sent[0].To != "pat@isis.example" || !strings.Contains(s.office.sent[0].Body, "https://survey.example.org/respond/") {
		t.Fatalf("%+v", s.office.sent)
	}
	pagetest.WantPage(t, s.Post("/links/remind", "cycle", "2022-23", "how", "mail"), 200, "nobody to remind")
	if len(s.office.sent) != 1 {
		t.Errorf("%d letters for one company in one day", len(s.office.sent))
	}
	pagetest.WantPage(t, s.Get("/links"), 200, "All were reminded by e-mail within the day")
}

// Without a mail server, asking for it makes the file.
func TestRemindersWithoutAMailServer(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	w := s.Post("/links/remind", "cycle", "2022-23", "how", "mail")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("%d %s", w.Code, w.Header().Get("Content-Type"))
	}
}

// Nobody who asked not to be written to gets a link by this address, whoever
// would send it.
func TestOptedOutIsNotInvited(t *testing.T) {
	for _, send := range []string{"", "1"} {
		s := newSite(t).as(store.PermissionAdviser)
		s.office.sends, s.office.optedOut = true, "pat@isis.example"
		made := len(s.links.byID)
		pagetest.WantPage(t, s.Post("/companies/"+string(oursID)+"/link", "cycle", "2022-23", "email", " pat@isis.example", "send", send), 422, "asked not to be written to", `value=" pat@isis.example"`)
		if len(s.office.sent) != 0 || len(s.links.byID) != made {
			t.Error("a link was made or a letter sent all the same")
		}
	}
}

func TestALetterNeedsAnAddress(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	s.office.sends = true
	pagetest.WantPage(t, s.Post("/companies/"+string(oursID)+"/link", "cycle", "2022-23", "send", "1"), 422, "Enter the e-mail address")
}

// A form sent back by e-mail is compared first, and the same upload is one.
func TestReturnedForm(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	first := s.Upload("/returned", "../../etc/form.csv", "number,q03", "cycle", "2022-23", "key", "k")
	again := s.Upload("/returned", "form.csv", "number,q03", "cycle", "2022-23", "key", "k")
	address := first.Header().Get("Location")
	if first.Code != http.StatusSeeOther || address == "" || again.Header().Get("Location") != address || len(s.desk.imports) != 1 {
		t.Fatalf("%d %q, then %q, %d kept", first.Code, address, again.Header().Get("Location"), len(s.desk.imports))
	}
	w := s.Get(address)
	pagetest.WantPage(t, w, 200, "2 answers can be recorded", "Nothing has been recorded yet", "form.csv", "Isis Wound Care Ltd")
	if strings.Contains(w.Body.String(), "../") || strings.Contains(w.Body.String(), "<i>Favourite") || strings.Contains(w.Body.String(), "<script>alert") {
		t.Error("what was uploaded got onto the page as it was")
	}
	for ending, want := range map[string][2]string{".csv": {"text/csv", "three,write the number"}, ".xlsx": {"spreadsheetml", "09900004"}} {
		file := s.Get(address + "/refused" + ending)
		if file.Code != 200 || !strings.Contains(file.Header().Get("Content-Disposition"), ending) || !strings.Contains(file.Header().Get("Content-Type"), want[0]) ||
			!strings.Contains(file.Body.String(), want[1]) || !strings.Contains(w.Body.String(), address+"/refused"+ending) {
			t.Errorf("the refused rows: %d %v", file.Code, file.Header())
		}
	}
	for range 2 { // an impatient finger
		if w := s.Post(address); w.Code != http.StatusSeeOther {
			t.Fatal(w.Code)
		}
	}
	pagetest.WantPage(t, s.Get(address), 200, "2 answers recorded")
}

func TestUploadsOfOtherKindsAreNotShown(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	id := "01234567-0123-8123-8123-0123456789ab"
	s.desk.imports[id] = survey.Import{ID: id, Kind: "contacts", State: survey.ImportPlanned}
	for _, path := range []string{"/returned/" + id, "/returned/" + id + "/refused.csv", "/returned/" + id + "/refused.xlsx", "/returned/x", "/returned/..%2f..%2frecords"} {
		if w := s.Get(path); w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
