package web

import (
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
)

// lift notes that a company which asked to be left out agrees to be asked
// again.
func (s *Site) lift(w http.ResponseWriter, r *http.Request) {
	o, ok := s.company(w, r)
	if !ok {
		return
	}
	outcome, err := s.options.Registry.LiftDoNotSurvey(r.Context(), page.Request(r), o.ID)
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, companyAddress(o.ID)+"#claim", http.StatusSeeOther)
}
