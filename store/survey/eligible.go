package survey

import "time"

// EligibleSource says how an organisation came into a campaign's eligible set.
type EligibleSource string

const (
	EligibleSupported EligibleSource = "supported" // a region said that it supported it
	EligibleImported  EligibleSource = "imported"  // from a list
	EligibleRolled    EligibleSource = "rolled"    // from the campaign before
	EligibleClaimed   EligibleSource = "claimed"   // claimed without being in the set: added then
)

// Eligible is one organisation of a campaign's eligible set, the denominator of the response rate.
// Late marks one that was added after the set was frozen. The Last fields are its holder and its
// state at the end of the campaign before. DoNotSurvey: the company asked not to be surveyed any
// more.
type Eligible struct {
	Organisation Identifier     `json:"organisation"`
	Cycle        Cycle          `json:"cycle"`
	SupportedBy  []Region       `json:"supported_by,omitempty"`
	Source       EligibleSource `json:"source"`
	Added        time.Time      `json:"added,omitzero"`
	Late         bool           `json:"late,omitempty"`
	LastHolder   Region         `json:"last_holder,omitempty"`
	LastState    ClaimState     `json:"last_state,omitempty"`
	LastReason   ReasonCode     `json:"last_reason,omitempty"`
	DoNotSurvey  bool           `json:"do_not_survey,omitempty"`
}

// ProposedClaim is an eligible company that a region leads and might claim. AlsoSupportedBy are the
// other regions that supported it, Holder is the region that holds it already.
type ProposedClaim struct {
	Organisation    Identifier `json:"organisation"`
	Name            string     `json:"name"`
	AlsoSupportedBy []Region   `json:"also_supported_by,omitempty"`
	Holder          Region     `json:"holder,omitempty"`
	State           ClaimState `json:"state,omitempty"`
	DoNotSurvey     bool       `json:"do_not_survey,omitempty"`
}
