package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeReports have a report of one year.
type fakeReports struct{}

func (fakeReports) Report(_ context.Context, c survey.Cycle) ([]byte, string, error) {
	if c != cycle {
		return nil, "", fmt.Errorf("report of %s: %w", c, survey.ErrNotFound)
	}
	return []byte("<!doctype html>"), "default-src 'none'", nil
}

func TestTheReportIsOnePage(t *testing.T) {
	h := openWith(t, &fakeRegistry{}, &fakeRooms{}, func(o *api.Options) { o.Reports = fakeReports{} })
	a := ask(t, h, "viewer", "GET", "/api/v1/reports/2022-23.html", "")
	want(t, a, 200)
	if string(a.text) != "<!doctype html>" || a.Header.Get("Content-Security-Policy") != "default-src 'none'" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s %v", a.text, a.Header)
	}
	for path, status := range map[string]int{"2021-22.html": 404, "2022-23": 422, "2022-23.pdf": 422, "last.html": 422} {
		want(t, ask(t, h, "viewer", "GET", "/api/v1/reports/"+path, ""), status)
	}
	want(t, ask(t, h, "", "GET", "/api/v1/reports/2022-23.html", ""), 401)
}
