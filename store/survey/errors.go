package survey

import (
	"errors"
	"fmt"
	"time"
)

// Sentinels that every surface maps to its own words: HTTP statuses in
// node/api, exit codes in cmd/tracker. Test with errors.Is.
var (
	// ErrInvalid: the input is wrong. Nothing was recorded.
	ErrInvalid = errors.New("invalid")
	// ErrNotFound: no such thing, here and now.
	ErrNotFound = errors.New("not found")
	// ErrNoQuorum: too few regions can be reached to bind the nation.
	// Nothing was recorded; ask again later.
	ErrNoQuorum = errors.New("no quorum")
	// ErrUnknownOutcome: the answer did not come in time. It may have been
	// recorded: ask again with the same request id at the same node.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrForbidden: the caller may not do this. Nothing was recorded.
	ErrForbidden = errors.New("forbidden")
	// ErrStorageFull: this node's disk is too full to write safely.
	ErrStorageFull = errors.New("storage full")
)

// RefusalCode says why the registry, or a region's own records, refused a
// change. It is a definite no: not carried out, now or later. A code is also a
// sentinel: errors.Is(err, RefusedNoTable) finds a refusal with that code.
type RefusalCode string

// Error implements error.
func (c RefusalCode) Error() string { return string(c) }

const (
	RefusedAlreadyClaimed      RefusalCode = "already-claimed"
	RefusedStaleToken          RefusalCode = "stale-token"
	RefusedNotHolder           RefusalCode = "not-holder"
	RefusedNotClaimed          RefusalCode = "not-claimed"
	RefusedInvalidTransition   RefusalCode = "invalid-transition"
	RefusedUnknownOrganisation RefusalCode = "unknown-organisation"
	RefusedUnknownCampaign     RefusalCode = "unknown-campaign"
	RefusedUnknownRegion       RefusalCode = "unknown-region"
	RefusedCampaignExists      RefusalCode = "campaign-exists"
	RefusedCampaignNotOpen     RefusalCode = "campaign-not-open"
	RefusedPossibleDuplicates  RefusalCode = "possible-duplicates"
	RefusedIdentifierConflict  RefusalCode = "identifier-conflict"
	RefusedRequestReused       RefusalCode = "request-reused"
	RefusedDuplicateInList     RefusalCode = "duplicate-in-list"
	RefusedInvalid             RefusalCode = "invalid"
	RefusedSuspended           RefusalCode = "region-suspended"
	RefusedDoNotSurvey         RefusalCode = "do-not-survey"
	RefusedAnswerChanged       RefusalCode = "answer-changed" // since the version that the newer one was made from
	RefusedNotAllowed          RefusalCode = "not-allowed"    // by the company that the answers are of
)

// Refusal is a definite no with its reason. Holder and Since are set when
// another region holds the company; Candidates when the organisation may
// already be known under another identifier.
type Refusal struct {
	Code       RefusalCode  `json:"code" cbor:"1,keyasint"`
	Detail     string       `json:"detail,omitempty" cbor:"2,keyasint,omitempty"`
	Holder     Region       `json:"holder,omitempty" cbor:"3,keyasint,omitempty"`
	Since      time.Time    `json:"since,omitzero" cbor:"4,keyasint,omitempty"`
	Candidates []Identifier `json:"candidates,omitempty" cbor:"5,keyasint,omitempty"`
	// Duplicates are the candidates with the reason for each.
	Duplicates []PossibleDuplicate `json:"duplicates,omitempty" cbor:"6,keyasint,omitempty"`
}

// Is reports whether target is the refusal's code.
func (r *Refusal) Is(target error) bool { return target == r.Code }

// Error implements error in words a person can act on.
func (r *Refusal) Error() string {
	switch {
	case r.Holder != "" && !r.Since.IsZero():
		since := r.Since.UTC().Format("2 January 2006 15:04 MST")
		return fmt.Sprintf("%s: held by %s since %s", r.Code, r.Holder, since)
	case r.Detail != "":
		return fmt.Sprintf("%s: %s", r.Code, r.Detail)
	}
	return string(r.Code)
}
