package survey

import "time"

// ResponseState says whether the region may count an answer.
type ResponseState string

const (
	ResponseAccepted    ResponseState = "accepted"    // the region holds the claim
	ResponseProvisional ResponseState = "provisional" // it does not, or not yet: the answer counts nowhere
)

// RecordRequest asks a region's own store to record one organisation's
// answers. Organisation is as the registry shows it; its sector and size band
// become the answer's place in the breakdowns. Actor is the opaque number of
// the person or program, At the time of recording.
type RecordRequest struct {
	Cycle         Cycle
	Organisation  Organisation
	Questionnaire string // empty: as Answers says
	Answers       Answers
	Sharing       Sharing // empty: as it was
	Seen          *uint64 // version that these were made from, 0: there were none; nil: any version
	Actor         uint64
	At            time.Time
}

// ResponseResult is the result of recording answers. Version counts the organisation's answers in
// the cycle from 1; recording equal answers again changes nothing and returns the version that is
// there. Counted says whether the answer is in the region's figures now.
type ResponseResult struct {
	State    ResponseState  `json:"state"`
	Complete bool           `json:"complete"`
	Warnings []FieldProblem `json:"warnings"`
	Version  uint64         `json:"version"`
	Counted  bool           `json:"counted"`
}

// Response is one version of one organisation's answers, as the region's own
// store keeps it. HeldBy names another region that holds the claim. Ineligible
// answers ("none" at q02) never count. RecordedFor is the identifier under
// which it was recorded, when that was merged into Organisation later.
type Response struct {
	Cycle        Cycle         `json:"cycle"`
	Organisation Identifier    `json:"organisation"`
	RecordedFor  Identifier    `json:"recorded_for,omitempty"`
	Version      uint64        `json:"version"`
	State        ResponseState `json:"state"`
	HeldBy       Region        `json:"held_by,omitempty"`
	Complete     bool          `json:"complete"`
	Ineligible   bool          `json:"ineligible,omitempty"`
	Counted      bool          `json:"counted"`
	Sector       Sector        `json:"sector,omitempty"`
	SizeBand     SizeBand      `json:"size_band,omitempty"`
	Sharing      Sharing       `json:"sharing,omitempty"`
	Answers      Answers       `json:"answers"`
	Actor        uint64        `json:"actor"`
	At           time.Time     `json:"at"`
}
