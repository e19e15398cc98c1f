package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// How long a sign-off waits for the records to follow the registry to the close.
const (
	followMost  = 10 * time.Second
	followPause = 50 * time.Millisecond
)

// steps make a year final, for the API and for the pages alike: figures from the
// totals, decisions from the registry. Each returns the outcome and the hash that
// it is about; errors are those of the rooms below, for either to put into words.
type steps struct{ federation *federation.Federation }

// errOtherTable: another table follows here than the one that was seen.
var errOtherTable = errors.New("another table follows here")

// errNothingStands: this node holds no figures of the region that could stand.
var errNothingStands = errors.New("no figures of the region are held here that could stand")

// signOff makes this region's final summary and puts it into the registry.
func (s steps) signOff(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int) (survey.Outcome, [32]byte, error) {
	summary, err := s.finalSummary(ctx, cycle, revision)
	if err != nil {
		return survey.Outcome{}, [32]byte{}, err
	}
	outcome, err := s.federation.SignOff(ctx, request, cycle, revision, summary)
	return outcome, sha256.Sum256(summary), err
}

// finalSummary waits a while for the records, which follow the registry.
func (s steps) finalSummary(ctx context.Context, cycle survey.Cycle, revision int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, followMost)
	defer cancel()
	for {
		summary, err := s.federation.Totals().FinalSummary(cycle, revision)
		if !errors.Is(err, totals.ErrNotFinal) {
			return summary, err
		}
		pause := time.NewTimer(followPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, err
		}
	}
}

// coSign co-signs the table that follows here if nothing speaks against it, and
// if it is the one that was seen; empty means that none was.
func (s steps) coSign(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, seen string) (survey.Outcome, [32]byte, error) {
	hash, err := s.federation.Totals().CheckTable(cycle, revision)
	if err == nil && seen != "" && seen != hexOf(hash) {
		err = errOtherTable
	}
	if err != nil {
		return survey.Outcome{}, hash, err
	}
	outcome, err := s.federation.CoSign(ctx, request, cycle, revision, hash)
	return outcome, hash, err
}

// letStand settles another region's part with what this node holds of it.
func (s steps) letStand(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, reason survey.ReasonCode, words string) (survey.Outcome, [32]byte, error) {
	summary, err := s.federation.Totals().LastSummary(cycle, region)
	if errors.Is(err, survey.ErrNotFound) || errors.Is(err, totals.ErrTwoSummaries) {
		err = fmt.Errorf("%w: %w", errNothingStands, err)
	}
	if err != nil {
		return survey.Outcome{}, [32]byte{}, err
	}
	outcome, err := s.federation.LetStand(ctx, request, cycle, revision, region, summary, reason, words)
	return outcome, sha256.Sum256(summary), err
}

// whyNothingStands says it in words.
func whyNothingStands(err error, region survey.Region) string {
	if errors.Is(err, totals.ErrTwoSummaries) {
		return fmt.Sprintf("%s signed two different summaries with one number, so neither can stand: go on without its figures", region.Name())
	}
	return fmt.Sprintf("this node holds no figures of %s that could stand: go on without them", region.Name())
}
