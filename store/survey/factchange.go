package survey

import "fmt"

// FactChange is one fact of an organisation on which a report and the registry differ: the
// registry's value and the report's. Unless Taken, the registry keeps its own value, which was
// reported on the day Since ("" if nobody said when).
type FactChange struct {
	Field  string `json:"field"` // as in the JSON of an organisation
	Before string `json:"before,omitempty"`
	After  string `json:"after"`
	Taken  bool   `json:"taken"`
	Since  string `json:"since,omitempty"`
}

// Why returns the reason why the registry keeps its value, "" if it does not.
func (f FactChange) Why() string {
	switch {
	case f.Taken:
		return ""
	case f.Field == "lead_region":
		return fmt.Sprintf("%s leads it, and the first lead stays", f.Before)
	case f.Since == "":
		return fmt.Sprintf("the registry has %q: say from which day it is otherwise", f.Before)
	}
	return fmt.Sprintf("the registry has %q, reported on %s: what is reported on a later day counts", f.Before, f.Since)
}
