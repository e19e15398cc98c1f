package federation

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/survey"
)

// tellSupport tells the registry which companies the records say were
// supported. Like the outbox's other work it waits out any outage: support
// stays on the list until the registry knows of it or refuses it.
func (p *pump) tellSupport(ctx context.Context) {
	repeat(ctx, p.records.Outbox().Watch, p.tellSupportBatch, func(err error, wait time.Duration) {
		p.log.Debug("support to be told to the registry waits", "error", err, "wait", wait)
	})
}

// tellSupportBatch proposes the oldest support of one cycle. It reports false
// if there was none.
func (p *pump) tellSupportBatch(ctx context.Context) (more bool, err error) {
	work, err := p.records.Outbox().Support(workBatch)
	if err != nil || len(work) == 0 {
		return false, err
	}
	work = sameKind(work)
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	request := survey.Request{ID: "support-" + uuid.NewString(), Actor: pumpActor}
	outcomes, err := p.registry.AddSupported(ctx, request, work[0].Cycle, companies(work))
	if err != nil {
		return false, err
	}

	refusals := make([]*survey.Refusal, len(outcomes))
	for i, outcome := range outcomes {
		refusals[i] = outcome.Refusal
	}
	return true, p.records.Outbox().SupportTold(work, refusals)
}
