package survey

// Refusals of questions about final figures, and of steps towards them, that a
// node gives by itself.
const (
	RefusedNotFinal      RefusalCode = "not-final"      // the records have not followed the registry to the close
	RefusedNoTable       RefusalCode = "no-table"       // no table that the node could answer for
	RefusedNotComparable RefusalCode = "not-comparable" // cycles of other definitions
	RefusedExposed       RefusalCode = "cannot-protect" // no suppression protects every company
)
