package api

import (
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Codes that are not refusals of the registry.
const (
	codeInvalid        = "invalid"
	codeNotFound       = "not-found"
	codeNoQuorum       = "no-quorum"
	codeUnknownOutcome = "unknown-outcome"
	codeForbidden      = "forbidden"
	codeStorageFull    = "storage-full"
	codeCoverage       = "coverage-not-met"
	codeBadRequest     = "bad-request"
	codeBadCursor      = "bad-cursor"
	codeUnauthorised   = "unauthorised"
	codeNoRoute        = "no-such-path"
	codeMethod         = "method-not-allowed"
	codeTooLarge       = "too-large"
	codeURITooLong     = "uri-too-long"
	codeHeaders        = "headers-too-large"
	codeMediaType      = "unsupported-media-type"
	codeSlowBody       = "slow-body"
	codeTooMany        = "too-many-attempts"
	codeTimeout        = "timeout"
	codeInternal       = "internal"
	codeNeedsUpgrade   = "needs-upgrade"
	codeClosing        = "closing"
	codeDiskFailed     = "disk-failed"
)

// problemRow ties a code to its status, its words and the error it stands for.
type problemRow struct {
	code     string
	status   int
	title    string
	is       error // the sentinel, nil for refusals and for HTTP's own
	refusal  bool  // the code is a survey.RefusalCode
	happened string
	next     string // whether anything was recorded, and what to do
	retry    time.Duration
}

const nothing = "Nothing was recorded. "

// problems is the one table of errors: read from top to bottom, the first
// sentinel that matches wins.
var problems = []problemRow{
	{code: codeUnknownOutcome, status: http.StatusGatewayTimeout, title: "Outcome unknown", is: survey.ErrUnknownOutcome,
		happened: "The answer did not come in time", next: "It may have been recorded: ask again with the same Idempotency-Key at this node."},
	{code: codeNoQuorum, status: http.StatusServiceUnavailable, title: "Too few AHSNs can be reached", is: survey.ErrNoQuorum, retry: 5 * time.Second,
		happened: "Too few AHSNs can be reached for a decision that binds all of them", next: nothing + "Ask again later; answers can be recorded meanwhile."},
	{code: codeStorageFull, status: http.StatusInsufficientStorage, title: "Storage full", is: survey.ErrStorageFull,
		happened: "This node's disk is too full to write safely", next: nothing + "Free some space on the node, then ask again."},
	{code: codeDiskFailed, status: http.StatusInsufficientStorage, title: "Disk failed", is: store.ErrFailed,
		happened: "This node stopped writing after its disk failed", next: nothing + "Check the disk, then start the node again."},
	{code: codeClosing, status: http.StatusServiceUnavailable, title: "Shutting down", is: store.ErrClosed, retry: 5 * time.Second,
		happened: "The node is shutting down", next: nothing + "Ask again when it is back."},
	{code: codeForbidden, status: http.StatusForbidden, title: "Not allowed", is: survey.ErrForbidden,
		happened: "Your role does not allow this", next: nothing + "Ask an administrator of your AHSN."},
	{code: codeNotFound, status: http.StatusNotFound, title: "Not found", is: survey.ErrNotFound,
		happened: "There is no such thing here", next: nothing + "Check the identifier and the cycle."},
	{code: codeInvalid, status: http.StatusUnprocessableEntity, title: "Invalid input", is: survey.ErrInvalid,
		happened: "Something in the request is wrong", next: nothing + "Correct the fields that are named, then ask again."},

	{code: string(survey.RefusedAlreadyClaimed), status: http.StatusConflict, title: "Already claimed", refusal: true,
		happened: "Another AHSN holds this company", next: nothing + "Ask the holder (request), or choose another company."},
	{code: string(survey.RefusedStaleToken), status: http.StatusConflict, title: "The claim has changed", refusal: true,
		happened: "The claim has changed since its token was read", next: nothing + "Read the claim again and decide with its current token."},
	{code: string(survey.RefusedNotHolder), status: http.StatusConflict, title: "Not the holder", refusal: true,
		happened: "Your AHSN does not hold this company", next: nothing + "Ask the holder (request)."},
	{code: string(survey.RefusedNotClaimed), status: http.StatusConflict, title: "Not claimed", refusal: true,
		happened: "Nobody holds this company", next: nothing + "Claim it first."},
	{code: string(survey.RefusedInvalidTransition), status: http.StatusConflict, title: "Not possible in this state", refusal: true,
		happened: "The claim's state does not allow this step", next: nothing + "Read the claim to see its state."},
	{code: string(survey.RefusedCampaignExists), status: http.StatusConflict, title: "Campaign exists", refusal: true,
		happened: "This cycle has a campaign with other settings", next: nothing + "Read the campaign to see them."},
	{code: string(survey.RefusedCampaignNotOpen), status: http.StatusConflict, title: "Campaign not open", refusal: true,
		happened: "The campaign is not open", next: nothing + "Read the campaign to see its dates."},
	{code: string(survey.RefusedPossibleDuplicates), status: http.StatusConflict, title: "Possible duplicates", refusal: true,
		happened: "The organisation may be registered already", next: nothing + "Use one of candidates, or ask again with all of them in confirm_not."},
	{code: string(survey.RefusedIdentifierConflict), status: http.StatusConflict, title: "Identifiers of different organisations", refusal: true,
		happened: "The identifiers belong to different organisations", next: nothing + "Look each of them up and send those of one organisation."},
	{code: string(survey.RefusedDoNotSurvey), status: http.StatusConflict, title: "Does not want to be surveyed", refusal: true,
		happened: "The company asked not to be surveyed", next: nothing + "Leave it out."},
	{code: string(survey.RefusedRequestReused), status: http.StatusUnprocessableEntity, title: "Idempotency-Key reused", refusal: true,
		happened: "This Idempotency-Key was used for another request", next: nothing + "Take a new key for a new request."},
	{code: string(survey.RefusedDuplicateInList), status: http.StatusUnprocessableEntity, title: "Twice in the list", refusal: true,
		happened: "The list names this organisation twice", next: "The first mention counts. Send each organisation once."},
	{code: string(survey.RefusedUnknownOrganisation), status: http.StatusNotFound, title: "Unknown organisation", refusal: true,
		happened: "The registry does not know this organisation", next: nothing + "Search for it, or add it first."},
	{code: string(survey.RefusedUnknownCampaign), status: http.StatusNotFound, title: "Unknown campaign", refusal: true,
		happened: "There is no campaign for this cycle", next: nothing + "List the campaigns, or open this one first."},
	{code: string(survey.RefusedUnknownRegion), status: http.StatusUnprocessableEntity, title: "Unknown region", refusal: true,
		happened: "This region is not in the federation", next: nothing + "Take a region code from /federation."},
	{code: string(survey.RefusedSuspended), status: http.StatusForbidden, title: "Region suspended", refusal: true,
		happened: "Your region is suspended", next: nothing + "Ask the other AHSNs to resume it."},

	{code: codeCoverage, status: http.StatusConflict, title: "Coverage not met",
		happened: "Fewer regions are in the totals than you require", next: "partial holds what there is. Ask again later, or with a smaller require."},
	{code: codeBadRequest, status: http.StatusBadRequest, title: "Malformed request",
		happened: "The request cannot be read", next: nothing + "Correct it, then ask again."},
	{code: codeBadCursor, status: http.StatusBadRequest, title: "Not a cursor of this list",
		happened: "The cursor is not one that this list gave", next: nothing + "Take next from the last page, with the same filters, or start without a cursor."},
	{code: codeUnauthorised, status: http.StatusUnauthorized, title: "Who are you?",
		happened: "The request has no valid token", next: nothing + "Send the header Authorization: Bearer TOKEN. An administrator of your AHSN issues tokens."},
	{code: codeNoRoute, status: http.StatusNotFound, title: "No such path",
		happened: "The API has no such path", next: nothing + "See /api/v1/docs."},
	{code: codeMethod, status: http.StatusMethodNotAllowed, title: "Method not allowed",
		happened: "The path does not take this method", next: nothing + "The Allow header names those it takes; see /api/v1/docs."},
	{code: codeTooLarge, status: http.StatusRequestEntityTooLarge, title: "Body too large",
		happened: "The body is too large", next: nothing + "Split the list into smaller ones."},
	{code: codeURITooLong, status: http.StatusRequestURITooLong, title: "Address too long",
		happened: "The path or the query is too long", next: nothing + "Shorten it."},
	{code: codeHeaders, status: http.StatusRequestHeaderFieldsTooLarge, title: "Headers too large",
		happened: "The headers are too large", next: nothing + "Send fewer or shorter ones."},
	{code: codeMediaType, status: http.StatusUnsupportedMediaType, title: "Not JSON",
		happened: "The body is not application/json", next: nothing + "Send JSON with Content-Type: application/json, not compressed."},
	{code: codeSlowBody, status: http.StatusRequestTimeout, title: "Body too slow",
		happened: "The body did not arrive in time", next: nothing + "Ask again over a better connection, or split the list."},
	{code: codeTooMany, status: http.StatusTooManyRequests, title: "Too many failed attempts", retry: time.Second,
		happened: "Too many requests from your address had no valid token", next: nothing + "Correct the token, then ask again."},
	{code: codeTimeout, status: http.StatusGatewayTimeout, title: "Too slow", retry: time.Second,
		happened: "The answer did not come in time", next: "Nothing was changed. Ask again, or with consistency=local."},
	{code: codeNeedsUpgrade, status: http.StatusServiceUnavailable, title: "Needs a newer version",
		happened: "The registry holds a decision that this node's version does not know", next: nothing + "Upgrade the node; reads with consistency=local go on."},
	{code: codeInternal, status: http.StatusInternalServerError, title: "Internal error",
		happened: "Something went wrong inside the node; its log says what", next: "It may have been recorded: ask again with the same Idempotency-Key."},
}

// byCode finds a row of problems.
var byCode = func() map[string]problemRow {
	rows := make(map[string]problemRow, len(problems))
	for _, row := range problems {
		rows[row.code] = row
	}
	return rows
}()

// rowOf returns the code's row. A refusal that this table does not know yet is
// still a definite no.
func rowOf(code string) problemRow {
	if row, ok := byCode[code]; ok {
		return row
	}
	return problemRow{code: code, status: http.StatusConflict, title: "Refused", refusal: true, happened: "The registry refused this", next: nothing + "See code for the reason."}
}
