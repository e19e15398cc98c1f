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
	NeedsReason bool
	NeedsRegion bool
}

func (h *companyPages) show(w http.ResponseWriter, r *http.Request) {
	o, ok := h.company(w, r)
	if !ok {
		return
	}
	h.showCompany(w, r, http.StatusOK, o, nil)
}

func (h *companyPages) showCompany(w http.ResponseWriter, r *http.Request, status int, o survey.Organisation, faults []page.Fault) {
	view := companyView{Organisation: o, Number: numberOf(o), Done: stepsDone[r.URL.Query().Get("done")], Reasons: survey.ReasonCodes(), Sends: h.post.Sends()}
	view.Campaign, view.HasCampaign = current(h.campaigns.Campaigns())
	if asked := r.FormValue("cycle"); asked != "" {
		if cycle, err := survey.ParseCycle(asked); err == nil {
			if c, known := h.known(cycle); known {
				view.Campaign, view.HasCampaign = c, true
			}
		}
	}
	if view.HasCampaign {
		if err := h.describeClaim(&view); err != nil {
			h.fail(w, r, err)
			return
		}
		if page.VisitorOf(r).May(adviser) {
			if err := h.describeLocal(r, &view); err != nil {
				h.fail(w, r, err)
				return
			}
		}
	}
	if err := h.describeRecords(r, &view); err != nil {
		h.fail(w, r, err)
		return
	}
	view.Duplicates = h.organisations.DuplicatesOf(o)
	if !page.VisitorOf(r).May(lead) {
		view.Actions = slices.DeleteFunc(view.Actions, func(a action) bool { return a.Action == survey.ActionReopen })
	}
	view.Chosen = survey.ClaimAction(r.PostForm.Get("action"))
	view.Contact, view.Email = r.PostForm.Get("contact"), r.PostForm.Get("email")
	view.ask()
	h.RenderFaulty(w, r, status, "company", o.Name, view, faults)
}

// ask says which of the actions need more than a tick.
func (v *companyView) ask() {
	var needs []string
	for _, a := range v.Actions {
		if a.NeedsReason {
			needs = append(needs, "“"+a.Label+"”")
		}
		v.AskRegion = v.AskRegion || a.NeedsRegion
	}
	v.AskReason = strings.Join(needs, ", ")
}

func (h *companyPages) describeClaim(view *companyView) error {
	cycle, id := view.Campaign.Cycle, view.Organisation.ID
	view.Supporters = h.claims.Supporters(cycle, id)
	claim, err := h.claims.ClaimOf(cycle, id)
	switch {
	case err == nil && !claim.Free():
		view.Claim, view.Mine = &claim, claim.Region == h.Region
		if view.Idle = idle(h.Clock, claim); view.Idle && view.Campaign.State == survey.CampaignOpen {
			view.Freeing, view.Free = freeing(h.proposals.Proposals(), h.Region, cycle)[id], freeAddress(claim)
		}
		view.OfferedToUs = claim.OfferedTo == h.Region
		for _, region := range claim.RequestedBy {
			view.AskedByUs = view.AskedByUs || region == h.Region
		}
		view.Actions = actionsOf(claim, h.Region)
		for _, m := range h.federation.FederationStatus().Regions {
			if m.Region != h.Region && m.State == survey.MemberActive {
				view.Others = append(view.Others, m.Region)
			}
		}
	case err != nil && !errors.Is(err, survey.ErrNotFound):
		return err
	}
	if view.History, err = h.claimEvents(cycle, id); err != nil {
		return err
	}
	view.LastCycle = cycle.Previous()
	if last, err := h.claims.ClaimOf(view.LastCycle, id); err == nil {
		view.LastClaim = &last
	}
	return nil
}

func (h *companyPages) describeLocal(r *http.Request, view *companyView) error {
	cycle, id := view.Campaign.Cycle, view.Organisation.ID
	for _, want := range []struct {
		cycle survey.Cycle
		into  **survey.Response
	}{{cycle, &view.Local.Response}, {cycle.Previous(), &view.Local.Last}} {
		response, err := h.responses.Response(r.Context(), want.cycle, id)
		if err == nil {
			*want.into = &response
		} else if !errors.Is(err, survey.ErrNotFound) {
			return err
		}
	}
	var err error
	if view.Mine {
		if view.Local.Former, err = h.formerHolder(cycle, id); err != nil {
			return err
		}
	}
	if view.Local.Shared, err = h.sharedOf(cycle, id); err != nil {
		return err
	}
	link, err := h.links.SurveyLinkOf(cycle, id)
	if err == nil {
		view.Local.Link, view.Local.LinkGood = &link, link.Good(h.Now())
	} else if !errors.Is(err, survey.ErrNotFound) {
		return err
	}
	return nil
}

// idleAfter is when a claim without contact shows as idle to everybody.
const idleAfter = 28 // days

func idle(clock page.Clock, claim survey.Claim) bool {
	return claim.State == survey.Claimed && clock.Days(claim.ClaimedAt) >= idleAfter
}

// actionsOf lists what the region can do with the claim as it stands. Whether
// it is allowed is the registry's to say: this only leaves out what cannot be.
func actionsOf(claim survey.Claim, region survey.Region) []action {
	contact := action{Action: survey.ActionContact, Label: "Contacted", Hint: "You have spoken or written to the company"}
	decline := action{Action: survey.ActionDecline, Label: "The company declines", NeedsReason: true, Hint: "The next AHSN sees it before it asks again"}
	unreachable := action{Action: survey.ActionUnreachable, Label: "The company cannot be reached", NeedsReason: true}
	ineligible := action{Action: survey.ActionIneligible, Label: "It does not belong in the survey", NeedsReason: true}
	release := action{Action: survey.ActionRelease, Label: "Give the claim up", NeedsReason: true, Hint: "Another AHSN can claim it then"}
	reopen := action{Action: survey.ActionReopen, Label: "Reopen the claim", NeedsReason: true}
	offer := action{Action: survey.ActionOffer, Label: "Offer it to another AHSN", NeedsRegion: true}
	switch {
	case claim.State == survey.Transferring && claim.OfferedTo == region:
		return []action{{Action: survey.ActionAccept, Label: "Accept the company"}, {Action: survey.ActionRefuse, Label: "Leave it with them"}}
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
func (h *companyPages) lift(w http.ResponseWriter, r *http.Request) {
	o, ok := h.company(w, r)
	if !ok {
		return
	}
	_, err := granted(h.writer.LiftDoNotSurvey(r.Context(), page.Request(r), o.ID))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	http.Redirect(w, r, companyAddress(o.ID)+"#claim", http.StatusSeeOther)
}
