package page

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Problem is a page that says what happened, whether anything was recorded,
// and what to do next. Retry repeats the form that was sent, with its key.
type Problem struct {
	Title string
	Text  string
	Next  string
	Link  string // where Next leads
	Label string
	Retry []Field
	To    string
}

var (
	noAddress  = Problem{Title: "This address cannot be read", Text: "It holds characters that no page's address has.", Next: "Check the address, or begin at the start page.", Link: "/", Label: "Start page"}
	noMethod   = Problem{Title: "This page cannot be used that way", Text: "Nothing was recorded.", Next: "Begin at the start page.", Link: "/", Label: "Start page"}
	otherSite  = Problem{Title: "This came from another site", Text: "A form was sent here by a page of another site. Nothing was recorded.", Next: "If you meant to do this, begin at the start page.", Link: "/", Label: "Start page"}
	Unreadable = Problem{Title: "The form cannot be read", Text: "It holds characters that cannot be kept, or too many fields. Nothing was recorded.", Next: "Go back and correct it."}
	Internal   = Problem{Title: "Sorry, something went wrong", Text: "Something went wrong inside the node; its log says what.", Next: "Try again. What you sent may have been recorded: look before you send it again.", Link: "/", Label: "Start page"}
	noPage     = Problem{Title: "Page not found", Text: "There is no page at this address.", Next: "Check the address, or find a company by its name.", Link: "/companies", Label: "Find a company"}
)

func tooLarge(limit int64) Problem {
	return Problem{Title: "That is too large", Text: fmt.Sprintf("A form here holds at most %d kB. Nothing was recorded.", limit>>10), Next: "Split the list into smaller ones."}
}

// Problem answers with the page of a problem.
func (s *Shell) Problem(w http.ResponseWriter, r *http.Request, status int, p Problem) {
	if s.options.Company && p.To == "" && p.Link != "" {
		p.Next, p.Link, p.Label = "Open the link in the e-mail again. If that does not help, answer the e-mail.", "", ""
	}
	s.Render(w, r, status, "problem", p.Title, p)
}

// NotFound answers that there is no such page.
func (s *Shell) NotFound(w http.ResponseWriter, r *http.Request) {
	s.Problem(w, r, http.StatusNotFound, noPage)
}

// Fail answers with the page of an error of the rooms below. What a form asked
// for can be sent again with the same key: it is done once.
func (s *Shell) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *survey.Refusal
	switch {
	case errors.As(err, &refusal):
		s.Problem(w, r, http.StatusConflict, Refused(refusal))
	case errors.Is(err, survey.ErrNotFound):
		s.NotFound(w, r)
	case errors.Is(err, survey.ErrUnknownOutcome), errors.Is(err, context.DeadlineExceeded):
		s.Problem(w, r, http.StatusGatewayTimeout, Again(r, Problem{Title: "The answer did not come in time", Text: "It may have been recorded.",
			Next: "Ask again: it is done once, however often you ask.", Label: "Ask again"}))
	case errors.Is(err, survey.ErrNoQuorum):
		w.Header().Set("Retry-After", "5")
		s.Problem(w, r, http.StatusServiceUnavailable, Again(r, Problem{Title: "Too few AHSNs can be reached",
			Text: tooFew(s.options.Quorum()) + " Nothing was recorded.",
			Next: "Answers can be recorded meanwhile: they count once the claim is granted. Try again in some minutes.", Label: "Try again"}))
	case errors.Is(err, survey.ErrStorageFull), errors.Is(err, boltfile.ErrFailed):
		s.Problem(w, r, http.StatusInsufficientStorage, Problem{Title: "The node cannot write", Text: "Its disk is full or has failed. Nothing was recorded.", Next: "Tell whoever looks after the node."})
	case errors.Is(err, survey.ErrInvalid):
		s.Problem(w, r, http.StatusUnprocessableEntity, Problem{Title: "That cannot be recorded", Text: Wrong(err) + " Nothing was recorded.", Next: "Go back and correct it."})
	default:
		path := r.URL.Path
		if s.options.Company { // it holds the link's secret
			path = r.Pattern
		}
		s.Log.Error("a page failed", "path", path, "error", err)
		s.Problem(w, r, http.StatusInternalServerError, Internal)
	}
}

// tooFew says that a claim cannot be granted now.
func tooFew(q survey.Quorum) string {
	if q.Reachable >= q.Needed { // so many were heard of lately, and did not answer
		return q.Shortage() + "."
	}
	return fmt.Sprintf("%d of %d AHSNs must be reachable to claim; %d can be reached now.", q.Needed, q.Voters, q.Reachable)
}

// Again lets the form be sent once more, with the key that it had.
func Again(r *http.Request, p Problem) Problem {
	if r.Method != http.MethodPost {
		return p
	}
	p.To = r.URL.RequestURI()
	p.Retry = Fields(r.PostForm)
	return p
}

// quoted finds text that an error repeats from what was sent (%q).
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// Wrong returns the last words of an error that wraps ErrInvalid: what was
// wrong, without the path through the rooms and without what was sent.
func Wrong(err error) string {
	text := err.Error()
	marker := survey.ErrInvalid.Error() + ": "
	for i := len(text) - len(marker); i >= 0; i-- {
		if text[i:i+len(marker)] == marker {
			text = text[i+len(marker):]
			break
		}
	}
	return survey.Sentence(QuestionWords(quoted.ReplaceAllString(text, "it")))
}
