package web

import (
	"net/http"

	"github.com/ahsn-network/tracker/store/survey"
)

// share notes what the company said of the AHSNs that it named seeing its
// answers.
func (s *Site) share(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier, allowed bool) error {
	if s.options.Sharing == nil {
		return nil
	}
	return s.options.Sharing.ShareAnswers(r.Context(), request, cycle, id, allowed)
}

// shareSaid notes what an adviser was told. Without a word nothing changes:
// an adviser who corrects a number must not take back what was allowed.
func (s *Site) shareSaid(r *http.Request, request survey.Request, cycle survey.Cycle, id survey.Identifier) error {
	switch r.PostForm.Get("sharing") {
	case "allowed":
		return s.share(r, request, cycle, id, true)
	case "refused":
		return s.share(r, request, cycle, id, false)
	}
	return nil
}
