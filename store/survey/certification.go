package survey

import "time"

// RevisionState is how far one revision of a campaign's figures has come.
type RevisionState string

const (
	RevisionCollecting RevisionState = "collecting" // sign-offs are missing
	RevisionSigned     RevisionState = "signed"     // every region is settled; co-signatures are missing
	RevisionDisputed   RevisionState = "disputed"   // regions co-signed different tables: it cannot be certified so
	RevisionCertified  RevisionState = "certified"  // final, for ever
)

// SettledHow is how a region's part in a revision was settled.
type SettledHow string

const (
	SettledSigned SettledHow = "signed" // the region signed its final summary off
	SettledStands SettledHow = "stands" // two other regions let its last signed summary stand
	SettledAbsent SettledHow = "absent" // two other regions go on without its figures
)

// Coded reasons for letting a summary stand, going on without a region, and
// opening a revision.
const (
	ReasonUnreachableRegion ReasonCode = "region-unreachable"
	ReasonRecordsLost       ReasonCode = "records-lost"
	ReasonLateAnswers       ReasonCode = "late-answers"
	ReasonCorrection        ReasonCode = "correction"
	ReasonDefinition        ReasonCode = "definition"
)

// CertificationReasons returns the coded reasons of steps towards a certified
// year, in the order in which forms list them.
func CertificationReasons() []ReasonCode {
	return []ReasonCode{ReasonUnreachableRegion, ReasonRecordsLost, ReasonLateAnswers, ReasonCorrection,
		ReasonDefinition, ReasonMistake, ReasonOther}
}

// MaxSignedSummary bounds the bytes of a final summary, as they are signed off.
const MaxSignedSummary = 64 << 10

// Refusals of steps towards a certified year.
const (
	RefusedCampaignNotClosed RefusalCode = "campaign-not-closed"
	RefusedUnknownRevision   RefusalCode = "unknown-revision"
	RefusedNotReporting      RefusalCode = "not-reporting"     // the region has no part in the revision
	RefusedNotSettled        RefusalCode = "not-settled"       // sign-offs of other regions are missing
	RefusedAlreadyCertified  RefusalCode = "already-certified" // it is final
	RefusedNotCertified      RefusalCode = "not-certified"     // the revision before is not final yet
)

// Settled is one region's part in a revision. Hash is the SHA-256 of its signed
// summary, zero if it is absent. Number is the registry's own number of the
// sign-off, or of the endorsement that let it stand; By and EndorsedBy name the
// two regions of the latter.
type Settled struct {
	Region     Region     `json:"region" cbor:"1,keyasint"`
	How        SettledHow `json:"how" cbor:"2,keyasint"`
	Hash       [32]byte   `json:"-" cbor:"3,keyasint"`
	Reason     ReasonCode `json:"reason,omitempty" cbor:"4,keyasint,omitempty"`
	By         Region     `json:"by,omitempty" cbor:"5,keyasint,omitempty"`
	EndorsedBy Region     `json:"endorsed_by,omitempty" cbor:"6,keyasint,omitempty"`
	Number     uint64     `json:"number" cbor:"7,keyasint"`
	At         time.Time  `json:"at" cbor:"8,keyasint"`
}

// CoSignature says that a region's node derived the national table with this
// hash from the registry alone.
type CoSignature struct {
	Region Region    `json:"region" cbor:"1,keyasint"`
	Table  [32]byte  `json:"-" cbor:"2,keyasint"`
	Number uint64    `json:"number" cbor:"3,keyasint"`
	At     time.Time `json:"at" cbor:"4,keyasint"`
}

// Revision is one edition of a campaign's figures: 0 is the first. Regions are those whose figures
// make the nation: the voters in the roster at the time at which the revision was opened, without
// the removed ones. Counts are the registry's counts of that time, which OpenedAt and Number tell.
// Table is the certified table's hash, zero before. Previous is the Table of the revision before.
type Revision struct {
	Cycle       Cycle          `json:"cycle" cbor:"1,keyasint"`
	Revision    int            `json:"revision" cbor:"2,keyasint"`
	State       RevisionState  `json:"state" cbor:"3,keyasint"`
	Reason      ReasonCode     `json:"reason,omitempty" cbor:"4,keyasint,omitempty"` // none for the first
	Regions     []Region       `json:"regions" cbor:"5,keyasint"`                    // ordered
	Counts      CampaignCounts `json:"counts" cbor:"6,keyasint"`
	OpenedAt    time.Time      `json:"opened_at" cbor:"7,keyasint"`
	Number      uint64         `json:"number" cbor:"8,keyasint"`
	Settled     []Settled      `json:"settled" cbor:"9,keyasint"`   // ordered by region
	CoSigned    []CoSignature  `json:"cosigned" cbor:"10,keyasint"` // ordered by region
	Needed      int            `json:"needed" cbor:"11,keyasint"`   // co-signatures on one table
	Table       [32]byte       `json:"-" cbor:"12,keyasint"`
	Previous    [32]byte       `json:"-" cbor:"13,keyasint"`
	CertifiedAt time.Time      `json:"certified_at,omitzero" cbor:"14,keyasint,omitempty"`
}
