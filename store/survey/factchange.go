package survey

// FactChange is one fact of an organisation that a report tells otherwise than
// the registry did: what the registry has, and what the report says. Not Taken
// means that the registry keeps what it has, which was reported on the day Since
// ("" if nobody said when).
type FactChange struct {
	Field  string `json:"field"` // as in the JSON of an organisation
	Before string `json:"before,omitempty"`
	After  string `json:"after"`
	Taken  bool   `json:"taken"`
	Since  string `json:"since,omitempty"`
}
