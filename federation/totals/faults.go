package totals

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Faults makes a node wrong on purpose, so that a test can see how the others
// find out. A shipped node has the zero value, which changes nothing: no setting
// leads here.
type Faults struct {
	// Table changes a national table after this node derived it.
	Table func(*Table)
	// Shown changes a summary of this node's own region before a peer gets it, and
	// reports whether it did. The summary is signed again under the same number.
	Shown func(peer survey.Region, s *Summary) bool
}

// derived applies Table.
func (f Faults) derived(d *derivation) error {
	if f.Table == nil {
		return nil
	}
	f.Table(&d.table)
	var err error
	if d.bytes, err = encode(d.table); err != nil {
		return fmt.Errorf("encode the table: %w", err)
	}
	d.hash = sha256.Sum256(d.bytes)
	return nil
}

// shown applies Shown.
func (f Faults) shown(key *identity.Key, peer survey.Region, h *held) (Signed, error) {
	other := h.summary
	other.Cells = slices.Clone(other.Cells)
	if f.Shown == nil || !f.Shown(peer, &other) {
		return h.signed, nil
	}
	return Sign(key, other)
}
