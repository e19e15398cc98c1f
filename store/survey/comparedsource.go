package survey

import "fmt"

// ComparedSource says what one cycle's figures in a comparison are made from: a
// certified year is taken from the registry (Mode is certified, Revision which),
// any other from the regions' newest summaries.
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

// Sentence says it in words; region is what a region is called in the plural.
func (s ComparedSource) Sentence(regions string) string {
	of := fmt.Sprintf("%d of %d %s", s.Coverage.Included, s.Coverage.Of, regions)
	if s.Revision != nil {
		return fmt.Sprintf("%s: certified, revision %d, with %s.", s.Cycle, *s.Revision, of)
	}
	return fmt.Sprintf("%s: not certified, from what %s have let leave so far.", s.Cycle, of)
}
