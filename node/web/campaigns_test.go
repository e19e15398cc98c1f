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

// bind notes a step that binds the nation: it waits for a second region.
func (c *canned) bind(request survey.Request, step string) (survey.Outcome, error) {
	out, err := c.once(request, func() []survey.Outcome {
		c.signed = append(c.signed, step)
		return []survey.Outcome{{Status: survey.OutcomeProposed, Number: 90}}
	})
	if err != nil {
		return survey.Outcome{}, err
	}
	return out[0], nil
}

// OpenCampaign refuses a survey that ends before it begins, as the registry
// does.
func (c *canned) OpenCampaign(_ context.Context, request survey.Request, campaign survey.Campaign) (survey.Outcome, error) {
	if campaign.Closes < campaign.Opens {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedInvalid, Detail: "a campaign cannot close before it opens"}}, nil
	}
	campaign.State, campaign.Questionnaire, campaign.Definitions = survey.CampaignPlanned, survey.CurrentQuestionnaire, survey.CurrentDefinitions
	out, err := c.bind(request, fmt.Sprintf("open %s %s %s %s", campaign.Cycle, campaign.Opens, campaign.Closes, campaign.Policy))
	if err == nil {
		c.campaigns = append(c.campaigns, campaign)
		c.proposals = append(c.proposals, survey.Proposal{Number: 90, State: survey.ProposalOpen, By: ours, At: morning, Lapses: morning.AddDate(0, 0, 14),
			NewProposal: survey.NewProposal{Kind: survey.ProposeOpenCampaign, Cycle: campaign.Cycle, Terms: new(campaign.Terms())}})
	}
	return out, err
}

func (c *canned) CampaignDates(_ context.Context, request survey.Request, cycle survey.Cycle, opens, closes string) (survey.Outcome, error) {
	return c.bind(request, fmt.Sprintf("dates %s %s %s", cycle, opens, closes))
}

// CampaignPolicy refuses laxer rules, as the registry does.
func (c *canned) CampaignPolicy(_ context.Context, request survey.Request, cycle survey.Cycle, policy string) (survey.Outcome, error) {
	if policy == "open" {
		return survey.Outcome{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedInvalid, Detail: `the federation was founded with the policy "standard": its campaigns may be stricter, and "open" is laxer`}}, nil
	}
	return c.bind(request, fmt.Sprintf("policy %s %s", cycle, policy))
}

func (c *canned) FreezeEligible(_ context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
	return c.bind(request, "freeze "+string(cycle))
}

func (c *canned) CloseCampaign(_ context.Context, request survey.Request, cycle survey.Cycle) (survey.Outcome, error) {
	return c.bind(request, "close "+string(cycle))
}

// campaignStories are the pages on which leads open and change surveys.
func campaignStories() []story {
	const viewer, lead = store.PermissionViewer, store.PermissionLead
	send := func(address string, fields ...string) func(*site) *httptest.ResponseRecorder {
		return func(s *site) *httptest.ResponseRecorder { return s.Post(address, fields...) }
	}
	return []story{
		{"campaigns", lead, 200, page("/campaigns")},
		{"campaigns-viewer", viewer, 200, page("/campaigns")},
		{"campaigns-empty", lead, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.campaigns = nil; return s.Get("/campaigns") }},
		{"campaigns-faulty", lead, 422, send("/campaigns", "cycle", "2023", "opens", "1 April")},
		{"campaigns-refused", lead, 422, send("/campaigns", "cycle", "2023-24", "opens", "2024-09-01", "closes", "2024-04-01", "policy", "ons-business")},
		{"campaign-planned", lead, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Get(s.Post("/campaigns", "cycle", "2023-24", "opens", "2024-04-01", "closes", "2024-09-30", "policy", "standard").Header().Get("Location"))
		}},
		{"campaign-lead", lead, 200, page("/campaigns/2022-23")},
		{"campaign-change-nothing", lead, 422, send("/campaigns/2022-23/change")},
		{"campaign-change-refused", lead, 422, send("/campaigns/2022-23/change", "step", "policy", "policy", "open")},
	}
}

// Each step goes to the registry as it was entered, and the page says that it
// waits for a second AHSN.
func TestStepsOfASurvey(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	for _, step := range []struct {
		want, address string
		fields        []string
	}{
		{"dates 2022-23  2023-10-31", "/campaigns/2022-23/change", []string{"step", "dates", "closes", " 2023-10-31 ", "policy", "standard"}},
		{"policy 2022-23 ons-business", "/campaigns/2022-23/change", []string{"step", "policy", "policy", "ons-business"}},
		{"freeze 2022-23", "/campaigns/2022-23/change", []string{"step", "freeze"}},
		{"close 2022-23", "/campaigns/2022-23/change", []string{"step", "close"}},
		{"open 2023-24 2024-04-01 2024-09-30 ", "/campaigns", []string{"cycle", "2023-24", "opens", "2024-04-01", "closes", "2024-09-30", "policy", ""}},
	} {
		w := s.Post(step.address, step.fields...)
		if w.Code != http.StatusSeeOther || !slices.Contains(s.rooms.signed, step.want) {
			t.Fatalf("%q: %d, taken: %q\n%s", step.fields, w.Code, s.rooms.signed, pagetest.Main(w))
		}
		pagetest.WantPage(t, s.Get(w.Header().Get("Location")), 200, "It takes effect when a second AHSN agrees")
	}
	for want, fields := range map[string][]string{
		"Choose what is to change":        {"closes", "2023-10-31"},
		"Enter the first day":             {"step", "dates"},
		"Choose the release rules":        {"step", "policy"},
		"The set of release rules is lax": {"step", "policy", "policy", "open"},
	} {
		pagetest.WantPage(t, s.Post("/campaigns/2022-23/change", fields...), 422, want)
	}
	if len(s.rooms.signed) != 5 {
		t.Errorf("taken: %q", s.rooms.signed)
	}
	pagetest.WantPage(t, s.Get("/campaigns/2021-22"), 200, "Closed")
	if w := s.Get("/campaigns/2021-22"); contains(w, "Propose it") {
		t.Error("a closed survey can be changed")
	}
}
