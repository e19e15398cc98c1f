package federation

import (
	"context"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of noting that claims lapsed.
const (
	lapseWait   = time.Minute // how often the leading node looks
	lapseAtOnce = 500         // claims of one campaign noted at a time
)

// lapsing notes in the log which claims' time is over, where the regions agreed
// on one. The leading node does it, with its clock as a hint; the registry's own
// clock decides when the note is applied, so whoever notes it changes nothing.
func (f *Federation) lapsing(ctx context.Context) {
	ticker := time.NewTicker(lapseWait)
	defer ticker.Stop()
	for {
		if f.registry.Status().Leader == f.options.Region {
			for _, c := range f.registry.Campaigns() {
				f.lapse(ctx, c.Cycle)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (f *Federation) lapse(ctx context.Context, cycle survey.Cycle) {
	due := f.registry.DueClaims(cycle, time.Now(), lapseAtOnce)
	if len(due) == 0 {
		return
	}
	request := survey.Request{ID: fmt.Sprintf("lapse-%s-%d", cycle, f.registry.Number())}
	if _, err := f.registry.LapseClaims(ctx, request, cycle, due); err != nil && ctx.Err() == nil {
		f.log.Warn("claims whose time is over stand for longer: it could not be noted", "cycle", cycle, "claims", len(due), "error", err)
	}
}
