package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// EligibleSet has every canned company in the survey of this year, for each
// reason.
func (c *canned) EligibleSet(cycle survey.Cycle, after string, limit int) (set []survey.Eligible, next string) {
	if cycle != thisCycle {
		return nil, ""
	}
	sources := []survey.EligibleSource{survey.EligibleRolled, survey.EligibleSupported, survey.EligibleImported, survey.EligibleClaimed}
	for i, o := range c.organisations {
		if string(o.ID) <= after {
			continue
		}
		if len(set) == limit {
			return set, string(set[limit-1].Organisation)
		}
		e := survey.Eligible{Organisation: o.ID, Cycle: cycle, Source: sources[i%4], Added: daysAgo(30), Late: i%4 == 3, DoNotSurvey: o.DoNotSurvey != ""}
		if e.Source == survey.EligibleRolled {
			e.LastHolder, e.LastState, e.LastReason = "wessex", survey.Declined, survey.ReasonNoTime
		}
		if e.Source == survey.EligibleSupported {
			e.SupportedBy = []survey.Region{ours, "wessex"}
		}
		set = append(set, e)
	}
	return set, ""
}

func (c *canned) RollForward(_ context.Context, request survey.Request, cycle, from survey.Cycle) (survey.Outcome, error) {
	out, err := c.once(request, func() []survey.Outcome {
		c.signed = append(c.signed, "roll "+string(cycle)+" "+string(from))
		return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: 91}}
	})
	if err != nil {
		return survey.Outcome{}, err
	}
	return out[0], nil
}

func (c *canned) ImportEligible(_ context.Context, request survey.Request, _ survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	return c.once(request, func() []survey.Outcome {
		var out []survey.Outcome
		for i, id := range ids {
			switch known := slices.ContainsFunc(c.organisations, func(o survey.Organisation) bool { return o.ID == id }); {
			case !known:
				out = append(out, survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedUnknownOrganisation}})
			case i%2 == 0:
				out = append(out, survey.Outcome{Status: survey.OutcomeCreated, ID: id})
			default:
				out = append(out, survey.Outcome{Status: survey.OutcomeExists, ID: id})
			}
		}
		return out
	})
}

// ReleaseIdle is a proposal; with one of another region it takes effect.
func (c *canned) ReleaseIdle(_ context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Outcome, error) {
	claim, held := c.claims[id]
	if !held || !idleCanned(claim) {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedStanding}}, nil
	}
	for i, p := range c.proposals {
		if p.Kind == survey.ProposeReleaseIdle && p.Organisation == id && p.By != ours {
			delete(c.claims, id)
			c.proposals = slices.Delete(c.proposals, i, i+1)
			return c.take(survey.OutcomeUpdated, "free %s", id)
		}
	}
	out, err := c.bind(request, "free "+string(id))
	if err == nil {
		c.proposals = append(c.proposals, survey.Proposal{Number: 92, State: survey.ProposalOpen, By: ours, At: morning, Lapses: morning.AddDate(0, 0, 14),
			NewProposal: survey.NewProposal{Kind: survey.ProposeReleaseIdle, Cycle: cycle, Organisation: id, Region: claim.Region}})
	}
	return out, err
}

// idleCanned is the registry's word: not contacted for 28 days.
func idleCanned(c survey.Claim) bool {
	return c.State == survey.Claimed && c.ClaimedAt.Before(daysAgo(27))
}

// eligibleStories are the pages of the companies in a survey, and of those
// that lie with other regions.
func eligibleStories() []story {
	const viewer, lead = store.PermissionViewer, store.PermissionLead
	const list, free = "/campaigns/2022-23/companies", "/companies/" + string(theirsID) + "/free"
	proposed := func(then func(*site) *httptest.ResponseRecorder) func(*site) *httptest.ResponseRecorder {
		return func(s *site) *httptest.ResponseRecorder { s.rooms.propose(); return then(s) }
	}
	return []story{
		{"eligible", viewer, 200, page(list)},
		{"eligible-lead", lead, 200, page(list)},
		{"eligible-fixed", lead, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.campaigns[1].FrozenAt = daysAgo(9)
			return s.Get(list)
		}},
		{"eligible-none", viewer, 200, page("/campaigns/2021-22/companies")},
		{"roll", lead, 200, page(list + "/take-over?from=2021-22")},
		{"roll-done", lead, 200, func(s *site) *httptest.ResponseRecorder { return s.Post(list+"/take-over", "from", "2021-22") }},
		{"roll-fixed", lead, 409, func(s *site) *httptest.ResponseRecorder {
			s.rooms.campaigns[1].FrozenAt = daysAgo(9)
			return s.Post(list+"/take-over", "from", "2021-22")
		}},
		{"roll-no-year", lead, 404, page(list + "/take-over?from=2030-31")},
		{"eligible-add", lead, 200, page(list + "/add")},
		{"eligible-add-nothing", lead, 422, func(s *site) *httptest.ResponseRecorder { return s.Post(list + "/add") }},
		{"eligible-add-done", lead, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Post(list+"/add", "list", "99000001\n99000002\n99123456\nnot a number\n")
		}},
		{"idle", viewer, 200, page("/claims/idle")},
		{"idle-lead", lead, 200, proposed(page("/claims/idle"))},
		{"idle-none", viewer, 200, func(s *site) *httptest.ResponseRecorder { clear(s.rooms.claims); return s.Get("/claims/idle") }},
		{"free", lead, 200, page(free)},
		{"free-agree", lead, 200, proposed(page(free))},
		{"free-stands", lead, 409, page("/companies/" + string(offeredID) + "/free")},
		{"free-proposed", lead, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Get(s.Post(free, "cycle", "2022-23").Header().Get("Location"))
		}},
		{"free-taken", lead, 200, proposed(func(s *site) *httptest.ResponseRecorder {
			return s.Get(s.Post(free, "cycle", "2022-23").Header().Get("Location"))
		})},
	}
}

// A survey that opens at once begins with the companies that were asked for;
// one that waits offers them when it is open.
func TestASurveyBeginsWithTheCompaniesOfAnother(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	w := s.Post("/campaigns", "cycle", "2023-24", "opens", "2024-04-01", "closes", "2024-09-30", "from", "2022-23")
	if w.Code != http.StatusSeeOther || slices.Contains(s.rooms.signed, "roll 2023-24 2022-23") {
		t.Errorf("%d %q", w.Code, s.rooms.signed)
	}
	s.rooms.campaigns[2].State = survey.CampaignOpen
	pagetest.WantPage(t, s.Get("/campaigns/2023-24"), 200, "Take over the companies of 2022-23")
	pagetest.WantPage(t, s.Post("/campaigns/2023-24/companies/take-over", "from", "2022-23"), 200, "taken over")
	if !slices.Contains(s.rooms.signed, "roll 2023-24 2022-23") {
		t.Errorf("%q", s.rooms.signed)
	}
}

// Two AHSNs free what a third let lie: the first proposes, the second agrees,
// and nobody frees what was contacted in time.
func TestFreeingWhatLies(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	free := "/companies/" + string(theirsID) + "/free"
	pagetest.WantPage(t, s.Get("/companies/"+string(theirsID)), 200, "Propose to free it")
	w := s.Post(free, "cycle", "2022-23")
	pagetest.WantPage(t, s.Get(w.Header().Get("Location")), 200, "It takes effect when a second AHSN agrees")
	pagetest.WantPage(t, s.Get("/claims/idle"), 200, "another AHSN has to agree")
	if w := s.Get(free); contains(w, "<button class=\"nhsuk-button\" data-module=\"nhsuk-button\" data-prevent-double-click") {
		t.Error("what we proposed can be proposed again")
	}
	s = newSite(t).as(store.PermissionLead)
	s.rooms.propose()
	pagetest.WantPage(t, s.Get("/"), 200, "Agree to free a company")
	w = s.Post(free, "cycle", "2022-23")
	pagetest.WantPage(t, s.Get(w.Header().Get("Location")), 200, "The company is free")
	pagetest.WantPage(t, s.Post("/companies/"+string(offeredID)+"/free", "cycle", "2022-23"), 409, "This claim stands")
}
