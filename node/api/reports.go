package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Reports make the national report of a year: one page of HTML, and the content
// policy under which it works. The error is survey.ErrNotFound without a survey
// of the year.
type Reports interface {
	Report(ctx context.Context, cycle survey.Cycle) (page []byte, policy string, err error)
}

// reportRoutes are left out without reports.
func (s *server) reportRoutes() []route {
	if s.reports == nil {
		return nil
	}
	return []route{stream(get, "/reports/{file}", viewer, nationalTotals, "The national report of a year for the public, as CYCLE.html: one page that needs nothing else", "text/html", nil, s.report)}
}

func (s *server) report(w http.ResponseWriter, r *http.Request) error {
	name, isPage := strings.CutSuffix(r.PathValue("file"), ".html")
	if !isPage {
		return invalidField("path.file", "ask for the year of a survey, such as 2022-23.html")
	}
	cycle, err := parseCycle("path.file", name)
	if err != nil {
		return err
	}
	page, policy, err := s.reports.Report(r.Context(), cycle)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy)
	download(w, "text/html; charset=utf-8", "national-report-"+string(cycle)+".html")
	_, err = w.Write(page)
	return err
}
