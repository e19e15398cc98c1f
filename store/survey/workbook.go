package survey

// OutcomePlanned is the status of an edit that was understood and not sent,
// because only a comparison was asked for.
const OutcomePlanned OutcomeStatus = "planned"

// WorkbookEdit is the result of one edit in a returned workbook. Row is the sheet's, Edit the
// change in words. Problem is set when Status is refused.
type WorkbookEdit struct {
	Row          int           `json:"row"`
	Organisation Identifier    `json:"organisation,omitempty"`
	Edit         string        `json:"edit"`
	Status       OutcomeStatus `json:"status"`
	Problem      string        `json:"problem,omitempty"`
}
