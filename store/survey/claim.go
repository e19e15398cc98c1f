package survey

import "time"

// ClaimState is where one company stands in one campaign.
type ClaimState string

const (
	Claimed      ClaimState = "claimed"
	Contacted    ClaimState = "contacted"
	Responded    ClaimState = "responded" // a complete answer; final but for an audited reopen
	Declined     ClaimState = "declined"
	Unreachable  ClaimState = "unreachable"
	Ineligible   ClaimState = "ineligible"
	Released     ClaimState = "released"     // free again
	Transferring ClaimState = "transferring" // offered to OfferedTo
)

// ClaimAction is one step in a claim's life. Every action but ActionClaim
// needs the claim's current fencing token.
type ClaimAction string

const (
	ActionContact     ClaimAction = "contact"
	ActionRespond     ClaimAction = "respond"
	ActionDecline     ClaimAction = "decline"
	ActionUnreachable ClaimAction = "unreachable"
	ActionIneligible  ClaimAction = "ineligible"
	ActionRelease     ClaimAction = "release"
	ActionReopen      ClaimAction = "reopen"
	ActionOffer       ClaimAction = "offer"    // holder, to OfferTo
	ActionAccept      ClaimAction = "accept"   // the region it was offered to
	ActionRefuse      ClaimAction = "refuse"   // the region it was offered to
	ActionWithdraw    ClaimAction = "withdraw" // holder takes the offer back
	ActionRequest     ClaimAction = "request"  // any other region asks the holder
)

// ReasonCode is a coded reason: the registry carries no wording. The wording
// stays in the acting node's audit log.
type ReasonCode string

const (
	ReasonNoTime       ReasonCode = "no-time"
	ReasonNotRelevant  ReasonCode = "not-relevant"
	ReasonConfidential ReasonCode = "confidential"
	ReasonDoNotSurvey  ReasonCode = "do-not-survey" // carries into later campaigns until lifted
	ReasonNoContact    ReasonCode = "no-contact"
	ReasonWrongContact ReasonCode = "wrong-contact"
	ReasonDissolved    ReasonCode = "dissolved"
	ReasonNotSupported ReasonCode = "not-supported" // "none" at q02
	ReasonOtherRegion  ReasonCode = "other-region"  // another AHSN knows the company better
	ReasonMistake      ReasonCode = "mistake"
	ReasonOther        ReasonCode = "other"
)

// ReasonCodes returns every coded reason in the order in which forms list
// them.
func ReasonCodes() []ReasonCode {
	return []ReasonCode{ReasonNoTime, ReasonNotRelevant, ReasonConfidential, ReasonDoNotSurvey, ReasonNoContact,
		ReasonWrongContact, ReasonDissolved, ReasonNotSupported, ReasonOtherRegion, ReasonMistake, ReasonOther}
}

// Claim says which region surveys one organisation in one campaign. Region is
// empty when the claim was released. Token is the fencing token: the
// registry's number of the row that last changed the claim; it only grows.
type Claim struct {
	Organisation Identifier `json:"organisation" cbor:"1,keyasint"`
	Cycle        Cycle      `json:"cycle" cbor:"2,keyasint"`
	Region       Region     `json:"region" cbor:"3,keyasint,omitempty"`
	State        ClaimState `json:"state" cbor:"4,keyasint"`
	Reason       ReasonCode `json:"reason,omitempty" cbor:"5,keyasint,omitempty"`
	Token        uint64     `json:"token" cbor:"6,keyasint"`
	ClaimedAt    time.Time  `json:"claimed_at,omitzero" cbor:"7,keyasint,omitempty"`
	ChangedAt    time.Time  `json:"changed_at" cbor:"8,keyasint"`
	OfferedTo    Region     `json:"offered_to,omitempty" cbor:"9,keyasint,omitempty"`
	RequestedBy  []Region   `json:"requested_by,omitempty" cbor:"10,keyasint,omitempty"`
	// Resume is the state an unanswered offer returns to.
	Resume ClaimState `json:"-" cbor:"11,keyasint,omitempty"`
	// Before are the regions that held the claim earlier in this campaign:
	// they may know the company's answers.
	Before []Region `json:"-" cbor:"12,keyasint,omitempty"`
	// Idle says that it was not contacted for 28 days of the registry's clock.
	// It is worked out when the claim is read.
	Idle bool `json:"idle,omitempty" cbor:"-"`
	// LapsesAt is when it is free again if nothing happens until then; zero: never.
	// It is worked out when the claim is read.
	LapsesAt time.Time `json:"lapses_at,omitzero" cbor:"-"`
}

// Free reports whether another region may claim the company now.
func (c Claim) Free() bool { return c.Region == "" || c.State == Released }

// Counts reports whether the holder's answer counts in the totals.
func (c Claim) Counts() bool { return !c.Free() }

// ClaimChange asks for one action on one claim.
type ClaimChange struct {
	Organisation Identifier  `json:"organisation" cbor:"1,keyasint"`
	Action       ClaimAction `json:"action" cbor:"2,keyasint"`
	Token        uint64      `json:"token" cbor:"3,keyasint,omitempty"`
	Reason       ReasonCode  `json:"reason,omitempty" cbor:"4,keyasint,omitempty"`
	OfferTo      Region      `json:"to,omitempty" cbor:"5,keyasint,omitempty"`
}

// ClaimFilter selects claims; empty fields select all.
type ClaimFilter struct {
	Cycle  Cycle
	Region Region
	State  ClaimState
	Idle   bool // only those not contacted for 28 days
}
