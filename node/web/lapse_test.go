package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignLapse notes the term.
func (c *canned) CampaignLapse(_ context.Context, request survey.Request, cycle survey.Cycle, days int) (survey.Outcome, error) {
	return c.bind(request, fmt.Sprintf("lapse %s %d", cycle, days))
}

// lapsing lets claims end of which nothing happens, as the registry works it
// out: one in time, two whose time is over, an offer.
func (c *canned) lapsing() {
	c.campaigns[1].LapseDays = 28
	for _, id := range []survey.Identifier{oursID, hostileID, offeredID, theirsID} {
		claim := c.claims[id]
		claim.LapsesAt = claim.ChangedAt.AddDate(0, 0, c.campaigns[1].LapseDays)
		c.claims[id] = claim
	}
}

// lapseStories are the pages of a survey in which claims end.
func lapseStories() []story {
	const adviser, lead = store.PermissionAdviser, store.PermissionLead
	lapsing := func(address string) func(*site) *httptest.ResponseRecorder {
		return func(s *site) *httptest.ResponseRecorder { s.rooms.lapsing(); return s.Get(address) }
	}
	return []story{
		{"lapse-claims", adviser, 200, lapsing("/claims")},
		{"lapse-company", adviser, 200, lapsing("/companies/" + string(oursID))},
		{"lapse-company-offered", adviser, 200, lapsing("/companies/" + string(offeredID))},
		{"lapse-held", adviser, 409, func(s *site) *httptest.ResponseRecorder {
			s.rooms.lapsing()
			return s.Post("/companies/"+string(theirsID)+"/claim", "cycle", "2022-23")
		}},
		{"lapse-campaign", lead, 200, lapsing("/campaigns/2022-23")},
		{"lapse-campaign-faulty", lead, 422, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/campaigns/2022-23/change", "step", "lapse", "lapse", "a month")
		}},
	}
}

// When a claim ends stands wherever somebody decides what to do next.
func TestClaimsThatLapse(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	for _, address := range []string{"/claims", "/companies/" + string(oursID)} {
		if w := s.Get(address); contains(w, "Free again") {
			t.Errorf("%s: a claim ends that stands for ever", address)
		}
	}
	s.rooms.lapsing()
	pagetest.WantPage(t, s.Get("/claims"), 200, "Free again on 22 July 2023 if nothing happens", "About to be free again: nothing happened", "The offer ends on 6 August 2023 if nobody answers it")
	pagetest.WantPage(t, s.Get("/companies/"+string(oursID)), 200, "Free again on 22 July 2023 if nothing happens")
	pagetest.WantPage(t, s.Get("/campaigns/2022-23"), 200, "Free again when nothing happens for 28 days")
	pagetest.WantPage(t, s.Get("/campaigns/2021-22"), 200, "They stand, however long nothing happens")
}

func TestTermOfClaims(t *testing.T) {
	for typed, want := range map[string]string{"28": "lapse 2022-23 28", " 56 days ": "lapse 2022-23 56", "0": "lapse 2022-23 0", "366": "lapse 2022-23 366",
		"": "", "367": "", "-1": "", "4 weeks": ""} {
		s := newSite(t).as(store.PermissionLead)
		w := s.Post("/campaigns/2022-23/change", "step", "lapse", "lapse", typed, "opens", "2023-06-02")
		if want == "" {
			pagetest.WantPage(t, w, 422, "Enter a number of days up to 366, or 0 for no end")
		}
		if taken := slices.Contains(s.rooms.signed, want); taken != (want != "") || want != "" && w.Code != http.StatusSeeOther {
			t.Errorf("%q: %d, taken: %q", typed, w.Code, s.rooms.signed)
		}
	}
}

// A claim that ended by itself is nobody's doing.
func TestHistoryOfALapse(t *testing.T) {
	s := newSite(t).as(store.PermissionViewer)
	w := s.Get("/companies/" + string(doneID))
	pagetest.WantPage(t, w, 200, "The offer ended: nothing happened for too long<span class=\"app-note\">4 July 2023", "The claim ended: nothing happened for too long<span class=\"app-note\">9 July 2023")
}
