package survey

import "time"

// ClaimEvent is one change of a claim: the state after it, and the region that made it. Actor is an
// opaque number of that region; the person's name and the wording of the reason stay in the
// region's audit log.
type ClaimEvent struct {
	Number       uint64     `json:"number"`
	At           time.Time  `json:"at"`
	Organisation Identifier `json:"organisation"` // the one that was claimed, also if it was merged since
	Region       Region     `json:"region"`
	Actor        uint64     `json:"actor,omitempty"`
	State        ClaimState `json:"state"`
	Holder       Region     `json:"holder,omitempty"` // empty: free
	OfferedTo    Region     `json:"offered_to,omitempty"`
	Reason       ReasonCode `json:"reason,omitempty"`
}
