package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Handler serves reports: the last segment of the path is the cycle with
// .html, such as 2022-23.html. Who may ask is the caller's to check. What is
// wrong is told as application/problem+json: 404 for a survey that there was
// not, 503 while figures change, else 500.
func Handler(source Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, isPage := strings.CutSuffix(path.Base(r.URL.Path), ".html")
		cycle, err := survey.ParseCycle(name)
		if err != nil || !isPage {
			problem(w, http.StatusNotFound, "There is no such report", "Ask for the year of a survey, such as 2022-23.html.")
			return
		}
		report, err := Compose(r.Context(), source, cycle)
		var page bytes.Buffer
		if err == nil {
			err = Render(&page, report)
		}
		switch {
		case errors.Is(err, survey.ErrNotFound):
			problem(w, http.StatusNotFound, "There is no such report", "There was no survey of "+string(cycle)+", or its figures are not here yet.")
		case errors.Is(err, survey.ErrUnknownOutcome):
			problem(w, http.StatusServiceUnavailable, "The figures are changing", "Another revision became final while the report was made. Ask again.")
		case err != nil:
			problem(w, http.StatusInternalServerError, "The report cannot be made", "Ask whoever looks after the node: "+err.Error())
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", ContentPolicy())
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Content-Disposition", `inline; filename="national-report-`+string(cycle)+`.html"`)
			_, _ = page.WriteTo(w) // the reader is gone if this fails
		}
	})
}

func problem(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": title, "detail": detail}) // the reader is gone if this fails
}
