package federation

import (
	"context"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Propose asks for a decision about a region. Words are why, for this node's
// own audit log: the registry carries the coded reason only. The outcome is
// that of registry.Propose; a refusal comes as *survey.Refusal.
func (f *Federation) Propose(ctx context.Context, request survey.Request, what survey.NewProposal, words string) (survey.Outcome, error) {
	outcome, err := f.registry.Propose(ctx, request, what)
	return f.decided(ctx, request, "region."+string(what.Kind), string(what.Region), words, outcome, err)
}

// Endorse consents to another region's proposal.
func (f *Federation) Endorse(ctx context.Context, request survey.Request, number uint64, words string) (survey.Outcome, error) {
	outcome, err := f.registry.Endorse(ctx, request, number)
	return f.decided(ctx, request, "region.endorse", fmt.Sprint(number), words, outcome, err)
}

// Rename gives this region a name from a day (YYYY-MM-DD) on.
func (f *Federation) Rename(ctx context.Context, request survey.Request, name, from string) (survey.Outcome, error) {
	outcome, err := f.registry.Rename(ctx, request, name, from)
	return f.decided(ctx, request, "region.rename", string(f.options.Region), name+" from "+from, outcome, err)
}

// RotateKey gives this region the new key, which its node must be started with
// afterwards: nothing is accepted from the old one any more.
func (f *Federation) RotateKey(ctx context.Context, request survey.Request, key *identity.Key) (survey.Outcome, error) {
	outcome, err := f.registry.RotateKey(ctx, request, key)
	outcome, err = f.decided(ctx, request, "region.rotate-key", string(f.options.Region), identity.NodeID(key.Public()), outcome, err)
	var refusal *survey.Refusal
	if err != nil && !errors.As(err, &refusal) && KeyTaken(ctx, f.options.Dir, f.options.Region, key) {
		err = nil // it was recorded, and the answer did not come: nobody talks to the old key any more
	}
	if err == nil {
		err = f.rekey(key.Public())
	}
	return outcome, err
}

// decided audits what became of a decision and turns a refusal into an error.
func (f *Federation) decided(ctx context.Context, request survey.Request, action, object, words string, outcome survey.Outcome, err error) (survey.Outcome, error) {
	result := string(outcome.Status)
	switch {
	case err != nil:
		result = "failed"
	case outcome.Refusal != nil:
		result, err = "refused: "+string(outcome.Refusal.Code), outcome.Refusal
	}
	if words != "" {
		result += ": " + words
	}
	if len(result) > maxAuditWords {
		result = result[:maxAuditWords]
	}
	f.audit(ctx, store.AuditEntry{Actor: request.Actor, Action: action, Object: object, Outcome: result})
	return outcome, err
}

// maxAuditWords bounds one audited outcome, in bytes.
const maxAuditWords = 1000
