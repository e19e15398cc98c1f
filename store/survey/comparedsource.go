package survey

import "fmt"

// ComparedSource names the source of one cycle's figures in a comparison: the registry for a
// certified year (Mode is certified, Revision its number), the regions' newest summaries for any
// other.
type ComparedSource struct {
	Cycle    Cycle      `json:"cycle"`
	Mode     TotalsMode `json:"mode"`
	Revision *int       `json:"revision,omitempty"`
	Coverage Coverage   `json:"coverage"`
}

// SourceOf returns the source of these figures.
func SourceOf(t Totals) ComparedSource {
	s := ComparedSource{Cycle: t.Cycle, Mode: t.Mode, Coverage: t.Coverage}
	if t.Certified != nil {
		revision := t.Certified.Revision
		s.Revision = &revision
	}
	return s
}

// Sentence returns the source in one sentence; regions is the reader's word for them.
func (s ComparedSource) Sentence(regions string) string {
	of := fmt.Sprintf("%d of %d %s", s.Coverage.Included, s.Coverage.Of, regions)
	if s.Revision != nil {
		return fmt.Sprintf("%s: certified, revision %d, with %s.", s.Cycle, *s.Revision, of)
	}
	return fmt.Sprintf("%s: not certified, from what %s have let leave so far.", s.Cycle, of)
}
