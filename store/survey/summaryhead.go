package survey

import "time"

// SummaryHead names the newest summary of one region's figures for one cycle
// that a node holds. (Incarnation, Sequence) only grows.
type SummaryHead struct {
	Region      Region    `json:"region"`
	Cycle       Cycle     `json:"cycle"`
	Incarnation uint64    `json:"incarnation"`
	Sequence    uint64    `json:"sequence"`
	AsOf        time.Time `json:"as_of"`
	Final       bool      `json:"final,omitempty"` // signed off, for a campaign that is closed
}
