package survey

// Takeover says what a company's new holder received from the one before: how
// many contacts, the answers given so far in the campaign, and last year's.
// Without last year's answers a company is not on the matched panel: its region
// has changed.
type Takeover struct {
	From     Region `json:"from"`
	Contacts int    `json:"contacts"`
	Answers  bool   `json:"answers"`
	Last     bool   `json:"last_year"`
}
