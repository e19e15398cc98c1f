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

// Problem is a page about a problem: it says whether anything was recorded, and
// how to go on. It is an error too: a function that reads a request
// returns it, and Fail answers with it.
type Problem struct {
	Status int // of the answer
	Title  string
	Text   string
	Next   string
	Link   string // where Next leads
	Label  string
	Retry  []Field // the form that was sent, with its key: the page can send it again
	To     string  // where Retry goes
}

// Error returns the title and the text.
func (p Problem) Error() string { return p.Title + ": " + p.Text }

// fromStart is a problem after which a person begins again at the start page.
func fromStart(status int, title, text, next string) Problem {
	return Problem{Status: status, Title: title, Text: text, Next: next, Link: "/", Label: "Start page"}
}

// Problems that requests of every surface can have.
var (
	noAddress = fromStart(http.StatusBadRequest, "This address cannot be read",
		"It contains characters that are not used in addresses here.", "Check the address, or go to the start page.")
	noMethod = fromStart(http.StatusMethodNotAllowed, "This page cannot be used that way", "Nothing was recorded.",
		"Go to the start page.")
	otherSite = fromStart(http.StatusForbidden, "This came from another site",
		"A form was sent here by a page of another site. Nothing was recorded.",
		"If you meant to do this, begin at the start page.")
	internal = fromStart(http.StatusInternalServerError, "Sorry, something went wrong",
		"Something went wrong inside the node; its log says what.",
		"Try again. What you sent may have been recorded: look before you send it again.")
	noPage = Problem{Status: http.StatusNotFound, Title: "Page not found", Text: "There is no page at this address.",
		Next: "Check the address, or find a company by its name.", Link: "/companies", Label: "Find a company"}

	Unreadable = Problem{Status: http.StatusBadRequest, Title: "The form cannot be read",
		Text: "It contains characters that cannot be stored, or too many fields. Nothing was recorded.",
		Next: "Go back and correct it."}
)

// Problem answers with the page of a problem.
func (s *Shell) Problem(w http.ResponseWriter, r *http.Request, p Problem) {
	if s.options.Company && p.To == "" && p.Link != "" {
		p.Next = "Open the link in the e-mail again. If that does not help, reply to the e-mail."
		p.Link, p.Label = "", ""
	}
	if err := s.Render(w, r, p.Status, "problem", p.Title, p); err != nil {
		s.Log.Error("the page of a problem cannot be made", "error", err)
		http.Error(w, "Something went wrong inside the node. Its log says what.", http.StatusInternalServerError)
	}
}

// Fail answers with the page of an error. A form can be sent again with the
// same key: it is done once.
func (s *Shell) Fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problemOf(r, err)
	if p.Status == http.StatusInternalServerError {
		path := r.URL.Path
		if s.options.Company { // the path has the link's secret
			path = r.Pattern
		}
		s.Log.Error("a page failed", "path", path, "error", err)
	}
	if errors.Is(err, survey.ErrNoQuorum) {
		w.Header().Set("Retry-After", "5")
	}
	s.Problem(w, r, p)
}

// problemOf returns the problem that the error is or stands for.
func (s *Shell) problemOf(r *http.Request, err error) Problem {
	var problem Problem
	var refusal *survey.Refusal

	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &refusal):
		return Refused(refusal)
	case errors.Is(err, survey.ErrNotFound):
		return noPage
	case errors.Is(err, survey.ErrUnknownOutcome), errors.Is(err, context.DeadlineExceeded):
		return Again(r, Problem{Status: http.StatusGatewayTimeout, Title: "The answer did not come in time",
			Text: "It may have been recorded.", Next: "Ask again: it is done once, however often you ask.",
			Label: "Ask again"})
	case errors.Is(err, survey.ErrNoQuorum):
		return Again(r, Problem{Status: http.StatusServiceUnavailable, Title: "Too few AHSNs can be reached",
			Text: tooFew(s.options.Quorum()) + " Nothing was recorded.", Label: "Try again",
			Next: "You can record answers meanwhile: they count once the claim is granted. Try " +
				"again in a few minutes."})
	case errors.Is(err, survey.ErrStorageFull), errors.Is(err, boltfile.ErrFailed):
		return Problem{Status: http.StatusInsufficientStorage, Title: "The node cannot write",
			Text: "Its disk is full or has failed. Nothing was recorded.", Next: "Tell whoever looks after the node."}
	case errors.Is(err, survey.ErrInvalid):
		return Problem{Status: http.StatusUnprocessableEntity, Title: "That cannot be recorded",
			Text: Wrong(err) + " Nothing was recorded.", Next: "Go back and correct it."}
	}
	return internal
}

// tooFew says that a claim cannot be granted now.
func tooFew(q survey.Quorum) string {
	if q.Reachable >= q.Needed { // they were heard from lately, and did not answer
		return q.Shortage() + "."
	}
	return fmt.Sprintf("%d of %d AHSNs must be reachable to claim; %d can be reached now.",
		q.Needed, q.Voters, q.Reachable)
}

// Again lets the form be sent once more, with the key that it had.
func Again(r *http.Request, p Problem) Problem {
	if r.Method == http.MethodPost {
		p.To, p.Retry = r.URL.RequestURI(), Fields(r.PostForm)
	}
	return p
}

// quoted finds text that an error repeats from a form (%q).
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// Wrong says why the input was refused by an error that wraps ErrInvalid, without
// repeating the input.
func Wrong(err error) string {
	return survey.Sentence(QuestionWords(quoted.ReplaceAllString(survey.Detail(err), "it")))
}
