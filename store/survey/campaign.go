package survey

import "time"

// CampaignState is where a campaign stands.
type CampaignState string

const (
	CampaignPlanned   CampaignState = "planned" // proposed; waits for a second region's consent
	CampaignOpen      CampaignState = "open"
	CampaignClosed    CampaignState = "closed"
	CampaignCertified CampaignState = "certified"
)

// Campaign is one yearly survey of one cycle. Opens and Closes are dates in
// Europe/London (YYYY-MM-DD); nothing is decided by a node's clock.
type Campaign struct {
	Cycle         Cycle         `json:"cycle" cbor:"1,keyasint"`
	Questionnaire string        `json:"questionnaire" cbor:"2,keyasint"`
	Definitions   string        `json:"definitions" cbor:"3,keyasint"`
	Policy        string        `json:"policy" cbor:"4,keyasint"`
	Opens         string        `json:"opens,omitempty" cbor:"5,keyasint,omitempty"`
	Closes        string        `json:"closes,omitempty" cbor:"6,keyasint,omitempty"`
	State         CampaignState `json:"state" cbor:"7,keyasint"`
	OpenedBy      Region        `json:"opened_by,omitempty" cbor:"8,keyasint,omitempty"`
	OpenedAt      time.Time     `json:"opened_at,omitzero" cbor:"9,keyasint,omitempty"`
	Version       uint64        `json:"version" cbor:"10,keyasint"`
	ClosedBy      Region        `json:"closed_by,omitempty" cbor:"11,keyasint,omitempty"`
	ClosedAt      time.Time     `json:"closed_at,omitzero" cbor:"12,keyasint,omitempty"`
	// FrozenAt is the time at which the eligible set was frozen, and Frozen the registry's number
	// of that step: companies added after it are late.
	FrozenAt time.Time `json:"eligible_frozen_at,omitzero" cbor:"13,keyasint,omitempty"`
	Frozen   uint64    `json:"-" cbor:"14,keyasint,omitempty"`
	// LapseDays is the number of days after which a claim lapses if nothing happens to it; 0:
	// never. Earlier events count from LapseSince, the time of that agreement in milliseconds of
	// the registry's clock.
	LapseDays  int   `json:"lapse_days,omitempty" cbor:"15,keyasint,omitempty"`
	LapseSince int64 `json:"-" cbor:"16,keyasint,omitempty"`
}

// CampaignTerms are the terms that the regions agree on when they open a campaign.
type CampaignTerms struct {
	Questionnaire string `json:"questionnaire" cbor:"1,keyasint"`
	Definitions   string `json:"definitions" cbor:"2,keyasint"`
	Policy        string `json:"policy" cbor:"3,keyasint"`
	Opens         string `json:"opens,omitempty" cbor:"4,keyasint,omitempty"`
	Closes        string `json:"closes,omitempty" cbor:"5,keyasint,omitempty"`
}

// Terms returns the agreed terms.
func (c Campaign) Terms() CampaignTerms {
	return CampaignTerms{Questionnaire: c.Questionnaire, Definitions: c.Definitions, Policy: c.Policy,
		Opens: c.Opens, Closes: c.Closes}
}

// CampaignCounts are the registry's own counts of one campaign: right even
// when regions are down, because every node has them. Organisations are
// counted once however many regions supported them, so Supported is at most
// the sum over ByRegion.
type CampaignCounts struct {
	Cycle       Cycle                   `json:"cycle" cbor:"1,keyasint"`
	Supported   int                     `json:"companies_supported" cbor:"2,keyasint"`
	Eligible    int                     `json:"eligible" cbor:"3,keyasint"`
	Claimed     int                     `json:"claimed" cbor:"4,keyasint"` // every claim now held, whatever its state
	Contacted   int                     `json:"contacted" cbor:"5,keyasint"`
	Responded   int                     `json:"responded" cbor:"6,keyasint"`
	Declined    int                     `json:"declined" cbor:"7,keyasint"`
	Unreachable int                     `json:"unreachable" cbor:"8,keyasint"`
	Ineligible  int                     `json:"ineligible" cbor:"9,keyasint"`
	ByRegion    map[Region]RegionCounts `json:"by_region" cbor:"10,keyasint"`
}

// RegionCounts are one region's part of CampaignCounts.
type RegionCounts struct {
	Supported int `json:"companies_supported" cbor:"1,keyasint"`
	Claimed   int `json:"claimed" cbor:"2,keyasint"`
	Responded int `json:"responded" cbor:"3,keyasint"`
	Declined  int `json:"declined" cbor:"4,keyasint"`
}

// Consistency is how fresh a registry read must be.
//
//	local         this node's replica, whatever its age; works alone
//	max_age=5s    the replica, if the leader confirmed it within that time
//	linearizable  includes every change acknowledged anywhere before the read
type Consistency struct {
	Linearizable bool
	MaxAge       time.Duration // 0 means any age
}

// Freshness describes the state behind a registry read. Index is the registry's own number of the
// last change applied here. Age is the time since the leader was last heard, -1 when unknown.
type Freshness struct {
	Index uint64        `json:"index"`
	Age   time.Duration `json:"-"`
}

// Request identifies one command for retries: the same id at the same node
// returns the first outcome. ID is any text of 1 to 64 printable characters;
// Actor the opaque number of the person or program at this node. For is empty,
// or a licensed region without a node of its own that this one records for.
type Request struct {
	ID    string
	Actor uint64
	For   Region
	// Seen is the version of the company's answers that newer ones were made
	// from, 0 if there were none; nil if that is not known. It stays at the node.
	Seen *uint64
}

// OutcomeStatus is the result of one item of a command.
type OutcomeStatus string

const (
	OutcomeCreated   OutcomeStatus = "created"
	OutcomeExists    OutcomeStatus = "exists"    // was so already; nothing changed
	OutcomeUpdated   OutcomeStatus = "updated"   // existed, and the command added to it
	OutcomeGranted   OutcomeStatus = "granted"   // the claim is this region's now
	OutcomeMine      OutcomeStatus = "mine"      // the claim was this region's already
	OutcomeChanged   OutcomeStatus = "changed"   // the claim's state changed
	OutcomeRefused   OutcomeStatus = "refused"   // see Refusal
	OutcomeUnchanged OutcomeStatus = "unchanged" // the claim was in that state already
	OutcomeProposed  OutcomeStatus = "proposed"  // in effect as soon as a second region endorses Number
)

// Outcome is the registry's answer to one item of a command. Number is the registry's own number of
// the item. Claim or Organisation show the state after it where the item was about one. Decided is
// the step about a campaign that took effect by it. Facts are in previews only: the differences
// between an organisation and its entry, taken or not.
type Outcome struct {
	Status  OutcomeStatus `json:"status"`
	ID      Identifier    `json:"id,omitempty"`
	Number  uint64        `json:"number"`
	Claim   *Claim        `json:"claim,omitempty"`
	Refusal *Refusal      `json:"problem,omitempty"`
	Decided *NewProposal  `json:"decided,omitempty"`
	Facts   []FactChange  `json:"facts,omitempty" cbor:"-"`
}
