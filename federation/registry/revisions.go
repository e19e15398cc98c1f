package registry

import (
	"bytes"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Revisions returns every revision of the cycle's figures, the first one first,
// none while the campaign is open. It returns an error wrapping
// survey.ErrNotFound for an unknown campaign.
func (r Reader) Revisions(cycle survey.Cycle) ([]survey.Revision, error) {
	v := r.now()
	if v.campaign(cycle) == nil {
		return nil, fmt.Errorf("revisions of %s: %w", cycle, survey.ErrNotFound)
	}
	var out []survey.Revision
	for _, one := range v.revisions(cycle) {
		out = append(out, *cloneRevision(one))
	}
	return out, nil
}

// Certified returns the newest revision of the cycle's figures that is final.
func (r Reader) Certified(cycle survey.Cycle) (newest survey.Revision, ok bool) {
	for _, one := range r.now().revisions(cycle) {
		if one.State == survey.RevisionCertified {
			newest, ok = *cloneRevision(one), true
		}
	}
	return newest, ok
}

// SignedSummary returns the bytes that settled the region's part in the
// revision, or an error wrapping survey.ErrNotFound if there are none.
func (r Reader) SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error) {
	v := r.now()
	if v.revision(cycle, revision) != nil {
		if f := first[finalRow](v.txn, tableFinals, byKey, finalKey(cycle, revision, region)); f != nil {
			return bytes.Clone(f.Summary), nil
		}
	}
	return nil, fmt.Errorf("signed summary of %s in revision %d of %s: %w", region, revision, cycle, survey.ErrNotFound)
}
