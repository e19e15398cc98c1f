package federation

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// inviteDomain separates the signatures that invitations' secrets come from.
const inviteDomain = "tracker invite secret/1"

// How long this node listens for newcomers after an invitation has expired, so
// that it can tell a late one so, and how often it looks.
const (
	lateMost    = time.Hour
	inviteCheck = 10 * time.Second
)

// Invite opens an invitation for a region's node and returns the one-time
// token to give it. The same request returns the same token. It is good for
// life, at most 24 hours, by the registry's clock.
func (f *Federation) Invite(ctx context.Context, request survey.Request, region survey.Region, role survey.Role, life time.Duration) (identity.Invite, error) {
	var none identity.Invite
	self, ok := f.roster.Member(f.options.Region)
	if !ok || self.Address == "" {
		return none, fmt.Errorf("%w: invite %s: this node has no address that others can reach: set node_advertise", survey.ErrInvalid, region)
	}
	i := identity.Invite{Federation: f.id, Region: string(region), Sponsor: f.options.Key.Public(), Addresses: []string{self.Address}}
	// Nobody can work back from a signature's hash: the secret is random to all
	// but this node, which finds it again for a retry.
	drawn := sha256.Sum256(f.options.Key.Sign(inviteDomain, []byte(request.ID+"\n"+string(region))))
	copy(i.Secret[:], drawn[:])
	outcome, err := f.registry.Invite(ctx, request, region, role, i.Hash(), life)
	if err != nil {
		return none, err
	}
	if outcome.Refusal != nil {
		return none, outcome.Refusal
	}
	known, err := f.registry.Invitation(i.Hash())
	if err != nil {
		return none, fmt.Errorf("invite %s: %w", region, err)
	}
	i.Expires = known.Expires
	if err := i.Check(); err != nil {
		return none, fmt.Errorf("invite %s: %w", region, err)
	}
	return i, nil
}

// welcoming listens for newcomers while an invitation is open, and not
// otherwise: strangers then find no protocol that they may speak.
func (f *Federation) welcoming(ctx context.Context) {
	var server *link.JoinServer
	shut := func() {
		if server == nil {
			return
		}
		if err := server.Close(); err != nil {
			f.log.Warn("the door for newcomers did not close", "error", err)
		}
		server = nil
	}
	defer shut()
	ticker := time.NewTicker(inviteCheck)
	defer ticker.Stop()
	for {
		changed := f.registry.Watch()
		switch open := f.invitationOpen(); {
		case open && server == nil:
			server = link.ServeJoins(f.network, f.admit, f.options.Logger)
		case !open:
			shut()
		}
		select {
		case <-changed:
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (f *Federation) invitationOpen() bool {
	now := time.Now()
	for _, i := range f.registry.Invitations() {
		if now.Before(i.Expires.Add(lateMost)) {
			return true
		}
	}
	return false
}
