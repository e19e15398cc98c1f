package survey

// More flags of a cell: CellOpen, CellWaiting and CellHidden are declared with [CellFlag].
const (
	// CellChanging: withheld in part, and companies in the value have changed their answers or left
	// since. The whole may be less.
	CellChanging CellFlag = 3
	// CellMembers: whole, for the members only. One company is most of it, or
	// there are too few for the public.
	CellMembers CellFlag = 4
)

// Withheld reports whether something is missing from the cell's value.
func (f CellFlag) Withheld() bool { return f != CellOpen && f != CellMembers }
