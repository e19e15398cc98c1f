package main

import (
	"errors"
	"fmt"
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
