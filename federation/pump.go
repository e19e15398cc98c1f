package federation

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the pump between the region's own records and the registry.
const (
	changeBatch    = 512                   // registry changes applied in one transaction of the records
	changePause    = 20 * time.Millisecond // between two such transactions: the next one has all changes since
	workBatch      = 256                   // pieces of work proposed at once
	proposeTimeout = 12 * time.Second      // longer than the registry holds a command
)

// pumpActor is the opaque number under which the node itself acts: claims that
// an answer asked for, and reports of answers.
const pumpActor = 0

// pump carries work between the region's own records and the registry. Its commands leave no entry
// in the audit log: they follow from a person's act that has one, or from nobody's (DESIGN.md).
type pump struct {
	registry *registry.Registry
	records  *store.Store
	log      *slog.Logger
	catching chan struct{} // held while the records catch up with the registry
}

// follow carries the registry's changes into the records: grants, releases and
// transfers count and uncount answers there. The cursor is durable, so no change
// is lost or counted twice when the node stops in between.
func (p *pump) follow(ctx context.Context) {
	var applied time.Time
	apply := func(ctx context.Context) (bool, error) {
		// The first change after a pause is applied at once. A transaction for each
		// of many would keep the disk from the registry's log, which claims wait for.
		notifier.Pause(ctx, changePause-time.Since(applied))
		applied = time.Now()
		return false, p.catchUp(ctx)
	}

	repeat(ctx, p.registry.Watch, apply, func(err error, wait time.Duration) {
		p.log.Error("the records could not follow the registry; trying again", "error", err, "wait", wait)
	})
}

// catchUp applies every registry change that the records have not seen.
func (p *pump) catchUp(ctx context.Context) error {
	// One at a time: changes are applied in order.
	p.catching <- struct{}{}
	defer func() { <-p.catching }()

	// After a recovery the cursor may be about changes that no registry has any more.
	if current, err := p.rewind(ctx); err != nil || !current {
		return err
	}

	for ctx.Err() == nil {
		cursor := p.records.Cursor()
		changes, upTo := p.registry.ChangesSince(cursor, changeBatch)
		if upTo <= cursor {
			return nil
		}
		if err := p.records.ApplyChanges(upTo, changes); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// catchUpTimeout bounds how long recording an answer waits for the records to see
// the claim that the registry already shows.
const catchUpTimeout = 2 * time.Second

// catchUpBriefly lets the records follow the registry before a decision is
// made by them. Being late is harmless: the answer is provisional until then.
func (p *pump) catchUpBriefly(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTimeout)
	defer cancel()
	if err := p.catchUp(ctx); err != nil {
		p.log.Debug("the records did not catch up before an answer", "error", err)
	}
}

// send proposes the records' outbox to the registry: claims that answers wait
// for, and reports that answers are complete. Work stays in the outbox until
// the registry's own changes show it done, so every outage is only a delay.
func (p *pump) send(ctx context.Context) {
	// Lists are recorded without this room, so the records' own notifier wakes it.
	repeat(ctx, p.records.Outbox().Watch, p.sendBatch, func(err error, wait time.Duration) {
		p.log.Debug("work for the registry waits", "error", err, "wait", wait)
	})
}

// sendBatch proposes the oldest pieces of work, of one kind and cycle at a time.
// It reports false if there was none.
func (p *pump) sendBatch(ctx context.Context) (more bool, err error) {
	all, err := p.records.Outbox().Due(workBatch)
	if err != nil || len(all) == 0 {
		return false, err
	}
	batch := sameKind(all)
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	outcomes, err := p.propose(ctx, batch)
	if err != nil {
		return false, err
	}

	var stale bool
	for i, outcome := range outcomes {
		switch {
		case outcome.Refusal == nil:
		case outcome.Refusal.Code == survey.RefusedStaleToken:
			stale = true // the records have not seen the newest change yet
		default:
			if err := p.records.Outbox().Refuse(batch[i], outcome.Refusal); err != nil {
				return false, err
			}
		}
	}

	// The outbox is empty of this work only once the records have seen it done.
	if err := p.catchUp(ctx); err != nil {
		return false, err
	}
	if stale {
		return false, errors.New("the registry has a newer change of a claim")
	}
	return true, nil
}

// propose makes one registry command of the batch. A fresh request id is enough: to claim a company
// again, or to report an answer again, changes nothing.
func (p *pump) propose(ctx context.Context, batch []store.Work) ([]survey.Outcome, error) {
	request := survey.Request{ID: "outbox-" + uuid.NewString(), Actor: pumpActor}
	if batch[0].Kind == store.WorkClaim {
		return p.registry.Claim(ctx, request, batch[0].Cycle, companies(batch))
	}

	changes := make([]survey.ClaimChange, len(batch))
	for i, w := range batch {
		changes[i], _ = w.Action() // every kind but the claim has one
	}
	return p.registry.ChangeClaims(ctx, request, batch[0].Cycle, changes)
}

// sameKind returns the work that can be proposed together with the first piece.
func sameKind(all []store.Work) []store.Work {
	var batch []store.Work
	for _, w := range all {
		if w.Kind == all[0].Kind && w.Cycle == all[0].Cycle {
			batch = append(batch, w)
		}
	}
	return batch
}

func companies(batch []store.Work) []survey.Identifier {
	ids := make([]survey.Identifier, len(batch))
	for i, w := range batch {
		ids[i] = w.Organisation
	}
	return ids
}
