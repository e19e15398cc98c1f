package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	maxFound     = 25
	maxQueryText = 200
)

// findView is a search for companies and what it found.
type findView struct {
	Text     string
	Campaign survey.Campaign
	Open     bool
	Asked    bool
	Found    []found
	More     bool
}

// found is one company that a search found, with who holds it.
type found struct {
	Name, Matched string
	Number        string
	Address       string
	Place         string
	Holder        survey.Region
	State         tag
	Mine          bool
}

func (s *Site) search(r *http.Request) findView {
	view := findView{Text: strings.TrimSpace(r.URL.Query().Get("q"))}
	if len(view.Text) > maxQueryText {
		view.Text = strings.ToValidUTF8(view.Text[:maxQueryText], "")
	}
	view.Campaign, view.Open = current(s.options.Registry.Campaigns())
	if view.Text == "" {
		return view
	}
	view.Asked = true
	matches := s.options.Registry.SearchOrganisations(view.Text, maxFound+1)
	for i, m := range matches {
		if i == maxFound {
			view.More = true
			break
		}
		f := found{Name: m.Name, Number: numberOf(m.Organisation), Address: companyAddress(m.ID), Place: m.Postcode}
		if m.Matched != m.Name && m.Matched != "" && !strings.Contains(f.Number, m.Matched) {
			f.Matched = m.Matched
		}
		if view.Open {
			if claim, err := s.options.Registry.ClaimOf(view.Campaign.Cycle, m.ID); err == nil {
				f.Holder, f.State, f.Mine = claim.Region, stateOf(claim.State), claim.Region == s.Region
			}
		}
		view.Found = append(view.Found, f)
	}
	return view
}

func companyAddress(id survey.Identifier) string { return "/companies/" + url.PathEscape(string(id)) }

// numberOf is what people call the organisation's number.
func numberOf(o survey.Organisation) string {
	for _, id := range o.Identifiers {
		if !id.Minted() {
			return id.ID()
		}
	}
	return "no number"
}

func (s *Site) findCompany(w http.ResponseWriter, r *http.Request) {
	view := s.search(r)
	title := "Find a company"
	if view.Asked {
		title = page.Plural(len(view.Found), "company") + " found"
	}
	s.Render(w, r, http.StatusOK, "companies", title, view)
}

// findResults is the part of the page that changes while one types.
func (s *Site) findResults(w http.ResponseWriter, r *http.Request) {
	s.RenderPart(w, r, "companies", "results", s.search(r))
}

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

// company finds the organisation of the path; false means that a page was
// answered instead.
func (s *Site) company(w http.ResponseWriter, r *http.Request) (survey.Organisation, bool) {
	id, err := survey.ParseIdentifier(r.PathValue("id"))
	if err != nil {
		s.NotFound(w, r)
		return survey.Organisation{}, false
	}
	o, err := s.options.Registry.Organisation(id)
	if err != nil {
		s.fail(w, r, err)
		return survey.Organisation{}, false
	}
	return o, true
}

func (s *Site) companyPage(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	s.showCompany(w, r, http.StatusOK, o, nil)
}

func (s *Site) showCompany(w http.ResponseWriter, r *http.Request, status int, o survey.Organisation, faults []page.Fault) {
	view := companyView{Organisation: o, Number: numberOf(o), Done: stepsDone[r.URL.Query().Get("done")], Reasons: survey.ReasonCodes(), Sends: s.options.Post.Sends()}
	view.Campaign, view.HasCampaign = current(s.options.Registry.Campaigns())
	if asked := r.FormValue("cycle"); asked != "" {
		if cycle, err := survey.ParseCycle(asked); err == nil {
			if c, known := s.known(cycle); known {
				view.Campaign, view.HasCampaign = c, true
			}
		}
	}
	if view.HasCampaign {
		if err := s.describeClaim(&view); err != nil {
			s.fail(w, r, err)
			return
		}
		if page.VisitorOf(r).May(adviser) {
			if err := s.describeLocal(r, &view); err != nil {
				s.fail(w, r, err)
				return
			}
		}
	}
	if err := s.describeRecords(r, &view); err != nil {
		s.fail(w, r, err)
		return
	}
	view.Duplicates = s.options.Registry.DuplicatesOf(o)
	if !page.VisitorOf(r).May(lead) {
		view.Actions = slices.DeleteFunc(view.Actions, func(a action) bool { return a.Action == survey.ActionReopen })
	}
	view.Chosen = survey.ClaimAction(r.PostForm.Get("action"))
	view.Contact, view.Email = r.PostForm.Get("contact"), r.PostForm.Get("email")
	view.ask()
	s.RenderFaulty(w, r, status, "company", o.Name, view, faults)
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

func (s *Site) describeClaim(view *companyView) error {
	cycle, id := view.Campaign.Cycle, view.Organisation.ID
	view.Supporters = s.options.Registry.Supporters(cycle, id)
	claim, err := s.options.Registry.ClaimOf(cycle, id)
	switch {
	case err == nil && !claim.Free():
		view.Claim, view.Mine = &claim, claim.Region == s.Region
		if view.Idle = s.idle(claim); view.Idle && view.Campaign.State == survey.CampaignOpen {
			view.Freeing, view.Free = s.freeing(cycle)[id], freeAddress(claim)
		}
		view.OfferedToUs = claim.OfferedTo == s.Region
		for _, region := range claim.RequestedBy {
			view.AskedByUs = view.AskedByUs || region == s.Region
		}
		view.Actions = actionsOf(claim, s.Region)
		for _, m := range s.options.Federation.FederationStatus().Regions {
			if m.Region != s.Region && m.State == survey.MemberActive {
				view.Others = append(view.Others, m.Region)
			}
		}
	case err != nil && !errors.Is(err, survey.ErrNotFound):
		return err
	}
	if view.History, err = s.claimEvents(cycle, id); err != nil {
		return err
	}
	view.LastCycle = cycle.Previous()
	if last, err := s.options.Registry.ClaimOf(view.LastCycle, id); err == nil {
		view.LastClaim = &last
	}
	return nil
}

func (s *Site) describeLocal(r *http.Request, view *companyView) error {
	cycle, id := view.Campaign.Cycle, view.Organisation.ID
	for _, want := range []struct {
		cycle survey.Cycle
		into  **survey.Response
	}{{cycle, &view.Local.Response}, {cycle.Previous(), &view.Local.Last}} {
		response, err := s.options.Responses.Response(r.Context(), want.cycle, id)
		if err == nil {
			*want.into = &response
		} else if !errors.Is(err, survey.ErrNotFound) {
			return err
		}
	}
	var err error
	if view.Mine {
		if view.Local.Former, err = s.formerHolder(cycle, id); err != nil {
			return err
		}
	}
	if view.Local.Shared, err = s.sharedOf(cycle, id); err != nil {
		return err
	}
	link, err := s.options.Links.SurveyLinkOf(cycle, id)
	if err == nil {
		view.Local.Link, view.Local.LinkGood = &link, link.Good(s.Now())
	} else if !errors.Is(err, survey.ErrNotFound) {
		return err
	}
	return nil
}

// idleAfter is when a claim without contact shows as idle to everybody.
const idleAfter = 28 // days

func (s *Site) idle(claim survey.Claim) bool {
	return claim.State == survey.Claimed && s.Days(claim.ClaimedAt) >= idleAfter
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
