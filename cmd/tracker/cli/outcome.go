package cli

import (
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// unreachableError is a failure of the connection; it wraps ErrUnreachable.
type unreachableError struct {
	cause error  // nil if the words have it
	what  string // which node, and what it did
	next  string // whether anything was recorded, and what to do; may be empty
}

// Error says all of it.
func (e *unreachableError) Error() string { return e.reason() + e.next }

// reason leaves out what to do next.
func (e *unreachableError) reason() string { return ErrUnreachable.Error() + ": " + e.what }

// Unwrap returns ErrUnreachable, with the cause if there is one.
func (e *unreachableError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrUnreachable}
	}
	return []error{ErrUnreachable, e.cause}
}

// UnknownOutcome tells how to ask again.
type UnknownOutcome struct {
	key   string
	cause error
}

// Error names the key.
func (e *UnknownOutcome) Error() string {
	return fmt.Sprintf("the outcome is unknown: it may have been recorded (%s). Run the same command again with --idempotency-key %s: it is done once, however often you ask",
		e.Reason(), e.key)
}

// Unwrap returns survey.ErrUnknownOutcome.
func (e *UnknownOutcome) Unwrap() error { return survey.ErrUnknownOutcome }

// Reason says why the outcome is unknown. What the node's problem says to do
// next is left out: it does not know of the attempts before.
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
