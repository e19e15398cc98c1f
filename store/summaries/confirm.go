package summaries

import (
	"maps"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Confirm notes that the region, at that time by this node's clock, named the kept summary as its
// newest. It does not wait for the disk: confirmations are written once a minute and on Close, and
// a crash may lose the last ones. A time before the last one changes nothing.
func (s *Summaries) Confirm(region survey.Region, cycle survey.Cycle, at time.Time) {
	if checkKey(region, cycle) != nil {
		return // keeps the map bounded
	}
	key := string(summaryKey(cycle, region))
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.confirmed[key]) {
		s.confirmed[key] = at.UTC().Round(0)
	}
}

// latest returns the later of the saved and the unsaved confirmation.
func (s *Summaries) latest(key []byte, saved time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.confirmed[string(key)]; at.After(saved) {
		return at
	}
	return saved
}

func (s *Summaries) confirmLoop() {
	defer close(s.stopped)
	ticker := time.NewTicker(confirmEvery)
	defer ticker.Stop()

	for {
		select {
		case <-ticker.C:
			if err := s.saveConfirmed(); err != nil {
				s.logger.Warn("confirmations of summaries were not saved", "error", err)
			}
		case <-s.closing:
			return
		}
	}
}

// saveConfirmed writes the confirmations of kept summaries. Confirmations noted meanwhile stay
// pending.
func (s *Summaries) saveConfirmed() error {
	s.mu.Lock()
	pending := maps.Clone(s.confirmed)
	s.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}

	err := s.file.Update(func(t *boltfile.Tx) error {
		for key, at := range pending {
			if err := confirm(t, []byte(key), at); err != nil {
				return err
			}
		}
		return nil
	})

	if err != nil {
		return err
	}

	// Only those that were written: a later one may have been noted since.
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, at := range pending {
		if s.confirmed[key].Equal(at) {
			delete(s.confirmed, key)
		}
	}
	return nil
}

func confirm(t *boltfile.Tx, key []byte, at time.Time) error {
	if !t.Has(headsBucket, key) {
		return nil
	}
	var saved time.Time
	if _, err := t.Get(confirmedBucket, key, &saved); err != nil || !at.After(saved) {
		return err
	}
	return t.Put(confirmedBucket, key, at)
}
