package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestFiguresInWords(t *testing.T) {
	upper := int64(700)
	for _, tc := range []struct {
		figure survey.Figure
		want   string
	}{
		{survey.Figure{Value: 42_800_000_000, Unit: survey.UnitPence, Status: survey.FigureReported, Qualifier: survey.QualifierExact}, "£428,000,000"},
		{survey.Figure{Value: 132_900, Unit: survey.UnitFTE, Status: survey.FigureReported}, "1,329 posts"},
		{survey.Figure{Value: 100, Unit: survey.UnitFTE, Status: survey.FigureReported}, "1 post"},
		{survey.Figure{Value: 750, Unit: survey.UnitFTE, Status: survey.FigureReported, Qualifier: survey.QualifierUpTo}, "up to 7.5 posts"},
		{survey.Figure{Value: 1_234_567, Unit: survey.UnitCount, Status: survey.FigureReported, Qualifier: survey.QualifierAtLeast}, "at least 1,234,567"},
		{survey.Figure{Value: 4_950, Unit: survey.UnitBasisPoints, Status: survey.FigureReported, Qualifier: survey.QualifierEstimated}, "about 49.5 %"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureZero}, "£0"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureWaiting}, "waiting for more answers"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureHidden}, "hidden to protect a company"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureMissing}, "missing"},
		{survey.Figure{Unit: survey.UnitPence, Status: survey.FigureNotCollected}, "not collected"},
	} {
		if got := words(tc.figure); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.figure, got, tc.want)
		}
	}
	if got := note(survey.Figure{Unit: survey.UnitCount, Contributors: 1200, Bounds: &survey.Bounds{Lower: 5, Upper: &upper}}); got != "1,200 companies; between 5 and 700" {
		t.Errorf("note %q", got)
	}
}

func TestGroupDigits(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", -999: "-999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := groupDigits(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// Every problem that the API can answer with has a decided exit code.
func TestExitCodes(t *testing.T) {
	for code, want := range map[string]int{
		"already-claimed": exitHeld, "not-holder": exitHeld, "stale-token": exitFailed, "not-claimed": exitNotFound, "unknown-organisation": exitNotFound,
		"unknown-campaign": exitNotFound, "not-found": exitNotFound, "no-quorum": exitUnavailable, "unknown-outcome": exitUnavailable, "timeout": exitUnavailable,
		"invalid": exitUsage, "request-reused": exitUsage, "coverage-not-met": exitFindings, "forbidden": exitFailed, "unauthorised": exitFailed, "storage-full": exitFailed,
		"possible-duplicates": exitFailed, "internal": exitFailed, "a-code-of-next-year": exitFailed,
	} {
		err := fmt.Errorf("claim: %w", api.ErrorFromProblem(api.Problem{Code: code, Detail: "x"}))
		if got := exitCode(err); got != want {
			t.Errorf("%s: exit %d, want %d", code, got, want)
		}
	}
	if exitCode(nil) != exitDone || exitCode(errors.New("x")) != exitFailed || exitCode(errFindings) != exitFindings {
		t.Error("nil, another error or findings")
	}
	if got := worst([]int{exitFailed, exitNotFound, exitHeld}); got != exitHeld {
		t.Errorf("the worst of three is %d", got)
	}
}

func TestAnswersWithoutBlanks(t *testing.T) {
	c := &cli{}
	for text, want := range map[string]string{
		`{"answers": {"q01": "yes", "q03": 7.50}}`:                        `{"q01": "yes", "q03": 7.50}`,
		`{"q01": "yes", "q08": 0.10}`:                                     `{"q01": "yes", "q08": 0.10}`,
		`{"answers": {"q01": null, "q08": 12345678901234567.89}}`:         `{"q08":12345678901234567.89}`,
		`{"answers": {"q07": {"equity": null, "debt": null}, "q10": 0}}`:  `{"q10":0}`,
		`{"answers": {"q07": {"equity": 1.5, "debt": null}}, "notes": 3}`: `{"q07":{"equity":1.5}}`,
		"\xef\xbb\xbf" + `{"answers": {"q01": "yes"}}`:                    `{"q01": "yes"}`,
		`{"answers": {"q01": "yes", "q01": "renamed"}}`:                   `{"q01": "yes", "q01": "renamed"}`, // the node refuses it
	} {
		c.In = strings.NewReader(text)
		got, err := c.readAnswers("-")
		if err != nil || strings.TrimPrefix(string(got), "\xef\xbb\xbf") != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "[]", "null", `{"answers": []}`, `{"answers": null}`, `{"a":`, strings.Repeat(" ", maxAnswersBytes+1)} {
		c.In = strings.NewReader(text)
		if got, err := c.readAnswers("-"); exitCode(err) != exitUsage {
			t.Errorf("%.40q: %s, %v", text, got, err)
		}
	}
}

func TestPrintableKeepsTheCursorWhereItIs(t *testing.T) {
	if got := printable("a\x1b[2Jb\tc\nd\u202ee é£"); strings.ContainsAny(got, "\x1b\t\n\u202e") || !strings.HasSuffix(got, "e é£") {
		t.Errorf("%q", got)
	}
}
