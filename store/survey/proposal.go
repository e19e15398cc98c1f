package survey

import (
	"crypto/ed25519"
	"time"
)

// ProposalKind is one thing that the regions decide together.
type ProposalKind string

const (
	ProposeSuspend   ProposalKind = "suspend"    // its commands are refused; it stays connected and follows
	ProposeResume    ProposalKind = "resume"     // the end of a suspension
	ProposeRemove    ProposalKind = "remove"     // nothing from its key is accepted any more
	ProposeNewKey    ProposalKind = "new-key"    // for a region that lost its own
	ProposeSucceed   ProposalKind = "succeed"    // another region takes its open claims over, and it is removed
	ProposeMaxVoters ProposalKind = "max-voters" // how many regions vote; 0: all
	ProposeRole      ProposalKind = "role"       // voter or observer
)

// Decisions about a campaign. They bind the nation, so one region proposes and a second one
// consents.
const (
	ProposeOpenCampaign   ProposalKind = "open-campaign"
	ProposeCloseCampaign  ProposalKind = "close-campaign"
	ProposeCampaignDates  ProposalKind = "campaign-dates"
	ProposeCampaignPolicy ProposalKind = "campaign-policy"
	ProposeFreezeEligible ProposalKind = "freeze-eligible"
	ProposeReleaseIdle    ProposalKind = "release-idle" // a claim not contacted for 28 days, by two other regions
	ProposeLetStand       ProposalKind = "let-stand"    // a region's last signed summary, by two other regions
	ProposeMarkAbsent     ProposalKind = "mark-absent"  // a region without figures, by two other regions
	ProposeOpenRevision   ProposalKind = "open-revision"
)

// CampaignProposals returns the kinds that are about a campaign rather than
// about a region's place in the federation.
func CampaignProposals() []ProposalKind {
	return []ProposalKind{ProposeOpenCampaign, ProposeCloseCampaign, ProposeCampaignDates, ProposeCampaignPolicy,
		ProposeCampaignLapse, ProposeFreezeEligible, ProposeReleaseIdle, ProposeLetStand, ProposeMarkAbsent, ProposeOpenRevision}
}

// ProposalState is how far a proposal has come.
type ProposalState string

const (
	ProposalOpen   ProposalState = "open" // waits for a second region
	ProposalDone   ProposalState = "done" // in effect since EndorsedAt
	ProposalLapsed ProposalState = "lapsed"
)

// Coded reasons of decisions about a region. The wording stays in the acting node's audit log.
const (
	ReasonLeaves      ReasonCode = "leaves" // it leaves the federation
	ReasonMerged      ReasonCode = "merged" // into another organisation
	ReasonKeyLost     ReasonCode = "key-lost"
	ReasonKeyExposed  ReasonCode = "key-exposed"
	ReasonMisuse      ReasonCode = "misuse"
	ReasonMaintenance ReasonCode = "maintenance"
	ReasonAgreed      ReasonCode = "agreed" // by the regions, elsewhere
)

// ProposalReasons returns the coded reasons of decisions about a region, in the order in which
// forms list them.
func ProposalReasons() []ReasonCode {
	return []ReasonCode{ReasonLeaves, ReasonMerged, ReasonKeyLost, ReasonKeyExposed, ReasonMisuse,
		ReasonMaintenance, ReasonAgreed, ReasonMistake, ReasonOther}
}

// NewProposal asks for a decision about Region. Key and Signature go with
// ProposeNewKey (a key card's), To with ProposeSucceed, Voters with
// ProposeMaxVoters, Role with ProposeRole.
//
// The kinds about a campaign name its Cycle. Terms go with ProposeOpenCampaign; Opens and Closes
// with ProposeCampaignDates, Policy with ProposeCampaignPolicy, LapseDays with
// ProposeCampaignLapse; Region (the holder), Organisation and Token with ProposeReleaseIdle; Region
// and Revision with ProposeLetStand and ProposeMarkAbsent; Revision with ProposeOpenRevision.
// Summary are the signed bytes that are to stand: the registry keeps them apart and shows
// SummaryHash, their SHA-256.
type NewProposal struct {
	Kind      ProposalKind      `json:"kind" cbor:"1,keyasint"`
	Region    Region            `json:"region,omitempty" cbor:"2,keyasint,omitempty"`
	Reason    ReasonCode        `json:"reason" cbor:"3,keyasint"`
	Key       ed25519.PublicKey `json:"key,omitempty" cbor:"4,keyasint,omitempty"`
	Signature []byte            `json:"signature,omitempty" cbor:"5,keyasint,omitempty"`
	To        Region            `json:"to,omitempty" cbor:"6,keyasint,omitempty"`
	Voters    int               `json:"voters,omitempty" cbor:"7,keyasint,omitempty"`
	Role      Role              `json:"role,omitempty" cbor:"8,keyasint,omitempty"`

	Cycle        Cycle          `json:"cycle,omitempty" cbor:"9,keyasint,omitempty"`
	Terms        *CampaignTerms `json:"terms,omitempty" cbor:"10,keyasint,omitempty"`
	Opens        string         `json:"opens,omitempty" cbor:"11,keyasint,omitempty"`  // YYYY-MM-DD
	Closes       string         `json:"closes,omitempty" cbor:"12,keyasint,omitempty"` // YYYY-MM-DD
	Policy       string         `json:"policy,omitempty" cbor:"13,keyasint,omitempty"`
	Organisation Identifier     `json:"organisation,omitempty" cbor:"14,keyasint,omitempty"`
	Token        uint64         `json:"token,omitempty" cbor:"15,keyasint,omitempty"` // of the claim
	Revision     int            `json:"revision,omitempty" cbor:"16,keyasint,omitempty"`
	Summary      []byte         `json:"-" cbor:"17,keyasint,omitempty"`
	SummaryHash  string         `json:"summary_hash,omitempty" cbor:"18,keyasint,omitempty"` // hexadecimal
	LapseDays    int            `json:"lapse_days,omitempty" cbor:"19,keyasint,omitempty"`
}

// Proposal is one region's proposal. It takes effect when a second region endorses it, and lapses
// at Lapses by the registry's clock. Number is the registry's own, by which it is endorsed.
type Proposal struct {
	NewProposal
	Number     uint64        `json:"number"`
	By         Region        `json:"by"`
	At         time.Time     `json:"at"`
	Lapses     time.Time     `json:"lapses"`
	State      ProposalState `json:"state"`
	EndorsedBy Region        `json:"endorsed_by,omitempty"` // empty: none was needed
	EndorsedAt time.Time     `json:"endorsed_at,omitzero"`
}

// Invitation is an invitation as the registry shows it: without the secret.
type Invitation struct {
	Region  Region    `json:"region"`
	Role    Role      `json:"role"`
	By      Region    `json:"by"`
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`
	Used    bool      `json:"used"`
}

// Recovery is the registry's permanent entry about a lost quorum: which regions
// went on, from where in the log, and whose command it was.
type Recovery struct {
	Epoch     uint64    `json:"epoch" cbor:"1,keyasint"`
	By        Region    `json:"by" cbor:"2,keyasint"`
	Survivors []Region  `json:"survivors" cbor:"3,keyasint"`
	Index     uint64    `json:"index" cbor:"4,keyasint"` // of the last log entry that was kept
	Term      uint64    `json:"term" cbor:"5,keyasint"`
	At        time.Time `json:"at" cbor:"6,keyasint"`
}

// MemberSponsored is the state of a licensed region that has no node yet, for
// which another region records. It is shown, and never stands in the roster.
const MemberSponsored MemberState = "sponsored"

// Refusals about the roster.
const (
	RefusedInviteUnknown RefusalCode = "invite-unknown"
	RefusedInviteExpired RefusalCode = "invite-expired"
	RefusedInviteUsed    RefusalCode = "invite-used"
	RefusedInviteRegion  RefusalCode = "invite-region"
	RefusedRegionPresent RefusalCode = "region-present"
	RefusedKeyPresent    RefusalCode = "key-present"
	RefusedKeyRemoved    RefusalCode = "key-removed"
	RefusedSignature     RefusalCode = "not-proven"
	RefusedStale         RefusalCode = "stale-generation"
	RefusedUnknown       RefusalCode = "unknown-proposal"
	RefusedLapsed        RefusalCode = "proposal-lapsed"
	RefusedSecondRegion  RefusalCode = "second-region-needed"
	RefusedLastVoter     RefusalCode = "last-voter"
	RefusedStanding      RefusalCode = "not-in-this-state"
	RefusedOtherSponsor  RefusalCode = "other-sponsor"
	RefusedTooMany       RefusalCode = "too-many"
	RefusedClockSkew     RefusalCode = "clock-skew"
	RefusedObserver      RefusalCode = "observer"      // it follows, and takes no step that binds the others
	RefusedNeedsUpgrade  RefusalCode = "needs-upgrade" // some regions' software does not know the step yet
)
