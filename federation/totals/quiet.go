package totals

// quiet is when all was published last: while nothing of it has changed, there
// is nothing to read again. Every node that wants the newest figures asks.
type quiet struct {
	records       <-chan struct{} // closed when the records change
	circumstances string
}

// unchanged reports whether what is published is what would be. The caller holds
// the right to write.
func (t *Totals) unchanged() bool {
	if t.quiet.records == nil || t.quiet.circumstances != t.circumstances() {
		return false
	}
	select {
	case <-t.quiet.records:
		return false
	default:
		return true
	}
}
