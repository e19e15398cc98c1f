package registry

// Reader answers questions about the registry as it is at the moment of each.
// It waits for nobody. All methods may be called at the same time.
type Reader struct{ now func() View }

// NewReader returns a reader of what now returns.
func NewReader(now func() View) Reader { return Reader{now} }
