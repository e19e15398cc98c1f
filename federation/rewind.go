package federation

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// rewindTimeout bounds how long one attempt to rewind waits for the leader.
const rewindTimeout = 10 * time.Second

// rewind compares the epoch that the records follow with the registry's. After
// a recovery from a lost quorum the records may have seen changes that are in
// no registry any more, under numbers that were given out again since: they are
// then brought to what the registry says now, once its newest state is here.
// It reports whether the records may follow the registry's changes. A copy of
// the registry that is still being received may be in an older epoch: there is
// nothing to follow until it has caught up.
func (p *pump) rewind(ctx context.Context) (current bool, err error) {
	follows, err := p.records.Epoch()
	if err != nil {
		return false, err
	}

	for {
		epoch := p.registry.Epoch()
		if epoch <= follows {
			return epoch == follows, nil
		}

		// The newest state is needed: figures must not dip in between.
		wait, cancel := context.WithTimeout(ctx, rewindTimeout)
		_, err := p.registry.Await(wait, survey.Consistency{Linearizable: true})
		cancel()
		if err != nil {
			return false, fmt.Errorf("the registry went on in epoch %d: %w", epoch, err)
		}

		epoch = p.registry.Epoch()
		changes, upTo := p.registry.ChangesSince(0, 0)
		if p.registry.Epoch() != epoch {
			continue // it went on once more in between
		}

		p.log.Warn("the records go back to what the registry says after its recovery",
			"epoch", epoch, "from", p.records.Cursor(), "to", upTo)
		if err := p.records.Rewind(epoch, upTo, changes); err != nil {
			return false, err
		}
		return true, nil
	}
}
