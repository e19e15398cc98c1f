package summaries

import (
	"bytes"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Evidence is proof that a region signed two different summaries with the same
// version.
type Evidence struct {
	Region  survey.Region `cbor:"1,keyasint"`
	Cycle   survey.Cycle  `cbor:"2,keyasint"`
	Version Version       `cbor:"3,keyasint"`
	First   []byte        `cbor:"4,keyasint"`
	Second  []byte        `cbor:"5,keyasint"`
	Found   time.Time     `cbor:"6,keyasint"`
}

// PutEvidence keeps the pair for good, up to a bound of 1000 pairs. It changes nothing if the pair
// is already kept. It returns survey.ErrInvalid for a summary of more than 1 MiB.
func (s *Summaries) PutEvidence(region survey.Region, cycle survey.Cycle, version Version, first, second []byte) error {
	// Logged before anything can fail: the log also counts the pairs beyond the bound.
	s.logger.Error("a region signed two summaries with the same version", "region", string(region),
		"cycle", string(cycle),
		"incarnation", version.Incarnation, "sequence", version.Sequence)

	if len(first) > maxBytes || len(second) > maxBytes {
		return fmt.Errorf("%w: keep evidence against %s: a summary is larger than %d bytes",
			survey.ErrInvalid, region, maxBytes)
	}

	err := s.file.Update(func(t *boltfile.Tx) error {
		count, known := 0, false
		err := boltfile.Values(t, evidenceBucket, "", func(_ []byte, e *Evidence) (bool, error) {
			count++
			known = e.Region == region && e.Cycle == cycle && e.Version == version && bytes.Equal(e.Second, second)
			return !known, nil
		})
		if err != nil || known || count >= maxEvidence {
			return err
		}

		number, err := t.Next(evidenceBucket)
		if err != nil {
			return err
		}
		return t.Put(evidenceBucket, boltfile.NumberKey(number), Evidence{Region: region, Cycle: cycle,
			Version: version, First: first, Second: second, Found: time.Now().UTC().Round(0)})
	})
	if err != nil {
		return fmt.Errorf("keep evidence against %s: %w", region, err)
	}
	return nil
}

// Evidence returns the kept pairs in the order in which they were found.
func (s *Summaries) Evidence() (list []Evidence, err error) {
	err = s.file.View(func(t *boltfile.Tx) (err error) {
		list, err = boltfile.Select[Evidence](t, evidenceBucket, "", nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", err)
	}
	return list, nil
}
