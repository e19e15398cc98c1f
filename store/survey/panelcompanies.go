package survey

// PanelCompanies are the companies that answered in a cycle, by what the
// registry says of them in the cycle before: Matched ones answered the same
// region then, ChangedRegion another one (nobody but that region knows what
// they said), NoAnswer were supported and did not answer, New were not
// supported. The four add up to Answered.
type PanelCompanies struct {
	Answered      int `json:"answered"`
	Matched       int `json:"matched"`
	ChangedRegion int `json:"changed_region"`
	NoAnswer      int `json:"no_answer"`
	New           int `json:"new"`
}
