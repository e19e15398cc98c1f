package totals

import (
	"cmp"

	"github.com/ahsn-network/tracker/store/survey"
)

// Head names one version of a region's summary of one cycle. Hash begins the
// SHA-256 of its signed bytes.
type Head struct {
	Cycle       survey.Cycle `cbor:"1,keyasint"`
	Incarnation uint64       `cbor:"2,keyasint"`
	Sequence    uint64       `cbor:"3,keyasint"`
	Hash        [8]byte      `cbor:"4,keyasint"`
}

// compare orders versions: incarnation first, then sequence. It returns 0 for
// the same version, whatever the hashes say.
func (h Head) compare(o Head) int {
	return cmp.Or(cmp.Compare(h.Incarnation, o.Incarnation), cmp.Compare(h.Sequence, o.Sequence))
}

// slot is where one summary is held: one for each region and cycle.
type slot struct {
	region survey.Region
	cycle  survey.Cycle
}
