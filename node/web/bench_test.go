package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store/sessions"
	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkPages measures the server's time for each page with 20,000
// organisations of which this region holds 1,500. The rooms below are canned:
// their own benchmarks measure them.
func BenchmarkPages(b *testing.B) {
	rooms := newCanned()
	for i := range 20_000 {
		number := fmt.Sprintf("9910%04d", i%10_000)
		o := company(number, fmt.Sprintf("Company number %d Ltd", i))
		rooms.organisations = append(rooms.organisations, o)
	}
	held := map[survey.Identifier]survey.Claim{}
	for i := range 1500 {
		id := rooms.organisations[6+i].ID
		held[id] = survey.Claim{Organisation: id, Cycle: thisCycle, Region: ours, State: survey.Contacted, Token: uint64(i), ClaimedAt: daysAgo(i % 60), ChangedAt: daysAgo(i % 60)}
	}
	own := &indexed{canned: rooms, byID: map[survey.Identifier]survey.Organisation{}}
	for _, o := range rooms.organisations {
		own.byID[o.ID] = o
	}
	for id, claim := range held {
		rooms.claims[id] = claim
	}
	sessions, err := sessions.Open(filepath.Join(b.TempDir(), "sessions.db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sessions.Close() })
	pages, err := web.New(web.Options{Region: ours, Organisations: own, OrganisationWriter: rooms, Campaigns: rooms, CampaignWriter: rooms, EligibleWriter: rooms, Claims: own, ClaimWriter: rooms, Responses: rooms, Records: rooms, Certification: rooms, Proposals: rooms, Reports: rooms, Sharing: rooms, Takeovers: rooms, Forms: rooms, Totals: rooms, Federation: rooms,
		People: &people{}, Links: newLinks(), Post: &office{}, Imports: &desk{}, Sessions: sessions, Respond: http.HandlerFunc(formOfCompanies), Now: func() time.Time { return morning }})
	if err != nil {
		b.Fatal(err)
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, pagetest.PostRequest("/sign-in", "name", "lead", "password", "lead-password"))
	cookies := w.Result().Cookies()
	for _, address := range []string{"/", "/national/2022-23", "/region", "/campaigns", "/campaigns/2022-23", "/campaigns/2022-23/companies", "/claims/idle", "/national/2022-23/certification", "/national/2022-23/published", "/companies?q=number+7", "/companies/" + string(oursID), "/companies/" + string(oursID) + "/answers", "/claims", "/links"} {
		b.Run(address, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, address, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				for _, c := range cookies {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				pages.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// indexed finds organisations as fast as the registry does.
type indexed struct {
	*canned
	byID map[survey.Identifier]survey.Organisation
}

func (i *indexed) Organisation(id survey.Identifier) (survey.Organisation, error) {
	o, ok := i.byID[id]
	if !ok {
		return o, survey.ErrNotFound
	}
	return o, nil
}
