package totals

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// policy says what of a region's figures may leave its node. The table is part
// of what nodes sign: changing a row changes its hash.
type policy struct {
	Name         string `cbor:"1,keyasint"`
	Contributors int64  `cbor:"2,keyasint"` // the fewest in a cell, for the members
}

// policies lists the policies that this software can apply. It is the one
// place where figures leave a region.
var policies = []policy{
	{Name: "open", Contributors: 1},
}

// ErrPolicyUnknown: this software cannot apply the campaign's disclosure
// policy, so nothing leaves this node for it.
var ErrPolicyUnknown = errors.New("disclosure policy not supported")

func policyByName(name string) (policy, error) {
	for _, p := range policies {
		if p.Name == name {
			return p, nil
		}
	}
	return policy{}, fmt.Errorf("%w: %q", ErrPolicyUnknown, name)
}

func (p policy) hash() ([32]byte, error) {
	data, err := encode(p)
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash policy: %w", err)
	}
	return sha256.Sum256(data), nil
}

// release returns the cells that may leave the region now, of all it has.
func (p policy) release(cells []survey.Cell) []survey.Cell {
	out := make([]survey.Cell, 0, len(cells))
	for _, c := range cells {
		if c.Contributors >= p.Contributors {
			out = append(out, c)
		}
	}
	return out
}

// dictionaryHash identifies what the definitions say, not only their name: the
// figures of two nodes add up only if both mean the same.
func dictionaryHash(d survey.Definitions) ([32]byte, error) {
	h := sha256.New()
	for _, m := range d.Metrics {
		_, err := fmt.Fprintf(h, "%q %q %q %q %q %d\n", m.ID, m.Unit, m.Question, m.Part, m.Measure, m.Threshold)
		if err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte(h.Sum(nil)), nil
}
