package federation

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxSkew is how far a newcomer's clock may be off.
const maxSkew = 30 * time.Second

// How long this node listens for newcomers after an invitation has expired, so that it can tell a
// late one so, and how often it looks at the invitations.
const (
	maxLate     = time.Hour
	inviteCheck = 10 * time.Second
)

// newcomers admits invited nodes. The registry admits each once, for all nodes.
type newcomers struct {
	door
	federation identity.FederationID
	policy     string
	network    link.Network
	log        *slog.Logger
	logger     *slog.Logger // for link
}

// welcoming listens for newcomers while an invitation is open. At other times strangers find no
// protocol that they may speak.
func (n newcomers) welcoming(ctx context.Context) {
	var server *link.JoinServer
	shut := func() {
		if server == nil {
			return
		}
		if err := server.Close(); err != nil {
			n.log.Warn("listening for newcomers did not end", "error", err)
		}
		server = nil
	}
	defer shut()

	ticker := time.NewTicker(inviteCheck)
	defer ticker.Stop()
	for {
		// The ticker sees an invitation expire: that is no change of the registry.
		changed := n.registry.Watch()
		switch open := n.invitationOpen(); {
		case open && server == nil:
			server = link.ServeJoins(n.network, n.admit, n.logger)
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

func (n newcomers) invitationOpen() bool {
	now := time.Now()
	return slices.ContainsFunc(n.registry.Invitations(), func(i survey.Invitation) bool {
		return now.Before(i.Expires.Add(maxLate))
	})
}

// admit answers a newcomer. It checks everything that can be checked here, so that strangers cannot
// fill the registry's log, and proposes the rest.
func (n newcomers) admit(ctx context.Context, key ed25519.PublicKey, request []byte) ([]byte, error) {
	var asked joinRequest
	decoder := json.NewDecoder(bytes.NewReader(request))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil || asked.Version != joinVersion || len(asked.Secret) == 0 {
		return nil, n.turnAway(key, "", survey.RefusedInvalid,
			"the request cannot be read: is the other program of another version?")
	}

	skew := time.Since(time.UnixMilli(asked.Clock))
	if skew.Abs() > maxSkew {
		return nil, n.turnAway(key, asked.Region, survey.RefusedClockSkew,
			fmt.Sprintf("your clock is %s off the sponsor's: set it, then ask again", skew.Abs().Round(time.Second)))
	}
	if problem := addressProblem(asked.Address); problem != "" {
		return nil, n.turnAway(key, asked.Region, survey.RefusedInvalid, problem)
	}

	hash := identity.InviteHash(asked.Secret)
	known, err := n.registry.Invitation(hash)
	switch {
	case err != nil:
		return nil, n.turnAway(key, asked.Region, survey.RefusedInviteUnknown,
			"this invitation is not known here: was a newer one made for the region?")
	case known.Region != asked.Region:
		return nil, n.turnAway(key, asked.Region, survey.RefusedInviteRegion,
			fmt.Sprintf("this invitation is for %s", known.Region))
	case !known.Used && time.Now().After(known.Expires):
		return nil, n.turnAway(key, asked.Region, survey.RefusedInviteExpired,
			fmt.Sprintf("this invitation expired at %s: ask for a new one",
				known.Expires.Format("15:04 MST on 2 January 2006")))
	}

	// A newcomer that asks for the same again makes one request: Ed25519 signs the same text alike.
	m := survey.Member{Region: asked.Region, Key: key, Address: asked.Address}
	same := sha256.Sum256(fmt.Appendf(nil, "%x %x %s %x", hash, []byte(key), asked.Address, asked.Signature))
	once := survey.Request{ID: "join-" + hex.EncodeToString(same[:16])}
	outcome, err := n.registry.Admit(ctx, once, asked.Secret, m, asked.Signature)
	if err != nil {
		return nil, fmt.Errorf("admit %s: %w", asked.Region, err)
	}
	if outcome.Refusal != nil {
		return nil, n.turnAway(key, asked.Region, outcome.Refusal.Code, outcome.Refusal.Detail)
	}

	n.audit.add(store.AuditEntry{Action: "region.admit", Object: string(asked.Region), Outcome: identity.NodeID(key)})
	return json.Marshal(joinAnswer{Version: joinVersion, Federation: n.federation, Policy: n.policy,
		Members: n.registry.Members()})
}

// turnAway logs which node was not let in and why, and returns the answer to it.
func (n newcomers) turnAway(
	key ed25519.PublicKey, region survey.Region, code survey.RefusalCode, detail string,
) error {
	n.log.Warn("a newcomer was not admitted", "node", identity.NodeID(key), "region", clip(string(region), 32),
		"reason", string(code))
	return refuseCall(code, detail)
}

// addressProblem returns the fault of a node's address, "" if there is none.
func addressProblem(address string) string {
	host, port, err := net.SplitHostPort(address)
	strange := strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' })
	if err != nil || host == "" || port == "" || port == "0" || len(address) > maxAddress || strange {
		return "a node's address is host:port, as the other nodes reach it"
	}
	return ""
}

// clip bounds a text to max bytes, so that a stranger cannot fill a log line, nor a person the
// audit log.
func clip(text string, max int) string { return strings.ToValidUTF8(text[:min(len(text), max)], "") }
