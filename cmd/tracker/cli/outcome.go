package cli

import (
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// unreachableError is a failed connection. It wraps ErrUnreachable.
type unreachableError struct {
	cause error  // nil if what says it all
	what  string // which node, and what it did
	next  string // whether anything was recorded and what to do, or empty
}

// Error returns reason and next.
func (e *unreachableError) Error() string { return e.reason() + e.next }

// reason says what failed, without what to do next.
func (e *unreachableError) reason() string { return ErrUnreachable.Error() + ": " + e.what }

// Unwrap returns ErrUnreachable, and the cause if there is one.
func (e *unreachableError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrUnreachable}
	}
	return []error{ErrUnreachable, e.cause}
}

// UnknownOutcome is the error of a change that may or may not have been recorded. It tells how to
// ask again.
type UnknownOutcome struct {
	key   string
	cause error
}

// Error names the key.
func (e *UnknownOutcome) Error() string {
	return fmt.Sprintf("the outcome is unknown: it may have been recorded (%s). Run the same command again with "+
		"--idempotency-key %s: it is done once, however often you ask", e.Reason(), e.key)
}

// Unwrap returns survey.ErrUnknownOutcome.
func (e *UnknownOutcome) Unwrap() error { return survey.ErrUnknownOutcome }

// Reason says why the outcome is unknown. It leaves out the node's advice on what to do next,
// because the node does not know of the earlier attempts.
func (e *UnknownOutcome) Reason() string {
	var (
		away    *unreachableError
		problem *api.ProblemError
	)
	switch {
	case errors.As(e.cause, &away):
		return away.reason()
	case errors.Is(e.cause, survey.ErrUnknownOutcome):
		return "The answer did not come in time"
	case errors.As(e.cause, &problem):
		return problem.Problem.Title
	}
	return e.cause.Error()
}

// FileFault returns the error of wrong input in a person's file. It says that nothing was recorded.
func FileFault(err error) error { return &badFile{cause: err} }

type badFile struct{ cause error }

// Error names the fault and the next step.
func (e *badFile) Error() string {
	return fmt.Sprintf("%v. Nothing was recorded: correct the file and run it again", e.cause)
}

// Unwrap returns survey.ErrInvalid and the cause.
func (e *badFile) Unwrap() []error { return []error{survey.ErrInvalid, e.cause} }
