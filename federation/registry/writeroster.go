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

// Invite opens an invitation for a region: a node that shows the secret behind the hash may enter
// once, until life (at most 24 hours of the registry's clock) is over. It replaces an unused one.
// It blocks as every write does.
func (w *Writer) Invite(ctx context.Context, request survey.Request, region survey.Region, role survey.Role,
	hash [sha256.Size]byte, life time.Duration) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.Invite(region, role, hash, life), "invite %s", region)
}

// Admit brings a newcomer into the roster: its region, key and address, the secret of its
// invitation, and SignJoin's signature. The invitation has its role. Repeated for the same key it
// returns OutcomeExists.
func (w *Writer) Admit(ctx context.Context, request survey.Request, secret []byte, m survey.Member,
	signature []byte) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.Admit(secret, m, signature), "admit %s", m.Region)
}

// RotateKey gives this region a new key. It is signed by the key that this
// registry was opened with; nothing more can be signed with that one
// afterwards.
func (w *Writer) RotateKey(ctx context.Context, request survey.Request, key *identity.Key) (survey.Outcome, error) {
	self := w.machine.view().Member(w.options.Region)
	if self == nil {
		return survey.Outcome{}, fmt.Errorf("rotate the key: %w: %s is not in the roster", survey.ErrNotFound,
			w.options.Region)
	}
	return w.writeAs(ctx, request, state.RotateKey(w.options.Federation, *self, key), "rotate the key")
}

// Rename gives this region a name from a day (YYYY-MM-DD) on.
func (w *Writer) Rename(ctx context.Context, request survey.Request, name, from string) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.Rename(name, from), "rename %s", w.options.Region)
}

// Propose asks for a decision about a region or a campaign. The outcome is
// OutcomeUpdated if it is in effect at once, OutcomeCreated or, for a campaign,
// OutcomeProposed if it waits for another region; Number is what that region
// endorses.
func (w *Writer) Propose(ctx context.Context, request survey.Request, what survey.NewProposal) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.Propose(what), "propose to %s %s%s", what.Kind, what.Region, what.Cycle)
}

// Endorse gives this region's consent to another's proposal, which takes effect
// by it.
func (w *Writer) Endorse(ctx context.Context, request survey.Request, number uint64) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.Endorse(number), "endorse proposal %d", number)
}

// HandedOver notes that this region has taken over its sponsor's records.
func (w *Writer) HandedOver(ctx context.Context, request survey.Request) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.HandedOver(), "take over from the sponsor")
}

// StateLevel says that this node's software knows FeatureLevel: updated, or exists. Software from
// before there were levels stops at this command, so the caller must be sure that no voter runs it
// any more. It blocks as every write does.
func (w *Writer) StateLevel(ctx context.Context, request survey.Request) (survey.Outcome, error) {
	return w.writeAs(ctx, request, state.StateLevel(), "state the feature level")
}
