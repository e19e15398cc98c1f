package survey

// Comparison is one cycle's national figures beside an earlier one's, of the
// same definitions. Both response rates (basis points) are always with it: a
// change between years in which different companies answered is not growth.
type Comparison struct {
	Cycle              Cycle      `json:"cycle"`
	Against            Cycle      `json:"against"`
	Mode               TotalsMode `json:"mode"`
	Definitions        string     `json:"definitions"`
	ResponseRate       int64      `json:"response_rate"`
	ResponseRateBefore int64      `json:"response_rate_before"`
	Responded          int        `json:"responded"`
	RespondedBefore    int        `json:"responded_before"`
	Eligible           int        `json:"eligible"`
	EligibleBefore     int        `json:"eligible_before"`
	// Source and SourceBefore name the source of each side: a certified cycle's is the registry,
	// whatever else this node holds.
	Source       ComparedSource   `json:"source"`
	SourceBefore ComparedSource   `json:"source_before"`
	Figures      []ComparedFigure `json:"figures"`
	// Panel are the regions that could match the companies that answered in both cycles. A company
	// that another region surveyed last time is in a panel only if that region handed over its
	// answers.
	Panel []Region `json:"panel"`
	// Companies counts the companies that answered by their place in the cycle before, nil if that
	// is not the cycle compared with.
	Companies *PanelCompanies `json:"companies"`
}

// ComparedFigure is one figure of both cycles. Change is (now - before) /
// before in basis points, nil where there is none to be given: Reason says
// why. Panel is the same over the companies that answered in both.
type ComparedFigure struct {
	Metric      string       `json:"metric"`
	Unit        Unit         `json:"unit"`
	Now         Figure       `json:"now"`
	Before      Figure       `json:"before"`
	Change      *int64       `json:"change"`
	Qualifier   Qualifier    `json:"qualifier,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Panel       *PanelChange `json:"panel"`
	PanelReason string       `json:"panel_reason,omitempty"`
}

// PanelChange is one figure over the companies that gave it in both cycles, of
// Regions of the nation's regions. AfterHandover are those of them that another
// region had surveyed the first time and handed over.
type PanelChange struct {
	Now           int64  `json:"now"`
	Before        int64  `json:"before"`
	Change        *int64 `json:"change"`
	Companies     int64  `json:"companies"`
	AfterHandover int64  `json:"after_handover"`
	Regions       int    `json:"regions"`
}
