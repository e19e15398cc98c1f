package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
)

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
		got, err := readAnswers(c, "-")
		if err != nil || strings.TrimPrefix(string(got), "\xef\xbb\xbf") != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "[]", "null", `{"answers": []}`, `{"answers": null}`, `{"a":`, strings.Repeat(" ", maxAnswersBytes+1)} {
		c.In = strings.NewReader(text)
		if got, err := readAnswers(c, "-"); exitCode(err) != exitUsage {
			t.Errorf("%.40q: %s, %v", text, got, err)
		}
	}
}

func TestPrintableKeepsTheCursorWhereItIs(t *testing.T) {
	if got := printable("a\x1b[2Jb\tc\nd\u202ee é£"); strings.ContainsAny(got, "\x1b\t\n\u202e") || !strings.HasSuffix(got, "e é£") {
		t.Errorf("%q", got)
	}
}
