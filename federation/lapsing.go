package federation

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of noting that claims lapsed.
const (
	lapseWait   = time.Minute // how often the leading node looks
	lapseAtOnce = 500         // claims of one campaign noted at a time
)

// lapser notes that claims' time is over.
type lapser struct {
	region   survey.Region
	registry *registry.Registry
	log      *slog.Logger
}

// run notes in the registry's log which claims' time is over, where the regions
// agreed on one. The leading node does it, with its clock as a hint. The
// registry's own clock decides when the note is applied, so it does not matter
// which node writes it.
func (l lapser) run(ctx context.Context) {
	every(ctx, lapseWait, func(ctx context.Context) {
		if l.registry.Status().Leader != l.region {
			return
		}
		for _, c := range l.registry.Campaigns() {
			l.lapse(ctx, c.Cycle)
		}
	})
}

func (l lapser) lapse(ctx context.Context, cycle survey.Cycle) {
	due := l.registry.DueClaims(cycle, time.Now(), lapseAtOnce)
	if len(due) == 0 {
		return
	}
	request := survey.Request{ID: fmt.Sprintf("lapse-%s-%d", cycle, l.registry.Number())}
	if _, err := l.registry.LapseClaims(ctx, request, cycle, due); err != nil && ctx.Err() == nil {
		l.log.Warn("claims past their term were not released, as far as is known; the next round tries again",
			"cycle", cycle, "claims", len(due), "error", err)
	}
}
