package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// Exit codes of every verb. Scripts rely on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitHeld        = 4
	exitUnavailable = 5
	exitFindings    = 6
	exitConfig      = 78 // of serve alone, EX_CONFIG of sysexits.h: starting again mends nothing
)

// exitMeanings is the help's list, in order; exitConfig follows it.
var exitMeanings = []string{
	"done",
	"failed",
	"wrong usage or input; nothing was recorded",
	"not found",
	"refused: another region holds the company (it is named)",
	"no quorum, or the node cannot be reached; the message says whether anything may have been recorded",
	"finished with findings: rejected rows, faults found, totals with fewer regions than required",
}

func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:")
	for code, meaning := range exitMeanings {
		fmt.Fprintf(&b, "\n  %d  %s", code, meaning)
	}
	fmt.Fprintf(&b, "\n  %d only serve: its settings are wrong; starting it again does not help", exitConfig)
	return b.String()
}

// exitByError gives the code of the sentinels, the first that matches.
var exitByError = []struct {
	err  error
	code int
}{
	{errFindings, exitFindings},
	{errUnreachable, exitUnavailable},
	{survey.ErrNoQuorum, exitUnavailable},
	{survey.ErrUnknownOutcome, exitUnavailable},
	{survey.ErrNotFound, exitNotFound},
	{survey.ErrInvalid, exitUsage},
	{context.Canceled, exitFailed},
}

// exitByRefusal gives the code of the registry's refusals; those that are not
// here are exitFailed.
var exitByRefusal = map[survey.RefusalCode]int{
	survey.RefusedAlreadyClaimed:      exitHeld,
	survey.RefusedNotHolder:           exitHeld,
	survey.RefusedUnknownOrganisation: exitNotFound,
	survey.RefusedUnknownCampaign:     exitNotFound,
	survey.RefusedUnknownRegion:       exitNotFound,
	survey.RefusedNotClaimed:          exitNotFound,
	survey.RefusedInviteUnknown:       exitNotFound,
	survey.RefusedUnknown:             exitNotFound,
	survey.RefusedUnknownRevision:     exitNotFound,
	survey.RefusedUnknownInnovation:   exitNotFound,
	survey.RefusedInvalid:             exitUsage,
	survey.RefusedRequestReused:       exitUsage,
}

// exitByProblem gives the code of problems that are HTTP's own.
var exitByProblem = map[string]int{
	"coverage-not-met": exitFindings,
	"bad-request":      exitUsage,
	"too-large":        exitUsage,
	"timeout":          exitUnavailable,
	"no-quorum":        exitUnavailable,
	"unknown-outcome":  exitUnavailable,
	"not-found":        exitNotFound,
}

var (
	// errFindings: the verb finished and found something; it has said what.
	errFindings = errors.New("finished with findings")
	// errUnreachable: no answer from the node, and nothing was recorded.
	errUnreachable = errors.New("the node cannot be reached")
)

// usageError is a command line that cannot be meant.
type usageError struct {
	text    string
	command string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%s. Nothing was done. See \"%s --help\"", strings.TrimSuffix(e.text, "."), e.command)
}

func usage(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...), command: cmd.CommandPath()}
}

// settingsError are settings with which serve cannot run. Its code is not that
// of wrong usage: Go's panics end with 2 as well, and a node that panicked is to
// be started again.
type settingsError struct{ error }

func (e *settingsError) Unwrap() error { return e.error }

// exitCode returns the code of a verb's error.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	var (
		quiet   *silent
		wrong   *usageError
		set     *settingsError
		refusal *survey.Refusal
		problem *api.ProblemError
	)
	switch {
	case errors.As(err, &quiet):
		return quiet.code
	case errors.As(err, &wrong):
		return exitUsage
	case errors.As(err, &set):
		return exitConfig
	case errors.As(err, &refusal):
		return refusalCode(refusal)
	}
	for _, row := range exitByError {
		if errors.Is(err, row.err) {
			return row.code
		}
	}
	if errors.As(err, &problem) {
		if code, ok := exitByProblem[problem.Problem.Code]; ok {
			return code
		}
	}
	return exitFailed
}

func refusalCode(r *survey.Refusal) int {
	if code, ok := exitByRefusal[r.Code]; ok {
		return code
	}
	return exitFailed
}

// worst returns the code that a list's outcome has: the one that a person must
// know first.
func worst(codes []int) int {
	for _, code := range []int{exitUnavailable, exitHeld, exitNotFound, exitUsage, exitFailed, exitFindings} {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitDone
}

// silent is an error with a code of its own whose words were already said.
type silent struct{ code int }

func (e *silent) Error() string { return fmt.Sprintf("exit %d", e.code) }

// explain returns what to tell the person about an error: what happened,
// whether anything was recorded, what to do next. It is empty when the verb
// has said it.
func explain(err error) string {
	var (
		quiet   *silent
		problem *api.ProblemError
	)
	if errors.As(err, &quiet) || errors.Is(err, errFindings) {
		return ""
	}
	text := err.Error()
	if errors.As(err, &problem) {
		if holder := problem.Problem.Holder; holder != "" {
			text += fmt.Sprintf(" Holder: %s", holder)
			if !problem.Problem.Since.IsZero() {
				text += " since " + longTime(problem.Problem.Since)
			}
			text += "."
		}
		if len(problem.Problem.Candidates) > 0 {
			text += fmt.Sprintf(" Candidates: %s (on the command line, --not ID confirms that it is not that one).", joinIDs(problem.Problem.Candidates))
		}
		for _, field := range problem.Problem.Errors {
			text += fmt.Sprintf("\n  %s: %s", field.Field, field.Message)
		}
	}
	return text
}
