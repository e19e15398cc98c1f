package cli

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

// Exit codes of every verb. Scripts depend on them.
const (
	ExitDone        = 0
	exitFailed      = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitHeld        = 4
	ExitUnavailable = 5
	ExitFindings    = 6
	ExitConfig      = 78 // of serve alone: EX_CONFIG of sysexits.h, so that systemd does not restart it
)

// exitMeanings is the list in the help, in order. ExitConfig follows it.
var exitMeanings = []string{
	"done",
	"failed",
	"wrong usage or input; nothing was recorded",
	"not found",
	"refused: another region holds the company (it is named)",
	"no quorum, or the node cannot be reached; the message says whether anything was recorded",
	"finished, with findings: rejected rows, faults, or totals with fewer regions than required",
}

func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:")
	for code, meaning := range exitMeanings {
		fmt.Fprintf(&b, "\n  %d  %s", code, meaning)
	}
	fmt.Fprintf(&b, "\n  %d only serve: its settings are wrong; starting it again will not help", ExitConfig)
	return b.String()
}

// exitByError gives the code of each sentinel. The first that matches counts.
var exitByError = []struct {
	err  error
	code int
}{
	{ErrFindings, ExitFindings},
	{ErrUnreachable, ExitUnavailable},
	{survey.ErrNoQuorum, ExitUnavailable},
	{survey.ErrUnknownOutcome, ExitUnavailable},
	{survey.ErrNotFound, ExitNotFound},
	{survey.ErrInvalid, ExitUsage},
	{context.Canceled, exitFailed},
}

// exitByRefusal gives the code of the registry's refusals. All others are exitFailed.
var exitByRefusal = map[survey.RefusalCode]int{
	survey.RefusedAlreadyClaimed:      ExitHeld,
	survey.RefusedNotHolder:           ExitHeld,
	survey.RefusedUnknownOrganisation: ExitNotFound,
	survey.RefusedUnknownCampaign:     ExitNotFound,
	survey.RefusedUnknownRegion:       ExitNotFound,
	survey.RefusedNotClaimed:          ExitNotFound,
	survey.RefusedInviteUnknown:       ExitNotFound,
	survey.RefusedUnknown:             ExitNotFound,
	survey.RefusedUnknownRevision:     ExitNotFound,
	survey.RefusedUnknownInnovation:   ExitNotFound,
	survey.RefusedInvalid:             ExitUsage,
	survey.RefusedRequestReused:       ExitUsage,
}

// exitByProblem gives the code of the problems that HTTP itself has.
var exitByProblem = map[string]int{
	"coverage-not-met": ExitFindings,
	"bad-request":      ExitUsage,
	"too-large":        ExitUsage,
	"timeout":          ExitUnavailable,
	"no-quorum":        ExitUnavailable,
	"unknown-outcome":  ExitUnavailable,
	"not-found":        ExitNotFound,
}

var (
	// ErrFindings: the verb finished, found something and has said what.
	ErrFindings = errors.New("finished with findings")
	// ErrUnreachable: the node did not answer, and nothing was recorded.
	ErrUnreachable = errors.New("the node cannot be reached")
)

// UsageError is a command line that makes no sense.
type UsageError struct {
	Text    string
	Command string
}

// Error names the fault, and where to find help.
func (e *UsageError) Error() string {
	return fmt.Sprintf("%s. Nothing was done. See \"%s --help\"", strings.TrimSuffix(e.Text, "."), e.Command)
}

// Usage returns a *UsageError of the command.
func Usage(cmd *cobra.Command, format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...), Command: cmd.CommandPath()}
}

// SettingsError are settings that serve cannot run with. They do not get the code of wrong usage,
// because a Go panic ends with 2 as well, and a node that panicked should be started again.
type SettingsError struct{ Err error }

// Error names the fault in the settings.
func (e *SettingsError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the settings.
func (e *SettingsError) Unwrap() error { return e.Err }

// ExitCode returns the code of a verb's error.
func ExitCode(err error) int {
	if err == nil {
		return ExitDone
	}
	var (
		quiet   *Silent
		wrong   *UsageError
		set     *SettingsError
		refusal *survey.Refusal
		problem *api.ProblemError
	)

	switch {
	case errors.As(err, &quiet):
		return quiet.Code
	case errors.As(err, &wrong):
		return ExitUsage
	case errors.As(err, &set):
		return ExitConfig
	case errors.As(err, &refusal):
		return RefusalCode(refusal)
	}

	// Sentinels first: many problems wrap one of them.
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

// RefusalCode returns the exit code of a refusal.
func RefusalCode(r *survey.Refusal) int {
	if code, ok := exitByRefusal[r.Code]; ok {
		return code
	}
	return exitFailed
}

// Worst returns the one code for a list's outcomes: that of the outcome the person must know about
// first.
func Worst(codes []int) int {
	for _, code := range []int{ExitUnavailable, ExitHeld, ExitNotFound, ExitUsage, exitFailed, ExitFindings} {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return ExitDone
}

// Silent is an error with a code of its own whose message has been printed already.
type Silent struct{ Code int }

// Error names the code. It is shown only by mistake.
func (e *Silent) Error() string { return fmt.Sprintf("exit %d", e.Code) }

// Explain returns what to tell the person about an error: what happened, whether anything was
// recorded, what to do next. It returns "" when the verb has said that already.
func Explain(err error) string {
	var (
		quiet   *Silent
		problem *api.ProblemError
	)
	if errors.As(err, &quiet) || errors.Is(err, ErrFindings) {
		return ""
	}
	text := err.Error()
	if !errors.As(err, &problem) {
		return text
	}

	p := problem.Problem
	if p.Holder != "" {
		text += fmt.Sprintf(" Holder: %s", p.Holder)
		if !p.Since.IsZero() {
			text += " since " + LongTime(p.Since)
		}
		text += "."
	}
	if len(p.Candidates) > 0 {
		text += fmt.Sprintf(" Candidates: %s (--not ID confirms that it is not that one).", survey.List(p.Candidates))
	}
	for _, field := range p.Errors {
		text += fmt.Sprintf("\n  %s: %s", field.Field, field.Message)
	}
	return text
}
