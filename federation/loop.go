package federation

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/ahsn-network/tracker/store/notifier"
)

// Waits between attempts that failed.
const (
	retryFirst   = time.Second
	maxRetryWait = 15 * time.Second
)

// every calls do at once and then once in each period, until ctx ends.
func every(ctx context.Context, period time.Duration, do func(context.Context)) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		do(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// repeat calls do until ctx ends: again at once if there is more, otherwise when
// the watched thing changes. After an error it tells failed, and waits longer
// each time.
func repeat(
	ctx context.Context, watch func() <-chan struct{}, do func(context.Context) (more bool, err error),
	failed func(err error, wait time.Duration),
) {
	wait := retryFirst
	for {
		changed := watch() // before do, so that no change is missed
		more, err := do(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failed(err, wait)
			notifier.Pause(ctx, jitter(wait))
			wait = min(2*wait, maxRetryWait)
			continue
		}

		wait = retryFirst
		if more {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// jitter spreads d by a fifth either way, so that fifteen nodes don't retry in
// step.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + time.Duration(rand.Int64N(int64(d)*2/5+1))
}
