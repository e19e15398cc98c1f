package survey

import "time"

// Certificate is the evidence behind certified figures. Table and Previous are the hashes (hex) of
// this table and of the one before, empty for the first. Answers is the number of answers that the
// regions say they counted, Responded the registry's own number; Difference is Responded less
// Answers, 0 when both agree. Late is the number of answers that a region had but could not let
// leave: they were too few to hide whose they are.
type Certificate struct {
	Revision    int            `json:"revision"`
	State       RevisionState  `json:"state"`
	Reason      ReasonCode     `json:"reason,omitempty"`
	Table       string         `json:"table"`
	Previous    string         `json:"previous,omitempty"`
	OpenedAt    time.Time      `json:"opened_at"`
	CertifiedAt time.Time      `json:"certified_at,omitzero"`
	Number      uint64         `json:"number"`
	Settled     []Settled      `json:"settled"`  // ordered by region
	CoSigned    []Region       `json:"cosigned"` // ordered
	Needed      int            `json:"needed"`
	Answers     int64          `json:"answers"`
	Responded   int64          `json:"responded"`
	Difference  int64          `json:"difference"`
	Late        int64          `json:"late,omitempty"`
	Changes     []FigureChange `json:"changes,omitempty"` // of the nation, against the revision before
}

// FigureChange is the change of one national figure by a revision, in its unit.
type FigureChange struct {
	Metric string `json:"metric"`
	Unit   Unit   `json:"unit"`
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}
