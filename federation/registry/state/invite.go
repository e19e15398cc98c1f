package state

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of invitations.
const (
	maxInviteLife   = 24 * 3600_000     // milliseconds of the state's clock
	inviteAgeKept   = 7 * 24 * 3600_000 // after its end, so that a late newcomer is told why
	maxInvites      = 256
	maxPreviousKeys = 128 // of one region
	inviteSecret    = 16
)

// joinDomain separates a newcomer's signature from every other.
const joinDomain = "tracker join/1"

// inviteRow is one invitation. The state has only the hash of its secret.
type inviteRow struct {
	Hash    []byte        `cbor:"1,keyasint"`
	Region  survey.Region `cbor:"2,keyasint"`
	Role    survey.Role   `cbor:"3,keyasint"`
	By      survey.Region `cbor:"4,keyasint"`
	At      int64         `cbor:"5,keyasint"`
	Expires int64         `cbor:"6,keyasint"`
	Key     []byte        `cbor:"7,keyasint,omitempty"` // of the node that used it
}

type (
	invitePayload struct {
		Region survey.Region `cbor:"1,keyasint"`
		Role   survey.Role   `cbor:"2,keyasint"`
		Hash   []byte        `cbor:"3,keyasint"`
		Life   int64         `cbor:"4,keyasint"` // milliseconds
	}
	// admitPayload carries the secret itself, which is worth nothing afterwards:
	// so every replica sees that the newcomer had it, whoever brings the row.
	admitPayload struct {
		Secret    []byte        `cbor:"1,keyasint"`
		Member    survey.Member `cbor:"2,keyasint"`
		Signature []byte        `cbor:"3,keyasint"` // the newcomer's
	}
)

// Invite asks for an invitation of the region: whoever has the secret behind
// the hash may bring its node in while life lasts.
func Invite(region survey.Region, role survey.Role, hash [sha256.Size]byte, life time.Duration) Command {
	return newCommand(typeInvite, invitePayload{Region: region, Role: role, Hash: hash[:], Life: life.Milliseconds()})
}

// Admit asks for the newcomer to be taken into the roster, with the secret of
// its invitation and what SignJoin made.
func Admit(secret []byte, m survey.Member, signature []byte) Command {
	newcomer := survey.Member{Region: m.Region, Key: m.Key, Address: m.Address}
	return newCommand(typeAdmit, admitPayload{Secret: secret, Member: newcomer, Signature: signature})
}

// SignJoin signs a newcomer's request to enter as the member under the invite.
// Its role is the federation's to decide, and not signed.
func SignJoin(key *identity.Key, federation identity.FederationID, hash [sha256.Size]byte, m survey.Member) []byte {
	return key.Sign(joinDomain, joinMessage(federation[:], hash[:], &m))
}

func joinMessage(federation, hash []byte, m *survey.Member) []byte {
	return fmt.Appendf(nil, "%x\n%x\n%s\n%x\n%s", federation, hash, m.Region, []byte(m.Key), m.Address)
}

// invite opens an invitation. A new one for a region takes the place of one
// that nobody used.
func (w *rosterWork) invite(b *Body) []survey.Outcome {
	var p invitePayload
	if err := Decode(b.Payload, &p); err != nil || len(p.Hash) != sha256.Size || !ValidRegion(p.Region) || !validRole(p.Role) {
		return w.refuseRow(survey.RefusedInvalid, "the invitation cannot be read")
	}
	if p.Life <= 0 || p.Life > maxInviteLife {
		return w.refuseRow(survey.RefusedInvalid, "an invitation lives at most 24 hours")
	}
	if m := w.Member(p.Region); m != nil && m.State != survey.MemberRemoved {
		return w.refuseRow(survey.RefusedRegionPresent, fmt.Sprintf("%s is in the federation already", p.Region))
	}
	if first[inviteRow](w.txn, tableInvites, byKey, string(p.Hash)) != nil {
		return w.refuseRow(survey.RefusedInvalid, "an invitation is made once")
	}
	if w.pruneInvites(p.Region) >= maxInvites {
		return w.refuseRow(survey.RefusedTooMany, "too many invitations are open")
	}
	w.insert(tableInvites, &inviteRow{Hash: p.Hash, Region: p.Region, Role: p.Role, By: b.Origin, At: w.clock(), Expires: w.clock() + p.Life})
	return []survey.Outcome{{Status: survey.OutcomeCreated, Number: w.next()}}
}

// pruneInvites forgets the region's unused invitations and old ones, and
// returns how many there are still.
func (w *rosterWork) pruneInvites(region survey.Region) int {
	var gone []*inviteRow
	n := 0
	from(w.txn, tableInvites, byKey, "", func(i *inviteRow) bool {
		n++
		if i.Region == region && i.Key == nil || i.Expires+inviteAgeKept < w.clock() {
			gone = append(gone, i)
		}
		return true
	})
	for _, i := range gone {
		w.remove(tableInvites, i)
	}
	return n - len(gone)
}

// admit takes a newcomer into the roster under an invitation, once.
func (w *rosterWork) admit(b *Body) []survey.Outcome {
	var p admitPayload
	if err := Decode(b.Payload, &p); err != nil || len(p.Secret) != inviteSecret {
		return w.refuseRow(survey.RefusedInvalid, "the admission cannot be read")
	}
	m := &p.Member
	hash := identity.InviteHash(p.Secret)
	i := first[inviteRow](w.txn, tableInvites, byKey, string(hash[:]))
	if refusal := w.invited(i, m); refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	if i.Key != nil {
		return []survey.Outcome{{Status: survey.OutcomeExists, Number: w.next()}}
	}
	m.Role, m.State, m.Generation, m.PreviousKeys = i.Role, survey.MemberActive, 1, nil
	if problem := memberProblem(m); problem != "" {
		return w.refuseRow(survey.RefusedInvalid, problem)
	}
	if !identity.Verify(m.Key, joinDomain, joinMessage(w.federation.Federation, hash[:], m), p.Signature) {
		return w.refuseRow(survey.RefusedSignature, "the newcomer has not proven its key")
	}
	if refusal := w.keyTaken(m.Key); refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	old := w.Member(m.Region)
	switch {
	case old != nil && old.State != survey.MemberRemoved:
		return w.refuseRow(survey.RefusedRegionPresent, fmt.Sprintf("%s is in the federation already", m.Region))
	case old != nil && len(old.PreviousKeys) >= maxPreviousKeys, old == nil && len(w.Members()) >= maxMembers:
		return w.refuseRow(survey.RefusedTooMany, "the roster is full")
	case old != nil: // it comes back, as another server with another key
		m.Generation = old.Generation + 1
		m.PreviousKeys = append(slices.Clone(old.PreviousKeys), old.Key)
	}
	used := *i
	used.Key = m.Key
	w.insert(tableInvites, &used)
	w.insert(tableMembers, m)
	w.noteJoined(m.Region)
	w.assessAll()
	return []survey.Outcome{{Status: survey.OutcomeCreated, Number: w.next()}}
}

// invited says why the invitation does not let the member in.
func (w *rosterWork) invited(i *inviteRow, m *survey.Member) *survey.Refusal {
	switch {
	case i == nil || !w.activeMember(i.By):
		return &survey.Refusal{Code: survey.RefusedInviteUnknown, Detail: "this invitation is not known: a newer one for the region replaces it"}
	case i.Region != m.Region:
		return &survey.Refusal{Code: survey.RefusedInviteRegion, Detail: fmt.Sprintf("this invitation is for %s", i.Region)}
	case i.Key != nil && !bytes.Equal(i.Key, m.Key):
		return &survey.Refusal{Code: survey.RefusedInviteUsed, Detail: "this invitation was used by another node"}
	case i.Key == nil && w.clock() > i.Expires:
		return &survey.Refusal{Code: survey.RefusedInviteExpired, Detail: "this invitation has expired"}
	}
	return nil
}

// keyTaken says who has or had the key: a key that left the roster never comes
// back.
func (v View) keyTaken(key ed25519.PublicKey) (refusal *survey.Refusal) {
	from(v.txn, tableMembers, byKey, "", func(m *survey.Member) bool {
		had := slices.ContainsFunc(m.PreviousKeys, func(k ed25519.PublicKey) bool { return k.Equal(key) })
		switch {
		case had || m.State == survey.MemberRemoved && m.Key.Equal(key):
			refusal = &survey.Refusal{Code: survey.RefusedKeyRemoved, Detail: "this key was taken out of the roster: make a new one"}
		case m.Key.Equal(key):
			refusal = &survey.Refusal{Code: survey.RefusedKeyPresent, Detail: fmt.Sprintf("%s has this key", m.Region)}
		}
		return refusal == nil
	})
	return refusal
}

func validRole(r survey.Role) bool { return r == survey.RoleVoter || r == survey.RoleObserver }
