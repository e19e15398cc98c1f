package web_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sessions"
	"github.com/ahsn-network/tracker/store/survey"
)

// site is a browser before the pages over canned rooms.
type site struct {
	*pagetest.Browser
	t      *testing.T
	pages  *web.Site
	rooms  *canned
	people *people
	links  *links
	office *office
	desk   *desk
}

func newSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	sessions, err := sessions.Open(filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sessions.Close() })
	s := &site{t: t, rooms: newCanned(), people: &people{disabled: map[string]bool{}}, links: newLinks(), office: &office{}, desk: &desk{imports: map[string]survey.Import{}}}
	options := web.Options{Region: ours, Organisations: s.rooms, OrganisationWriter: s.rooms, Campaigns: s.rooms, CampaignWriter: s.rooms, EligibleWriter: s.rooms, Claims: s.rooms, ClaimWriter: s.rooms, Responses: s.rooms, Records: s.rooms, Sharing: s.rooms, Takeovers: s.rooms, Forms: s.rooms, Totals: s.rooms, Certification: s.rooms, Proposals: s.rooms, Reports: s.rooms, Federation: s.rooms,
		People: s.people, Links: s.links, Post: s.office, Imports: s.desk, Sessions: sessions, Respond: http.HandlerFunc(formOfCompanies), RespondURL: "https://survey.example.org", Now: func() time.Time { return morning }}
	for _, c := range change {
		c(&options)
	}
	s.rooms.editions = options.Editions
	if s.pages, err = web.New(options); err != nil {
		t.Fatal(err)
	}
	s.Browser = pagetest.NewBrowser(t, s.pages)
	return s
}

// as signs in with the role's password.
func (s *site) as(role store.Permission) *site {
	s.t.Helper()
	w := s.Post("/sign-in", "name", string(role), "password", string(role)+"-password")
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("sign in as %s: %d", role, w.Code)
	}
	return s
}

// formOfCompanies stands where the companies' form is.
func formOfCompanies(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }
