package federation

import (
	"context"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/survey"
)

// tellSupport tells the registry which companies the records say were
// supported. Like the outbox's other work it waits out any outage: support
// stays on the list until the registry knows of it or refuses it.
func (p *pump) tellSupport(ctx context.Context) {
	wait := retryFirst
	for {
		changed := p.records.Outbox().Watch()
		told, err := p.tellSupportBatch(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.log.Debug("support to be told to the registry waits", "error", err, "wait", wait)
			if !sleep(ctx, jitter(wait)) {
				return
			}
			wait = min(2*wait, retryMost)
		case told:
			wait = retryFirst
		default:
			wait = retryFirst
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}
}

// tellSupportBatch proposes the oldest support of one cycle. It reports false
// when there is none.
func (p *pump) tellSupportBatch(ctx context.Context) (bool, error) {
	work, err := p.records.Outbox().Support(workBatch)
	if err != nil || len(work) == 0 {
		return false, err
	}
	work = sameKind(work)
	ids := make([]survey.Identifier, len(work))
	for i, w := range work {
		ids[i] = w.Organisation
	}
	ctx, cancel := context.WithTimeout(ctx, proposeMost)
	defer cancel()
	outcomes, err := p.registry.AddSupported(ctx, survey.Request{ID: "support-" + uuid.NewString(), Actor: pumpActor}, work[0].Cycle, ids)
	if err != nil {
		return false, err
	}
	refusals := make([]*survey.Refusal, len(outcomes))
	for i, outcome := range outcomes {
		refusals[i] = outcome.Refusal
	}
	return true, p.records.Outbox().SupportTold(work, refusals)
}
