package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// problem is a page that says what happened, whether anything was recorded,
// and what to do next. Retry repeats the form that was sent, with its key.
type problem struct {
	Title string
	Text  string
	Next  string
	Link  string // where Next leads
	Label string
	Retry []pendingField
	To    string
}

var (
	problemAddress  = problem{Title: "This address cannot be read", Text: "It holds characters that no page's address has.", Next: "Check the address, or begin at the start page.", Link: "/", Label: "Start page"}
	problemMethod   = problem{Title: "This page cannot be used that way", Text: "Nothing was recorded.", Next: "Begin at the start page.", Link: "/", Label: "Start page"}
	problemOrigin   = problem{Title: "This came from another site", Text: "A form was sent here by a page of another site. Nothing was recorded.", Next: "If you meant to do this, begin at the start page.", Link: "/", Label: "Start page"}
	problemForm     = problem{Title: "The form cannot be read", Text: "It holds characters that cannot be kept, or too many fields. Nothing was recorded.", Next: "Go back and correct it."}
	problemInternal = problem{Title: "Sorry, something went wrong", Text: "Something went wrong inside the node; its log says what.", Next: "Try again. What you sent may have been recorded: look before you send it again.", Link: "/", Label: "Start page"}
	problemNoPage   = problem{Title: "Page not found", Text: "There is no page at this address.", Next: "Check the address, or find a company by its name.", Link: "/companies", Label: "Find a company"}
)

func problemTooLarge(limit int64) problem {
	return problem{Title: "That is too large", Text: fmt.Sprintf("A form here holds at most %d kB. Nothing was recorded.", limit>>10), Next: "Split the list into smaller ones."}
}

func problemRole(needed, have store.Permission) problem {
	return problem{Title: "Your role does not allow this", Text: fmt.Sprintf("This page is for the role %s; yours is %s. Nothing was recorded.", needed, have),
		Next: "Ask the administrator of your AHSN.", Link: "/", Label: "Start page"}
}

func (s *Site) problem(w http.ResponseWriter, r *http.Request, status int, p problem) {
	if ofCompany(r) && p.To == "" && p.Link != "" {
		p.Next, p.Link, p.Label = "Open the link in the e-mail again. If that does not help, answer the e-mail.", "", ""
	}
	s.render(w, r, status, "problem", p.Title, p)
}

func (s *Site) notFound(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, http.StatusNotFound, problemNoPage)
}

// fail answers with the page of an error of the rooms below. What a form asked
// for can be sent again with the same key: it is done once.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal):
		p := refused(refusal)
		if id := r.PathValue("id"); id != "" && p.Link == "" {
			p.Link, p.Label = companyAddress(survey.Identifier(id)), "Back to the company"
		}
		s.problem(w, r, http.StatusConflict, p)
	case errors.Is(err, ErrNotReady):
		s.problem(w, r, http.StatusConflict, problem{Title: "The final figures cannot be shown here", Text: "What this node holds does not add up to the national table that the AHSNs co-signed. It shows none rather than wrong ones.",
			Next: "Tell whoever looks after the node, and read them at another AHSN meanwhile. The figures of now are here:", Link: nowAddress(r), Label: "Figures of now"})
	case errors.Is(err, survey.ErrNotFound):
		s.notFound(w, r)
	case errors.Is(err, survey.ErrUnknownOutcome), errors.Is(err, context.DeadlineExceeded):
		s.problem(w, r, http.StatusGatewayTimeout, s.again(r, problem{Title: "The answer did not come in time", Text: "It may have been recorded.",
			Next: "Ask again: it is done once, however often you ask.", Label: "Ask again"}))
	case errors.Is(err, survey.ErrNoQuorum):
		q := s.options.Federation.FederationStatus().Quorum
		text := fmt.Sprintf("%d of %d AHSNs must be reachable to claim; %d can be reached now.", q.Needed, q.Voters, q.Reachable)
		if q.Reachable >= q.Needed { // so many were heard of lately, and did not answer
			text = q.Shortage() + "."
		}
		w.Header().Set("Retry-After", "5")
		s.problem(w, r, http.StatusServiceUnavailable, s.again(r, problem{Title: "Too few AHSNs can be reached",
			Text: text + " Nothing was recorded.",
			Next: "Answers can be recorded meanwhile: they count once the claim is granted. Try again in some minutes.", Label: "Try again"}))
	case errors.Is(err, survey.ErrStorageFull), errors.Is(err, boltfile.ErrFailed):
		s.problem(w, r, http.StatusInsufficientStorage, problem{Title: "The node cannot write", Text: "Its disk is full or has failed. Nothing was recorded.", Next: "Tell whoever looks after the node."})
	case errors.Is(err, survey.ErrInvalid):
		s.problem(w, r, http.StatusUnprocessableEntity, problem{Title: "That cannot be recorded", Text: sentence(humanError(err)) + " Nothing was recorded.", Next: "Go back and correct it."})
	default:
		s.log.Error("a page failed", "path", r.URL.Path, "error", err)
		s.problem(w, r, http.StatusInternalServerError, problemInternal)
	}
}

// again lets the form be sent once more, with the key that it had.
func (s *Site) again(r *http.Request, p problem) problem {
	if r.Method != post {
		return p
	}
	p.To = r.URL.RequestURI()
	p.Retry = formFields(r.PostForm)
	return p
}

// refusals are the registry's definite answers in people's words.
var refusals = map[survey.RefusalCode]problem{
	survey.RefusedStaleToken:          {Title: "This has changed since you looked", Text: "Somebody, perhaps you in another window, changed this claim since the page was made. Nothing was recorded.", Next: "Look at it as it is now, then decide."},
	survey.RefusedNotHolder:           {Title: "Your AHSN does not hold this company", Text: "Only the AHSN that holds a company can do this. Nothing was recorded.", Next: "Look who holds it, and ask for it."},
	survey.RefusedNotClaimed:          {Title: "Nobody holds this company", Text: "It has to be claimed first. Nothing was recorded.", Next: "Claim it on its page."},
	survey.RefusedInvalidTransition:   {Title: "That is not possible now", Text: "The state that the claim is in does not allow it. Nothing was recorded.", Next: "Look at it as it is now."},
	survey.RefusedUnknownOrganisation: {Title: "Company not found", Text: "No company has this number. Nothing was recorded.", Next: "Search for it by name, or add it.", Link: "/companies", Label: "Find a company"},
	survey.RefusedUnknownCampaign:     {Title: "There is no such survey", Text: "No survey of that year is known. Nothing was recorded.", Next: "Choose another year."},
	survey.RefusedCampaignNotOpen:     {Title: "The survey is not open", Text: "Companies can be claimed while the survey is open. Nothing was recorded.", Next: "Look at its dates with your information lead."},
	survey.RefusedDoNotSurvey:         {Title: "This company does not want to be surveyed", Text: "It asked to be left out. Nothing was recorded.", Next: "Leave it out. If it agrees to be asked again, an information lead notes that on its page."},
	survey.RefusedSuspended:           {Title: "Your AHSN is suspended", Text: "The other AHSNs suspended it. Nothing was recorded.", Next: "Ask your information lead."},
	survey.RefusedRequestReused:       {Title: "This form was used before", Text: "It was sent before with other contents. Nothing was recorded.", Next: "Open the page anew and send it again."},
	survey.RefusedCampaignNotClosed:   {Title: "The survey is not closed", Text: "Figures become final after the survey's close. Nothing was recorded.", Next: "Two AHSNs close the survey first."},
	survey.RefusedUnknownRevision:     {Title: "There is no such revision", Text: "Nothing was recorded.", Next: "Look at the revisions as they are now."},
	survey.RefusedNotReporting:        {Title: "That AHSN has no part in it", Text: "It had no vote when the revision was opened, or is suspended. Nothing was recorded.", Next: "Look who has a part in the revision."},
	survey.RefusedNotSettled:          {Title: "Sign-offs are missing", Text: "The national table is not complete, so it cannot be co-signed. Nothing was recorded.", Next: "Look who is missing, and ask them to sign off."},
	survey.RefusedAlreadyCertified:    {Title: "These figures are final", Text: "Certified figures never move. Nothing was recorded.", Next: "Open a revision if there is a reason to."},
	survey.RefusedNotCertified:        {Title: "The revision before is not final", Text: "A revision is opened when the one before is certified. Nothing was recorded.", Next: "Finish that one first."},
	survey.RefusedSecondRegion:        {Title: "This takes two other AHSNs", Text: "Whoever is meant has no say in it, and whoever proposed it cannot agree to it. Nothing was recorded.", Next: "Ask two other AHSNs."},
	survey.RefusedObserver:            {Title: "Our AHSN follows only", Text: "An AHSN without a vote takes no step that binds the others. Nothing was recorded.", Next: "Ask an AHSN that has a vote."},
	survey.RefusedStanding:            {Title: "That is not possible as it stands", Text: "It was settled otherwise meanwhile: perhaps the AHSN signed off itself. Nothing was recorded.", Next: "Look at it as it is now."},
	survey.RefusedUnknown:             {Title: "There is no such proposal", Text: "It took effect, lapsed, or was never made. Nothing was recorded.", Next: "Look at it as it is now."},
	survey.RefusedLapsed:              {Title: "The proposal has lapsed", Text: "Nobody agreed in time. Nothing was recorded.", Next: "Propose it again."},
	survey.RefusedNeedsUpgrade:        {Title: "Some nodes are too old for this", Text: "Not every AHSN's software knows this step. Nothing was recorded.", Next: "Ask whoever looks after the nodes to update them."},
	survey.RefusedIdentifierConflict:  {Title: "These numbers belong to different organisations", Text: "Nothing was recorded.", Next: "Look each of them up and give those of one organisation.", Link: "/companies", Label: "Find a company"},
}

func refused(r *survey.Refusal) problem {
	if p, ok := refusals[r.Code]; ok {
		return p
	}
	if r.Holder != "" {
		return problem{Title: "Another AHSN holds this company", Text: r.Holder.Name() + " holds it. Nothing was recorded.", Next: "Ask for it on the company's page."}
	}
	text := "Nothing was recorded."
	if r.Detail != "" {
		text = sentence(r.Detail) + " " + text
	}
	return problem{Title: "That was refused", Text: text, Next: "Look at it as it is now."}
}

// humanError returns the last words of an error that wraps ErrInvalid: what
// was wrong, without the path through the rooms and without what was sent.
func humanError(err error) string {
	text := err.Error()
	marker := survey.ErrInvalid.Error() + ": "
	for i := len(text) - len(marker); i >= 0; i-- {
		if text[i:i+len(marker)] == marker {
			text = text[i+len(marker):]
			break
		}
	}
	return humanQuestion(quotedText.ReplaceAllString(text, "it"))
}
