package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// companyView is everything that may be known here about one company.
type companyView struct {
	Organisation survey.Organisation
	Number       string
	Campaign     survey.Campaign
	HasCampaign  bool
	Supporters   []survey.Region
	Claim        *survey.Claim
	Mine         bool
	Idle         bool
	Freeing      *proposalView // that waits for a second AHSN
	Free         string        // address of the page that frees it
	Done         string
	OfferedToUs  bool
	AskedByUs    bool
	LastCycle    survey.Cycle
	LastClaim    *survey.Claim
	History      []claimEvent
	Actions      []action
	Chosen       survey.ClaimAction // of a form that came back
	AskReason    string             // the actions that need one
	AskRegion    bool
	Others       []survey.Region // to whom a claim can be offered
	Reasons      []survey.ReasonCode
	Local        localView
	Duplicates   []survey.PossibleDuplicate
	Sends        bool   // there is a mail server
	Contact      string // of a form that came back
	Email        string
}

// localView is what this region alone keeps of the company.
type localView struct {
	Former   survey.Region // who held the company before us
	Shared   []sharedView
	Response *survey.Response
	Last     *survey.Response
	Link     *store.SurveyLink
	LinkGood bool
	Records  []recordsView
}

// action is one thing that can be done with a claim now.
type action struct {
	Action      survey.ClaimAction
	Label, Hint string
}

func (h *companyPages) show(w http.ResponseWriter, r *http.Request) error {
	o, err := h.company(r)
	if err != nil {
		return err
	}
	return h.showCompany(w, r, http.StatusOK, o)
}

func (h *companyPages) showCompany(w http.ResponseWriter, r *http.Request, status int, o survey.Organisation,
	faults ...page.Fault) error {
	visitor := page.VisitorOf(r)
	view := companyView{Organisation: o, Number: numberOf(o), Done: stepsDone[r.URL.Query().Get("done")],
		Reasons: survey.ReasonCodes(), Sends: h.post.Sends(), Duplicates: h.organisations.DuplicatesOf(o),
		Chosen:  survey.ClaimAction(r.PostForm.Get("action")),
		Contact: r.PostForm.Get("contact"), Email: r.PostForm.Get("email")}

	// Links from a list name the survey; the newest one is shown without.
	view.Campaign, view.HasCampaign = current(h.campaigns.Campaigns())
	if cycle, err := survey.ParseCycle(r.FormValue("cycle")); err == nil {
		if c, known := h.known(cycle); known {
			view.Campaign, view.HasCampaign = c, true
		}
	}

	// Viewers do not see what the region stores of companies.
	if view.HasCampaign {
		if err := h.describeClaim(&view); err != nil {
			return err
		}
	}
	if visitor.May(adviser) {
		if err := h.describeLocal(r, &view); err != nil {
			return err
		}
	}

	// Only a lead reopens a claim, so others are not offered it.
	if !visitor.May(lead) {
		view.Actions = slices.DeleteFunc(view.Actions, func(a action) bool { return a.Action == survey.ActionReopen })
	}
	view.ask()
	return h.Render(w, r, status, "company", o.Name, view, faults...)
}

// ask says which of the actions need more than a tick.
func (v *companyView) ask() {
	var needs []string
	for _, a := range v.Actions {
		if needsReason(a.Action) {
			needs = append(needs, "“"+a.Label+"”")
		}
		v.AskRegion = v.AskRegion || a.Action == survey.ActionOffer
	}
	v.AskReason = strings.Join(needs, ", ")
}

// describeClaim adds all that the registry has of the company in the survey.
func (h *companyPages) describeClaim(view *companyView) error {
	cycle, id := view.Campaign.Cycle, view.Organisation.ID
	view.Supporters = h.claims.Supporters(cycle, id)
	claim, err := h.claims.ClaimOf(cycle, id)
	if err != nil && !errors.Is(err, survey.ErrNotFound) {
		return err
	}

	if err == nil && !claim.Free() {
		view.Claim, view.Mine, view.OfferedToUs = &claim, claim.Region == h.Region, claim.OfferedTo == h.Region
		if view.Idle = idle(h.Clock, claim); view.Idle && view.Campaign.State == survey.CampaignOpen {
			view.Freeing, view.Free = freeing(h.proposals.Proposals(), h.Region, cycle)[id], freeAddress(claim)
		}
		view.AskedByUs = slices.Contains(claim.RequestedBy, h.Region)
		view.Actions = actionsOf(claim, h.Region)
		for _, m := range h.federation.FederationStatus().Regions {
			if m.Region != h.Region && m.State == survey.MemberActive {
				view.Others = append(view.Others, m.Region)
			}
		}
	}

	if view.History, err = h.claimEvents(cycle, id); err != nil {
		return err
	}

	// The claim of last year says who knows the company.
	view.LastCycle = cycle.Previous()
	if last, err := h.claims.ClaimOf(view.LastCycle, id); err == nil {
		view.LastClaim = &last
	}
	return nil
}

// describeLocal adds what this region alone stores of the company.
func (h *companyPages) describeLocal(r *http.Request, view *companyView) (err error) {
	if view.Local.Records, err = h.recordsOf(view.Organisation.ID); err != nil || !view.HasCampaign {
		return err
	}
	cycle, id := view.Campaign.Cycle, view.Organisation.ID
	if view.Local.Response, err = found(h.responses.Response(r.Context(), cycle, id)); err != nil {
		return err
	}
	if view.Local.Last, err = found(h.responses.Response(r.Context(), cycle.Previous(), id)); err != nil {
		return err
	}

	// Only the holder can ask the former one.
	if view.Mine {
		if view.Local.Former, err = h.formerHolder(cycle, id); err != nil {
			return err
		}
	}
	if view.Local.Shared, err = h.sharedOf(cycle, id); err != nil {
		return err
	}
	view.Local.Link, err = found(h.links.SurveyLinkOf(cycle, id))
	view.Local.LinkGood = view.Local.Link != nil && view.Local.Link.Good(h.Now())
	return err
}

// found returns nil for a thing that does not exist, in place of the error.
func found[T any](thing T, err error) (*T, error) {
	if errors.Is(err, survey.ErrNotFound) {
		return nil, nil
	}
	return &thing, err
}

// idleAfter is when a claim without contact shows as idle to everybody.
const idleAfter = 28 // days

func idle(clock page.Clock, claim survey.Claim) bool {
	return claim.State == survey.Claimed && clock.Days(claim.ClaimedAt) >= idleAfter
}

// actionsOf lists the steps that the region can take with the claim. The
// registry decides whether a step is allowed: this leaves out the impossible ones.
func actionsOf(claim survey.Claim, region survey.Region) []action {
	contact := action{Action: survey.ActionContact, Label: "Contacted",
		Hint: "You have spoken or written to the company"}
	decline := action{Action: survey.ActionDecline, Label: "The company declines",
		Hint: "The next AHSN sees it before it asks again"}
	unreachable := action{Action: survey.ActionUnreachable, Label: "The company cannot be reached"}
	ineligible := action{Action: survey.ActionIneligible, Label: "It does not belong in the survey"}
	release := action{Action: survey.ActionRelease, Label: "Give up the claim", Hint: "Another AHSN can claim it then"}
	reopen := action{Action: survey.ActionReopen, Label: "Reopen the claim"}
	offer := action{Action: survey.ActionOffer, Label: "Offer it to another AHSN"}

	switch {
	case claim.State == survey.Transferring && claim.OfferedTo == region:
		return []action{{Action: survey.ActionAccept, Label: "Accept the company"},
			{Action: survey.ActionRefuse, Label: "Leave it with them"}}
	case claim.Region != region:
		return nil
	case claim.State == survey.Transferring:
		return []action{{Action: survey.ActionWithdraw, Label: "Take the offer back"}}
	case claim.State == survey.Claimed:
		return []action{contact, decline, unreachable, ineligible, offer, release}
	case claim.State == survey.Contacted:
		return []action{decline, unreachable, ineligible, offer, release}
	case claim.State == survey.Declined, claim.State == survey.Unreachable, claim.State == survey.Ineligible:
		return []action{reopen, offer, release}
	case claim.State == survey.Responded:
		return []action{reopen}
	}
	return nil
}

// lift notes that a company which asked to be left out agrees to be asked
// again.
func (h *companyPages) lift(w http.ResponseWriter, r *http.Request) error {
	o, err := h.company(r)
	if err == nil {
		_, err = granted(h.writer.LiftDoNotSurvey(r.Context(), page.Request(r), o.ID))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, companyAddress(o.ID)+"#claim")
}
