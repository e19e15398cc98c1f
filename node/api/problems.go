package api

import (
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
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
	{code: codeDiskFailed, status: http.StatusInsufficientStorage, title: "Disk failed", is: boltfile.ErrFailed,
		happened: "This node stopped writing after its disk failed", next: nothing + "Check the disk, then start the node again."},
	{code: codeClosing, status: http.StatusServiceUnavailable, title: "Shutting down", is: boltfile.ErrClosed, retry: 5 * time.Second,
		happened: "The node is shutting down", next: nothing + "Ask again when it is back."},
	{code: codeOutOfService, status: http.StatusServiceUnavailable, title: "This node is out of service", is: survey.ErrOutOfService,
		happened: "This node's copy of the registry differs from the other regions'", next: nothing + "Ask another region's node; an operator makes this one anew with tracker rejoin."},
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
	{code: string(survey.RefusedAnswerChanged), status: http.StatusConflict, title: "The answers have changed", refusal: true,
		happened: "The answers have changed since the version that these were made from", next: nothing + "Read them again, then decide."},
	{code: string(survey.RefusedNotAllowed), status: http.StatusForbidden, title: "Not allowed by the company", refusal: true,
		happened: "The company has not allowed your AHSN to see its answers", next: nothing + "Ask the company. If it agrees, the other AHSN notes that; then ask again."},
	{code: string(survey.RefusedSuspended), status: http.StatusForbidden, title: "Region suspended", refusal: true,
		happened: "Your region is suspended", next: nothing + "Ask the other AHSNs to resume it."},

	{code: string(survey.RefusedInviteUnknown), status: http.StatusNotFound, title: "Unknown invitation", refusal: true,
		happened: "This invitation is not known", next: nothing + "Ask the sponsor for a new one."},
	{code: string(survey.RefusedInviteExpired), status: http.StatusConflict, title: "Invitation expired", refusal: true,
		happened: "This invitation has expired", next: nothing + "Ask the sponsor for a new one."},
	{code: string(survey.RefusedInviteUsed), status: http.StatusConflict, title: "Invitation used", refusal: true,
		happened: "This invitation was used by another node", next: nothing + "If that was not your node, tell the sponsor at once; then ask for a new one."},
	{code: string(survey.RefusedInviteRegion), status: http.StatusConflict, title: "Another region's invitation", refusal: true,
		happened: "This invitation is for another region", next: nothing + "Ask the sponsor for one for your region."},
	{code: string(survey.RefusedRegionPresent), status: http.StatusConflict, title: "Already in the federation", refusal: true,
		happened: "The region is in the federation already", next: nothing + "See /federation."},
	{code: string(survey.RefusedKeyPresent), status: http.StatusConflict, title: "Key in use", refusal: true,
		happened: "Another node has this key", next: nothing + "Make a new key on each machine; never copy one."},
	{code: string(survey.RefusedKeyRemoved), status: http.StatusConflict, title: "Key taken out", refusal: true,
		happened: "This key was taken out of the roster for good", next: nothing + "Make a new node directory with a new key."},
	{code: string(survey.RefusedSignature), status: http.StatusUnprocessableEntity, title: "Not proven", refusal: true,
		happened: "The signature does not prove the key", next: nothing + "Make the key card again for this federation and region."},
	{code: string(survey.RefusedStale), status: http.StatusConflict, title: "Stale", refusal: true,
		happened: "The federation has moved on since", next: nothing + "Look at /federation, then decide again."},
	{code: string(survey.RefusedUnknown), status: http.StatusNotFound, title: "Unknown proposal", refusal: true,
		happened: "No proposal has this number", next: nothing + "See /federation/proposals."},
	{code: string(survey.RefusedLapsed), status: http.StatusConflict, title: "Proposal lapsed", refusal: true,
		happened: "The proposal has lapsed", next: nothing + "Propose it again."},
	{code: string(survey.RefusedSecondRegion), status: http.StatusConflict, title: "A second region is needed", refusal: true,
		happened: "This needs the consent of a second region", next: nothing + "Ask another region to endorse it."},
	{code: string(survey.RefusedLastVoter), status: http.StatusConflict, title: "Last voter", refusal: true,
		happened: "Nobody could decide anything any more", next: nothing + "Let another region become a voter first."},
	{code: string(survey.RefusedStanding), status: http.StatusConflict, title: "Not in this state", refusal: true,
		happened: "The state of the region or of the campaign does not allow this", next: nothing + "See /federation, or read the campaign."},
	{code: string(survey.RefusedOtherSponsor), status: http.StatusConflict, title: "Another sponsor", refusal: true,
		happened: "Another region records for this one", next: nothing + "Ask that region."},
	{code: string(survey.RefusedTooMany), status: http.StatusConflict, title: "Too many", refusal: true,
		happened: "There are too many of these already", next: nothing + "See /federation, and let old ones lapse."},
	{code: string(survey.RefusedClockSkew), status: http.StatusConflict, title: "Clocks differ", refusal: true,
		happened: "The clocks of the two nodes differ by more than 30 seconds", next: nothing + "Set the clock, then ask again."},
	{code: string(survey.RefusedObserver), status: http.StatusForbidden, title: "An observer follows", refusal: true,
		happened: "Your region is an observer", next: nothing + "Ask a region that votes to take this step."},
	{code: codeRegionsOld, status: http.StatusConflict, title: "Other regions need a newer version", refusal: true,
		happened: "Some regions' nodes do not know this step yet", next: nothing + "Ask them to upgrade, then ask again."},

	{code: string(survey.RefusedCampaignNotClosed), status: http.StatusConflict, title: "Campaign not closed", refusal: true,
		happened: "Figures become final after the campaign's close", next: nothing + "Close the campaign first."},
	{code: string(survey.RefusedUnknownRevision), status: http.StatusNotFound, title: "Unknown revision", refusal: true,
		happened: "The campaign has no such revision", next: nothing + "See /certification."},
	{code: string(survey.RefusedNotReporting), status: http.StatusConflict, title: "No part in the revision", refusal: true,
		happened: "The region has no part in the revision", next: nothing + "See /certification for the regions that have."},
	{code: string(survey.RefusedNotSettled), status: http.StatusConflict, title: "Sign-offs are missing", refusal: true,
		happened: "Not every region has signed off", next: nothing + "Each signs off, or two other regions let its last figures stand or go on without it."},
	{code: string(survey.RefusedAlreadyCertified), status: http.StatusConflict, title: "Already certified", refusal: true,
		happened: "The revision is certified: certified figures never move", next: nothing + "What came later is for another revision."},
	{code: string(survey.RefusedNotCertified), status: http.StatusConflict, title: "Not certified yet", refusal: true,
		happened: "The revision before is not certified yet", next: nothing + "Certify it first: see /certification."},
	{code: string(survey.RefusedUnknownInnovation), status: http.StatusNotFound, title: "Unknown innovation", refusal: true,
		happened: "No innovation has this id", next: nothing + "Register it first."},
	{code: string(survey.RefusedInnovationExists), status: http.StatusConflict, title: "Another organisation's innovation", refusal: true,
		happened: "This id is an innovation of another organisation", next: nothing + "Look it up by its id."},

	{code: string(survey.RefusedNotFinal), status: http.StatusConflict, title: "Not final yet", refusal: true, retry: 2 * time.Second,
		happened: "This node's records have not followed the registry to the campaign's close", next: nothing + "Ask again a moment later."},
	{code: string(survey.RefusedNoTable), status: http.StatusConflict, title: "No national table", refusal: true,
		happened: "No national table that this node could answer for follows from the registry", next: nothing + "See /certification for what is missing or differs."},
	{code: string(survey.RefusedNotComparable), status: http.StatusConflict, title: "Not comparable", refusal: true,
		happened: "The two cycles define their figures differently", next: "Compare cycles of the same definitions."},
	{code: string(survey.RefusedExposed), status: http.StatusConflict, title: "Cannot be protected", refusal: true,
		happened: "No way of hiding cells protects every company in this table", next: "Take another breakdown."},
	{code: string(survey.RefusedRegionAway), status: http.StatusServiceUnavailable, title: "The other region's node is away", refusal: true, retry: time.Minute,
		happened: "The other region's node cannot be reached", next: nothing + "Ask again when it is back: asking twice does no harm."},

	{code: string(survey.RefusedStaleVersion), status: http.StatusConflict, title: "The record has changed", refusal: true,
		happened: "The record has changed since it was read", next: nothing + "Read it again, and make the change on what it says now."},
	{code: string(survey.RefusedChangedSince), status: http.StatusConflict, title: "Changed since the import", refusal: true,
		happened: "Something of the import was changed since", next: nothing + "Take that change back first, or correct the records one by one."},
	{code: string(survey.RefusedTooLate), status: http.StatusConflict, title: "Too late to take it back", refusal: true,
		happened: "An import can be taken back for a day", next: nothing + "Correct the records one by one."},

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
	{code: codeNotForm, status: http.StatusUnsupportedMediaType, title: "Not a form",
		happened: "The body is not multipart/form-data", next: nothing + "Send the list as the part \"file\" of a form."},
	{code: codeSlowBody, status: http.StatusRequestTimeout, title: "Body too slow",
		happened: "The body did not arrive in time", next: nothing + "Ask again over a better connection, or split the list."},
	{code: codeTooMany, status: http.StatusTooManyRequests, title: "Too many failed attempts", retry: time.Second,
		happened: "Too many requests from your address had no valid token", next: nothing + "Correct the token, then ask again."},
	{code: codeTooManyStreams, status: http.StatusTooManyRequests, title: "Too many streams", retry: 10 * time.Second,
		happened: "Too many pages and programs follow this node's changes", next: "Ask again later, or read the lists instead."},
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
