package web

import (
	"errors"
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// fail answers with the page of an error of the rooms below. What a form asked
// for can be sent again with the same key: it is done once.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *survey.Refusal
	switch id := r.PathValue("id"); {
	case errors.As(err, &refusal) && id != "" && !notReady(err):
		p := page.Refused(refusal)
		if p.Link == "" {
			p.Link, p.Label = companyAddress(survey.Identifier(id)), "Back to the company"
		}
		s.Problem(w, r, http.StatusConflict, p)
	case notReady(err):
		s.Problem(w, r, http.StatusConflict, page.Problem{Title: "The final figures cannot be shown here", Text: "What this node holds does not add up to the national table that the AHSNs co-signed. It shows none rather than wrong ones.",
			Next: "Tell whoever looks after the node, and read them at another AHSN meanwhile. The figures of now are here:", Link: nowAddress(r), Label: "Figures of now"})
	default:
		s.Fail(w, r, err)
	}
}
