package survey

import "slices"

// CertificationStep is the result of a step about Revision, whose state is now
// State. Hash is that of the signed object: the region's figures, or the table;
// zero for other steps. Proposal is what waits for a second region, its number 0
// if nothing does.
type CertificationStep struct {
	Outcome  Outcome
	Revision int
	State    RevisionState
	Hash     [32]byte
	Proposal Proposal
}

// OtherRegion is the region that a step settles, and why. A nil revision is the
// newest. Words stay in this node's audit log.
type OtherRegion struct {
	Revision *int
	Region   Region
	Reason   ReasonCode
	Words    string
}

// NationalTable is the table of one revision as it follows at this node from
// the registry alone: it is what regions co-sign. Hash is hexadecimal, Difference
// the registry's answers less those that the regions counted.
type NationalTable struct {
	Hash       string
	Figures    []Figure
	Answers    int64
	Difference int64
}

// OwnFigures are one region's own: live, and as they last left it. Late says
// that its final figures have left and live has more since: those answers count
// in the next revision.
type OwnFigures struct {
	Live            Totals `json:"live"`
	Released        Totals `json:"released"`
	AnswersIn       int64  `json:"answers_in"`
	AnswersReleased int64  `json:"answers_released"`
	Final           bool   `json:"final"`
	Late            bool   `json:"late"`
}

// Missing returns the regions of the revision that are not settled yet.
func (r Revision) Missing() []Region {
	missing := []Region{}
	for _, region := range r.Regions {
		if !slices.ContainsFunc(r.Settled, func(s Settled) bool { return s.Region == region }) {
			missing = append(missing, region)
		}
	}
	return missing
}
