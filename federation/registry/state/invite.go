package state

import (
	"bytes"
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
	// admitPayload carries the secret itself, so that every replica sees that the newcomer had it,
	// whatever node brings the row. The secret is worth nothing afterwards.
	admitPayload struct {
		Secret    []byte        `cbor:"1,keyasint"`
		Member    survey.Member `cbor:"2,keyasint"`
		Signature []byte        `cbor:"3,keyasint"` // the newcomer's
	}
)

// Invite asks for an invitation of the region: a node that has the secret behind the hash may enter
// while life lasts.
func Invite(region survey.Region, role survey.Role, hash [sha256.Size]byte, life time.Duration) Command {
	return newCommand(typeInvite, invitePayload{Region: region, Role: role, Hash: hash[:], Life: life.Milliseconds()})
}

// Admit asks for the newcomer to be taken into the roster. The secret is its invitation's; the
// signature is SignJoin's.
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
	if err := Decode(b.Payload, &p); err != nil || len(p.Hash) != sha256.Size || !ValidRegion(p.Region) ||
		!validRole(p.Role) {
		return w.refuseRow(survey.RefusedInvalid, "the invitation cannot be read")
	}
	if p.Life <= 0 || p.Life > maxInviteLife {
		return w.refuseRow(survey.RefusedInvalid, "an invitation lives at most 24 hours")
	}

	if m := w.Member(p.Region); m != nil && m.State != survey.MemberRemoved {
		return w.refuseRow(survey.RefusedRegionPresent, fmt.Sprintf("%s is in the federation already", p.Region))
	}
	// One secret must not admit two nodes.
	if first[inviteRow](w.txn, tableInvites, byKey, string(p.Hash)) != nil {
		return w.refuseRow(survey.RefusedInvalid, "an invitation is made once")
	}

	// An unused invitation of the region gives way to the new one.
	if w.pruneInvites(p.Region) >= maxInvites {
		return w.refuseRow(survey.RefusedTooMany, "too many invitations are open")
	}

	w.insert(tableInvites, &inviteRow{Hash: p.Hash, Region: p.Region, Role: p.Role, By: b.Origin, At: w.clock(),
		Expires: w.clock() + p.Life})
	return w.answer(survey.OutcomeCreated)
}

// pruneInvites forgets the region's unused invitations and all old ones. It returns the number of
// those left.
func (w *rosterWork) pruneInvites(region survey.Region) int {
	var gone []*inviteRow
	n := 0
	for i := range rowsFrom[inviteRow](w.txn, tableInvites, byKey, "") {
		n++
		if i.Region == region && i.Key == nil || i.Expires+inviteAgeKept < w.clock() {
			gone = append(gone, i)
		}
	}

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
	// invited has compared the key: this node was admitted before.
	if i.Key != nil {
		return w.answer(survey.OutcomeExists)
	}

	// The invitation decides the role, and a newcomer begins at generation 1.
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
	return w.answer(survey.OutcomeCreated)
}

// invited says why the invitation does not let the member in; nil if it does.
func (w *rosterWork) invited(i *inviteRow, m *survey.Member) *survey.Refusal {
	switch {
	case i == nil || !w.activeMember(i.By):
		return refuse(survey.RefusedInviteUnknown,
			"this invitation is not known: a newer one for the region replaces it")
	case i.Region != m.Region:
		return refuse(survey.RefusedInviteRegion, fmt.Sprintf("this invitation is for %s", i.Region))
	case i.Key != nil && !bytes.Equal(i.Key, m.Key):
		return refuse(survey.RefusedInviteUsed, "this invitation was used by another node")
	case i.Key == nil && w.clock() > i.Expires:
		return refuse(survey.RefusedInviteExpired, "this invitation has expired")
	}
	return nil
}

func (i *inviteRow) survey() survey.Invitation {
	return survey.Invitation{Region: i.Region, Role: i.Role, By: i.By, At: instant(i.At),
		Expires: instant(i.Expires), Used: i.Key != nil}
}

// Invitation returns the invitation whose secret has the hash, or an error
// wrapping survey.ErrNotFound.
func (r Reader) Invitation(hash [sha256.Size]byte) (survey.Invitation, error) {
	i := first[inviteRow](r.now().txn, tableInvites, byKey, string(hash[:]))
	if i == nil {
		return survey.Invitation{}, fmt.Errorf("invitation: %w", survey.ErrNotFound)
	}
	return i.survey(), nil
}

// Invitations returns every invitation that is still remembered, used ones
// included, newest first.
func (r Reader) Invitations() []survey.Invitation {
	var out []survey.Invitation
	for i := range rowsFrom[inviteRow](r.now().txn, tableInvites, byKey, "") {
		out = append(out, i.survey())
	}
	slices.SortFunc(out, func(a, b survey.Invitation) int { return b.At.Compare(a.At) })
	return out
}
