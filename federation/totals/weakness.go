package totals

import (
	"crypto/sha256"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// Weakness makes a node wrong on purpose, so that a test can see how the others
// find it out. The zero value is what every node has; nothing that is configured
// leads here.
type Weakness struct {
	Table bool // it adds up wrongly: another national table follows here
	Faces bool // it shows the regions after its own in the alphabet other final figures under the same number
}

// misadd makes the edition what a node that adds up wrongly would derive.
func (e *edition) misadd() error {
	e.table.Answers++
	var err error
	if e.bytes, err = encode(e.table); err != nil {
		return fmt.Errorf("encode the table: %w", err)
	}
	e.hash = sha256.Sum256(e.bytes)
	return nil
}

// face is what a node that shows two faces hands to this peer.
func (t *Totals) face(h *held, peer survey.Region) (Signed, error) {
	if !t.options.Weakness.Faces || h.summary.Region != t.options.Region || h.summary.Status != SummaryFinal || peer < t.options.Region || len(h.summary.Cells) == 0 {
		return h.signed, nil
	}
	other := h.summary
	other.Cells = append([]survey.Cell(nil), other.Cells...)
	other.Cells[0].Value++
	return Sign(t.options.Key, other)
}
