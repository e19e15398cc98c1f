package cli

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/node/api"
)

// Every problem that the API can answer with has a decided exit code.
func TestExitCodes(t *testing.T) {
	for code, want := range map[string]int{
		"already-claimed": ExitHeld, "not-holder": ExitHeld, "stale-token": exitFailed, "not-claimed": ExitNotFound, "unknown-organisation": ExitNotFound,
		"unknown-campaign": ExitNotFound, "not-found": ExitNotFound, "no-quorum": ExitUnavailable, "unknown-outcome": ExitUnavailable, "timeout": ExitUnavailable,
		"invalid": ExitUsage, "request-reused": ExitUsage, "coverage-not-met": ExitFindings, "forbidden": exitFailed, "unauthorised": exitFailed, "storage-full": exitFailed,
		"possible-duplicates": exitFailed, "internal": exitFailed, "a-code-of-next-year": exitFailed,
	} {
		err := fmt.Errorf("claim: %w", api.ErrorFromProblem(api.Problem{Code: code, Detail: "x"}))
		if got := ExitCode(err); got != want {
			t.Errorf("%s: exit %d, want %d", code, got, want)
		}
	}
	if ExitCode(nil) != ExitDone || ExitCode(errors.New("x")) != exitFailed || ExitCode(ErrFindings) != ExitFindings {
		t.Error("nil, another error or findings")
	}
	if got := Worst([]int{exitFailed, ExitNotFound, ExitHeld}); got != ExitHeld {
		t.Errorf("the worst of three is %d", got)
	}
}
