package survey

import "time"

// InnovationID names one innovation nationally, as "INN:" and 26 letters and
// digits. The node that registers it mints it.
type InnovationID string

// Innovation is the national entry of an innovation: its organisation, its stage and the regions
// that adopted it. Its name, its description and every figure stay with the regions that work on
// it. Stage is one of InnovationStages, empty if nobody said.
type Innovation struct {
	ID           InnovationID `json:"id" cbor:"1,keyasint"`
	Organisation Identifier   `json:"organisation" cbor:"2,keyasint"`
	Stage        string       `json:"stage,omitempty" cbor:"3,keyasint,omitempty"`
	AdoptedBy    []Region     `json:"adopted_by,omitempty" cbor:"4,keyasint,omitempty"` // ordered
	RegisteredBy Region       `json:"registered_by" cbor:"5,keyasint"`
	RegisteredAt time.Time    `json:"registered_at" cbor:"6,keyasint"`
	Version      uint64       `json:"version" cbor:"7,keyasint"` // the registry's number of its last change
}

// InnovationCounts are the nation's: every innovation once, however many regions
// adopted it. Adopted have one adopting region at least; Adoptions are pairs of
// innovation and region. ByStage has the key "" for those without a stage.
type InnovationCounts struct {
	Innovations int            `json:"innovations"`
	Adopted     int            `json:"adopted"`
	Adoptions   int            `json:"adoptions"`
	ByStage     map[string]int `json:"by_stage"`
	ByRegion    map[Region]int `json:"adopted_by_region"`
}

// InnovationStages returns the codes of the stages, the earliest first.
func InnovationStages() []string { return codesOf(stages) }

// Refusals about innovations.
const (
	RefusedUnknownInnovation RefusalCode = "unknown-innovation"
	RefusedInnovationExists  RefusalCode = "innovation-exists" // of another organisation
)
