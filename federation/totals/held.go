package totals

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Held returns one region's newest summary for one cycle that this node holds:
// as it can be read, and as it was signed. It returns an error wrapping
// survey.ErrNotFound if there is none.
func (t *Totals) Held(region survey.Region, cycle survey.Cycle) (Summary, Signed, error) {
	t.mu.Lock()
	h := t.ledger.slots[slot{region, cycle}]
	t.mu.Unlock()
	if h == nil {
		return Summary{}, Signed{}, fmt.Errorf("summary of %s for %s: %w", region, cycle, survey.ErrNotFound)
	}
	return h.summary, h.signed, nil
}

// Encode returns the bytes in which a signed summary travels and is kept.
func (s Signed) Encode() ([]byte, error) { return encode(s) }
