package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const finalPage = "/national/2022-23/certification"

// finalStories are the pages of a year that becomes final.
func finalStories() []story {
	const viewer, lead = store.PermissionViewer, store.PermissionLead
	settle := func(fields ...string) func(*site) *httptest.ResponseRecorder {
		return func(s *site) *httptest.ResponseRecorder {
			s.rooms.closed("sw", "em")
			return s.Post(finalPage+"/settle", append([]string{"revision", "0"}, fields...)...)
		}
	}
	after := func(prepare func(*canned), address string) func(*site) *httptest.ResponseRecorder {
		return func(s *site) *httptest.ResponseRecorder { prepare(s.rooms); return s.Get(address) }
	}
	return []story{
		{"final-open", lead, 200, page(finalPage)},
		{"final-before", lead, 200, page("/national/2021-22/certification")},
		{"final-collecting", lead, 200, after(func(c *canned) { c.closed("sw", ours); c.propose() }, finalPage)},
		{"final-stands", lead, 200, after(func(c *canned) {
			r := c.closed()
			r.Settled[14] = survey.Settled{Region: "sw", How: survey.SettledStands, Reason: survey.ReasonUnreachableRegion, By: "wessex", EndorsedBy: "kss", At: daysAgo(3)}
			r.Settled[4] = survey.Settled{Region: "em", How: survey.SettledAbsent, Reason: survey.ReasonRecordsLost, By: "wessex", EndorsedBy: "kss", At: daysAgo(3)}
		}, finalPage+"?done=signed-off")},
		{"final-no-table", lead, 200, after(func(c *canned) {
			c.closed()
			c.tableError = survey.Refuse(survey.RefusedNoTable, "the signed figures of Health Innovation South West do not verify")
		}, finalPage)},
		{"final-disputed", lead, 200, after(func(c *canned) {
			r := c.coSigned(3)
			r.State, r.CoSigned[1].Table = survey.RevisionDisputed, tableOf(90)
		}, finalPage)},
		{"final-certified", lead, 200, after(func(c *canned) { c.coSigned(9) }, finalPage)},
		{"final-unsettled-faulty", lead, 422, settle("words", "x")},
		{"final-revise-faulty", lead, 422, func(s *site) *httptest.ResponseRecorder {
			s.rooms.coSigned(9)
			return s.Post(finalPage+"/revise", "words", strings.Repeat("x", 501))
		}},
		{"final-refused", lead, 409, func(s *site) *httptest.ResponseRecorder {
			s.rooms.closed()
			s.rooms.writeError = &survey.Refusal{Code: survey.RefusedNotSettled, Detail: "no sign-off of sw"}
			return s.Post(finalPage+"/co-sign", "revision", "0", "table", s.rooms.table)
		}},
		{"final-table-changed", lead, 409, func(s *site) *httptest.ResponseRecorder {
			s.rooms.closed()
			return s.Post(finalPage+"/co-sign", "revision", "0", "table", "00")
		}},
		{"final-not-ready", lead, 409, func(s *site) *httptest.ResponseRecorder {
			s.rooms.closed("otv")
			s.rooms.writeError = survey.Refuse(survey.RefusedNotFinal, "the figures are not final yet: this node has taken in 10 of 12 changes")
			return s.Post(finalPage+"/sign-off", "revision", "0")
		}},
		{"home-lead", lead, 200, after(func(c *canned) { c.closed("sw", ours); c.propose() }, "/")},
		{"region-final", lead, 200, after(func(c *canned) { c.closed() }, "/region?cycle=2022-23")},
		{"campaign", viewer, 200, page("/campaigns/2022-23")},
		{"campaign-proposals", lead, 200, after((*canned).propose, "/campaigns/2022-23?done=proposed")},
		{"campaign-proposals-viewer", viewer, 200, after((*canned).propose, "/campaigns/2022-23")},
		{"campaign-endorse-unknown", lead, 409, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/campaigns/2022-23/endorse", "number", "99")
		}},
		{"national-final", lead, 200, after((*canned).revised, "/national/2022-23")},
		{"national-final-first", viewer, 200, after((*canned).revised, "/national/2022-23?revision=0")},
		{"national-final-wrong", viewer, 409, after(func(c *canned) {
			c.coSigned(9)
			c.tableError = survey.Refuse(survey.RefusedNoTable, "no national table: the hashes differ")
		}, "/national/2022-23")},
		{"national-now", viewer, 200, after((*canned).revised, "/national/2022-23?figures=now")},
		{"national-day", viewer, 200, page("/national/2022-23?asof=2023-06-30")},
		{"national-day-faulty", viewer, 422, page("/national/2022-23?asof=30+June")},
		{"published", viewer, 200, page("/national/2022-23/published")},
	}
}

// A year becomes final step by step; each step is done with what was seen.
func TestStepsToFinalFigures(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	s.rooms.closed("sw", ours)
	pagetest.WantPage(t, s.Get(finalPage), 200, "13 of 15 AHSNs are settled", "Ask Health Innovation South West to sign off", "As it left us", "&#43;£120,000", "12 came in after the close", "Sign our figures off")
	step := func(want, address string, fields ...string) {
		t.Helper()
		w := s.Post(finalPage+address, fields...)
		if w.Code != http.StatusSeeOther || !slices.Contains(s.rooms.signed, want) {
			t.Fatalf("%s: %d, taken: %q\n%s", address, w.Code, s.rooms.signed, pagetest.Main(w))
		}
		pagetest.WantPage(t, s.Get(w.Header().Get("Location")), 200, "nhsuk-notification-banner--success")
	}
	step("sign-off 2022-23 0", "/sign-off", "revision", "0")
	step("stand 2022-23 0 sw region-unreachable gone", "/settle", "revision", "0", "region", "sw", "how", "stand", "reason", "region-unreachable", "words", "gone")
	step("absent 2022-23 0 sw records-lost ", "/settle", "revision", "0", "region", "sw", "how", "absent", "reason", "records-lost")
	s.rooms.coSigned(7)
	pagetest.WantPage(t, s.Get(finalPage), 200, "all 15 AHSNs are settled", "7 of the 8 co-signatures", "Co-sign this table", s.rooms.table, "2 more")
	step("co-sign 2022-23 0 "+s.rooms.table[:8], "/co-sign", "revision", "0", "table", s.rooms.table)
	s.rooms.coSigned(9)
	pagetest.WantPage(t, s.Get(finalPage), 200, "final. These figures never change", "Open a revision")
	step("revise 2022-23 late-answers ", "/revise", "reason", "late-answers")
	s.rooms.propose()
	if w := s.Post("/campaigns/2022-23/endorse", "number", "81"); w.Header().Get("Location") != finalPage+"?done=endorsed" {
		t.Errorf("agreed, and led to %s (%d)", w.Header().Get("Location"), w.Code)
	}
	if w := s.Post("/campaigns/2022-23/endorse", "number", "71"); w.Header().Get("Location") != "/campaigns/2022-23?done=endorsed" {
		t.Errorf("agreed, and led to %s (%d)", w.Header().Get("Location"), w.Code)
	}
}

// Whoever proposed or is meant is not offered to agree, nor is a viewer.
func TestWhoMayAgree(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	s.rooms.propose()
	s.rooms.closed("sw", ours)
	body := s.Get(finalPage).Body.String()
	for number, want := range map[string]bool{"81": true, "82": false, "83": false, "71": false, "76": false} {
		if strings.Contains(body, `name="number" value="`+number+`"`) != want {
			t.Errorf("proposal %s offered: %v", number, !want)
		}
	}
	v := newSite(t).as(store.PermissionViewer)
	v.rooms.propose()
	if w := v.Get("/campaigns/2022-23"); contains(w, `name="number"`) {
		t.Error("a viewer is offered to agree")
	}
}

// The page of a year shows the edition that is asked for, in words and in its
// addresses and files.
func TestEditions(t *testing.T) {
	s := newSite(t).as(store.PermissionViewer)
	s.rooms.revised()
	pagetest.WantPage(t, s.Get("/national/2022-23"), 200, "Revision 1, final since 14 July 2023", "answers came in late", "What this revision changed", "−3", "&#43;£440,000", fmt.Sprintf("%x", tableOf(9)), "are not final yet, so there is nothing to compare with")
	pagetest.WantPage(t, s.Get("/national/2022-23?revision=0"), 200, "Final since 13 July 2023", "&amp;revision=0&amp;answer=")
	pagetest.WantPage(t, s.Get("/national/2022-23?figures=now"), 200, "These are today", "&amp;figures=now", "Year on year", "about −9.1%", "64 companies of 2 AHSNs", "&#43;12.5%", "45.9%")
	pagetest.WantPage(t, s.Get("/national/2022-23?asof=2023-06-30"), 200, "at the end of 30 June 2023", "&amp;asof=2023-06-30")
	pagetest.WantPage(t, s.Get("/national/2022-23?revision=7"), 404)
	pagetest.WantPage(t, s.Get("/national/2022-23?revision=x"), 404)
	for _, day := range []string{"2023-13-01", "2099-01-01", "yesterday", "0001-01-01"} {
		pagetest.WantPage(t, s.Get("/national/2022-23?asof="+day), 422, "Enter a day up to today")
		pagetest.WantPage(t, s.Get("/national/2022-23/figures.csv?asof="+day), 404)
	}
	w := s.Get("/national/2022-23/figures.csv?revision=0")
	if !strings.Contains(w.Header().Get("Content-Disposition"), "final-revision-0.csv") {
		t.Errorf("the file is %s", w.Header().Get("Content-Disposition"))
	}
}

// The report is served under its own content policy, to be shown.
func TestReport(t *testing.T) {
	s := newSite(t).as(store.PermissionViewer)
	w := s.Get("/national/2022-23/report.html")
	if w.Code != 200 || w.Header().Get("Content-Security-Policy") != "default-src 'none'" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "inline") || !contains(w, "Report 2022-23") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	pagetest.WantPage(t, s.Get("/national/2019-20/report.html"), 404)
}

// A lead finds on the first page what waits for the region.
func TestLeadsAreTold(t *testing.T) {
	s := newSite(t).as(store.PermissionLead)
	s.rooms.closed(ours)
	s.rooms.propose()
	pagetest.WantPage(t, s.Get("/"), 200, "Sign our figures off, 2022-23", "Agree to a change of the survey, 2022-23", "4 to do")
	s.rooms.closed()
	pagetest.WantPage(t, s.Get("/"), 200, "Co-sign the national table, 2022-23")
	a := newSite(t).as(store.PermissionAdviser)
	a.rooms.closed(ours)
	if w := a.Get("/"); contains(w, "Sign our figures off") {
		t.Error("an adviser is told of a lead's task")
	}
}
