package registry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// Invite opens an invitation for a region: whoever shows the secret behind the
// hash may bring its node in, once, until life (at most 24 hours of the
// registry's clock) is over. It takes the place of one that nobody used. It
// blocks as every write does.
func (w *Writer) Invite(ctx context.Context, request survey.Request, region survey.Region, role survey.Role, hash [sha256.Size]byte, life time.Duration) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.Invite(region, role, hash, life))
	if err != nil {
		return outcome, fmt.Errorf("invite %s: %w", region, err)
	}
	return outcome, nil
}

// Admit brings a newcomer into the roster: its region, key and address, the
// secret of its invitation, and what SignJoin made. The invitation has its role. Repeated for the same
// key it returns OutcomeExists.
func (w *Writer) Admit(ctx context.Context, request survey.Request, secret []byte, m survey.Member, signature []byte) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.Admit(secret, m, signature))
	if err != nil {
		return outcome, fmt.Errorf("admit %s: %w", m.Region, err)
	}
	return outcome, nil
}

// RotateKey gives this region a new key. It is signed by the key that this
// registry was opened with; nothing more can be signed with that one
// afterwards.
func (w *Writer) RotateKey(ctx context.Context, request survey.Request, key *identity.Key) (survey.Outcome, error) {
	self := w.machine.view().Member(w.options.Region)
	if self == nil {
		return survey.Outcome{}, fmt.Errorf("rotate the key: %w: %s is not in the roster", survey.ErrNotFound, w.options.Region)
	}
	outcome, err := w.write(ctx, request, state.RotateKey(w.options.Federation, *self, key))
	if err != nil {
		return outcome, fmt.Errorf("rotate the key: %w", err)
	}
	return outcome, nil
}

// Rename gives this region a name from a day (YYYY-MM-DD) on.
func (w *Writer) Rename(ctx context.Context, request survey.Request, name, from string) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.Rename(name, from))
	if err != nil {
		return outcome, fmt.Errorf("rename %s: %w", w.options.Region, err)
	}
	return outcome, nil
}

// Propose asks for a decision about a region or a campaign. The outcome is
// OutcomeUpdated if it is in effect at once, OutcomeCreated or, for a campaign,
// OutcomeProposed if it waits for another region; Number is what that region
// endorses.
func (w *Writer) Propose(ctx context.Context, request survey.Request, what survey.NewProposal) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.Propose(what))
	if err != nil {
		return outcome, fmt.Errorf("propose to %s %s%s: %w", what.Kind, what.Region, what.Cycle, err)
	}
	return outcome, nil
}

// Endorse gives this region's consent to another's proposal, which takes effect
// by it.
func (w *Writer) Endorse(ctx context.Context, request survey.Request, number uint64) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.Endorse(number))
	if err != nil {
		return outcome, fmt.Errorf("endorse proposal %d: %w", number, err)
	}
	return outcome, nil
}

// HandedOver notes that this region has taken over what its sponsor recorded
// for it.
func (w *Writer) HandedOver(ctx context.Context, request survey.Request) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.HandedOver())
	if err != nil {
		return outcome, fmt.Errorf("take over from the sponsor: %w", err)
	}
	return outcome, nil
}

// StateLevel says that this node's software knows FeatureLevel: updated, or
// exists. Software from before there were levels stops at this command, so
// whoever calls it must believe that no voter runs it any more. It blocks as
// every write does.
func (w *Writer) StateLevel(ctx context.Context, request survey.Request) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, state.StateLevel())
	if err != nil {
		return outcome, fmt.Errorf("state the feature level: %w", err)
	}
	return outcome, nil
}
