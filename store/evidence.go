package store

import (
	"bytes"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Evidence is proof that a region signed two different summaries with the same
// version.
type Evidence struct {
	Region  survey.Region  `cbor:"1,keyasint"`
	Cycle   survey.Cycle   `cbor:"2,keyasint"`
	Version SummaryVersion `cbor:"3,keyasint"`
	First   []byte         `cbor:"4,keyasint"`
	Second  []byte         `cbor:"5,keyasint"`
	Found   time.Time      `cbor:"6,keyasint"`
}

// PutEvidence keeps the pair for good, up to a bound of 1000 pairs. A pair that
// is kept already changes nothing.
func (s *Summaries) PutEvidence(region survey.Region, cycle survey.Cycle, version SummaryVersion, first, second []byte) error {
	s.logger.Error("a region signed two summaries with the same version", "region", string(region), "cycle", string(cycle),
		"incarnation", version.Incarnation, "sequence", version.Sequence)
	if len(first) > maxSummaryBytes || len(second) > maxSummaryBytes {
		return fmt.Errorf("%w: keep evidence against %s: a summary is larger than %d bytes", survey.ErrInvalid, region, maxSummaryBytes)
	}
	err := s.update(func(t *summaryTxn) error {
		count := 0
		err := t.each(evidenceBucket, nil, func(key, value []byte) error {
			var e Evidence
			if err := t.open(evidenceBucket, key, value, &e); err != nil {
				return err
			}
			if count++; e.Region == region && e.Cycle == cycle && e.Version == version && bytes.Equal(e.Second, second) {
				return errNothing
			}
			return nil
		})
		if err != nil {
			return err
		}
		if count >= maxEvidence {
			return errNothing
		}
		number, err := t.bolt.Bucket([]byte(evidenceBucket)).NextSequence()
		if err != nil {
			return fmt.Errorf("number the evidence: %w", err)
		}
		return t.put(evidenceBucket, numberKey(number), Evidence{Region: region, Cycle: cycle, Version: version,
			First: first, Second: second, Found: time.Now().UTC().Round(0)})
	})
	if err != nil {
		return fmt.Errorf("keep evidence against %s: %w", region, err)
	}
	return nil
}

// Evidence returns the kept pairs in the order in which they were found.
func (s *Summaries) Evidence() ([]Evidence, error) {
	var list []Evidence
	err := s.view(func(t *summaryTxn) error {
		return t.each(evidenceBucket, nil, func(key, value []byte) error {
			var e Evidence
			if err := t.open(evidenceBucket, key, value, &e); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", err)
	}
	return list, nil
}
