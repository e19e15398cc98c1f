package federation

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// certifying is the registry's part in certification.
type certifying interface {
	Revisions(cycle survey.Cycle) ([]survey.Revision, error)
	SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error)
}

// Revisions are those of the cycle's figures; a registry that certifies nothing
// has none.
func (f facts) Revisions(cycle survey.Cycle) ([]survey.Revision, error) {
	if c, ok := any(f.Registry).(certifying); ok {
		return c.Revisions(cycle)
	}
	return nil, nil
}

// SignedSummary is what was settled of one region in one revision.
func (f facts) SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error) {
	if c, ok := any(f.Registry).(certifying); ok {
		return c.SignedSummary(cycle, revision, region)
	}
	return nil, survey.ErrNotFound
}
