package link

import (
	"errors"
	"fmt"
)

var (
	// ErrNotInRoster: the region is not in the roster, or was removed.
	ErrNotInRoster = errors.New("not in the roster")
	// ErrRefused: the other node answered, and does not want this connection:
	// another federation, an unknown key, a protocol that it does not speak,
	// too many connections. Its log says which.
	ErrRefused = errors.New("connection refused by the other node")
	// ErrWrongKey: who answers at the member's address does not have the
	// ErrWrongKey: the node at the member's address does not have the
	ErrWrongKey = errors.New("another key than the roster's")
	// ErrListening: the protocol has a listener already.
	ErrListening = errors.New("protocol has a listener already")

	// ErrUnreachable: the call was not sent. Nothing can have happened there.
	ErrUnreachable = errors.New("unreachable")
	// ErrInterrupted: the call was sent, at least in part, and no answer came.
	// It may have been carried out or not.
	ErrInterrupted = errors.New("interrupted")
)

// Codes of CallError that the package itself gives.
const (
	CodeInternal         = "internal"           // the handler met an error that it did not expect
	CodeNoHandler        = "no-handler"         // the path is not known there
	CodeRequestTooLarge  = "request-too-large"  // over 4 MiB; nothing was done
	CodeResponseTooLarge = "response-too-large" // over 4 MiB; the handler has run
	CodeBadRequest       = "bad-request"        // not a call
)

// CallError is returned by a handler to refuse a call, and then by Client.Call at the other side.
// Message is sent: it must not hold anything of a region's own records.
type CallError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error returns code and message.
func (e *CallError) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// Definite reports whether a call that returned err certainly had no effect: it was not sent, or
// the handler refused it by a CallError of its own. After any other error the outcome is unknown,
// also after CodeInternal, where the handler may have failed half-way.
func Definite(err error) bool {
	if errors.Is(err, ErrUnreachable) {
		return true
	}
	var refusal *CallError
	if !errors.As(err, &refusal) {
		return false
	}

	return refusal.Code != CodeInternal && refusal.Code != CodeResponseTooLarge
}
