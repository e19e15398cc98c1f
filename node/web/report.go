package web

import "net/http"

// nationalReport serves the national report: one page that needs nothing else,
// with a content policy of its own.
func (s *Site) nationalReport(w http.ResponseWriter, r *http.Request) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return
	}
	page, policy, err := s.options.Reports.Report(r.Context(), campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Content-Disposition", `inline; filename="national-report-`+string(campaign.Cycle)+`.html"`)
	if _, err := w.Write(page); err != nil {
		s.Log.Debug("a report was not taken", "error", err)
	}
}
