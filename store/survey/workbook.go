package survey

// OutcomePlanned is the status of an edit that was understood and not sent,
// because only a comparison was asked for.
const OutcomePlanned OutcomeStatus = "planned"

// WorkbookEdit says what became of one edit in a workbook that came back. Row is
// the sheet's, Edit what was changed in it, in words. Problem is set when Status
// is refused.
type WorkbookEdit struct {
	Row          int           `json:"row"`
	Organisation Identifier    `json:"organisation,omitempty"`
	Edit         string        `json:"edit"`
	Status       OutcomeStatus `json:"status"`
	Problem      string        `json:"problem,omitempty"`
}
