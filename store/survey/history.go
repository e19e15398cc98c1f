package survey

import "time"

// OrganisationEvent is one change of an organisation: the region that made it, the person there as
// an opaque number (the name stays at that node), and the reason. Other is the organisation on the
// other side of a merge or its undoing.
type OrganisationEvent struct {
	Number       uint64             `json:"number"`
	At           time.Time          `json:"at"`
	Organisation Identifier         `json:"organisation"`
	Action       OrganisationAction `json:"action"`
	Region       Region             `json:"region"`
	Actor        uint64             `json:"actor"`
	Reason       MergeReason        `json:"reason,omitempty"`
	Other        Identifier         `json:"other,omitempty"`
}

// OrganisationAction is the kind of change of an organisation.
type OrganisationAction string

const (
	OrganisationAdded     OrganisationAction = "added"
	OrganisationChanged   OrganisationAction = "changed"
	OrganisationSupported OrganisationAction = "supported"   // first by the region
	OrganisationMerged    OrganisationAction = "merged-into" // into Other
	OrganisationAbsorbed  OrganisationAction = "absorbed"    // Other was merged into it
	OrganisationSplit     OrganisationAction = "split-from"  // from Other: a merge was undone
	OrganisationLifted    OrganisationAction = "do-not-survey-lifted"
	OrganisationParted    OrganisationAction = "parted" // Other is one of its own again
)

// MergeReason is the coded reason of a merge or of its undoing. The wording
// stays in the acting node's audit log.
type MergeReason string

const (
	MergeSameCompany MergeReason = "same-company" // entered twice
	MergeRenumbered  MergeReason = "renumbered"   // got a public number later
	MergeSucceeded   MergeReason = "succeeded"    // the other goes on with its business
	MergeMistake     MergeReason = "mistake"      // of a split: the merge was wrong
	MergeOther       MergeReason = "other"
)

// MergeReasons returns them in the order in which forms list them.
func MergeReasons() []MergeReason {
	return []MergeReason{MergeSameCompany, MergeRenumbered, MergeSucceeded, MergeMistake, MergeOther}
}

// Resemblance says why two organisations may be one.
type Resemblance string

const (
	SameName    Resemblance = "same-name"          // but for case, signs and the spelling of the legal form
	FormerName  Resemblance = "former-name"        // one has the name that the other had
	SimilarName Resemblance = "similar-name"       // a few letters apart
	OtherForm   Resemblance = "another-legal-form" // the same name as another kind of company
)

// PossibleDuplicate is an organisation that may be the one in question.
type PossibleDuplicate struct {
	ID     Identifier  `json:"id" cbor:"1,keyasint"`
	Name   string      `json:"name" cbor:"2,keyasint"`
	Reason Resemblance `json:"reason" cbor:"3,keyasint"`
}

// DuplicatePair is two organisations that may be one.
type DuplicatePair struct {
	First  PossibleDuplicate `json:"first"`
	Second PossibleDuplicate `json:"second"`
	Reason Resemblance       `json:"reason"`
}
