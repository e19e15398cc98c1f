package survey

import "fmt"

// Refusals of questions about final figures, and of steps towards them, that a
// node gives by itself.
const (
	RefusedNotFinal      RefusalCode = "not-final"      // the records have not followed the registry to the close
	RefusedNoTable       RefusalCode = "no-table"       // no table that the node could answer for
	RefusedNotComparable RefusalCode = "not-comparable" // cycles of other definitions
	RefusedExposed       RefusalCode = "cannot-protect" // no suppression protects every company
	RefusedTableChanged  RefusalCode = "table-changed"  // another table follows here than the one that was seen
	RefusedNothingStands RefusalCode = "nothing-stands" // no figures of the region are held here that could stand
	RefusedRegionAway    RefusalCode = "region-away"    // the other region's node does not answer
)

// Refuse returns a refusal with its reason in words.
func Refuse(code RefusalCode, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...)}
}
