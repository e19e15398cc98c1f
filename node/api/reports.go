package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Reports make the national report of a year: one page of HTML, and the content
// policy under which it works. The error wraps survey.ErrNotFound if the year
// had no survey.
type Reports interface {
	Report(ctx context.Context, cycle survey.Cycle) (page []byte, policy string, err error)
}

// reportHandlers answer the national report as a file.
type reportHandlers struct{ reports Reports }

func (h reportHandlers) get(w http.ResponseWriter, r *http.Request) error {
	name, isPage := strings.CutSuffix(r.PathValue("file"), ".html")
	if !isPage {
		return invalidField("path.file", "ask for the year of a survey, such as 2022-23.html")
	}
	cycle, err := parseCycle("path.file", name)
	if err != nil {
		return err
	}

	page, policy, err := h.reports.Report(r.Context(), cycle)
	if err != nil {
		return err
	}

	w.Header().Set("Content-Security-Policy", policy)
	download(w, "text/html; charset=utf-8", "national-report-"+string(cycle)+".html")
	_, err = w.Write(page)
	return err
}
