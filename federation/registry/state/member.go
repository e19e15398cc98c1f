package state

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of a region's names.
const (
	maxRegionName  = 80 // characters
	maxRegionNames = 16
)

// rotateDomain separates a new key's signature from every other.
const rotateDomain = "tracker rotate key/1"

// standingRow is what the federation decided about a region beyond its row of
// the roster: its later names, who took over, who records for it.
type standingRow struct {
	Region    survey.Region       `cbor:"1,keyasint"`
	Names     []survey.RegionName `cbor:"2,keyasint,omitempty"` // by From
	Successor survey.Region       `cbor:"3,keyasint,omitempty"`
	Reason    survey.ReasonCode   `cbor:"4,keyasint,omitempty"` // of the newest decision about it
	Decided   uint64              `cbor:"5,keyasint,omitempty"` // and the number of its proposal
	Sponsor   survey.Region       `cbor:"6,keyasint,omitempty"` // records for it
	Joined    int64               `cbor:"7,keyasint,omitempty"` // when it came itself
	Received  int64               `cbor:"8,keyasint,omitempty"` // when it had taken everything over
	Level     uint16              `cbor:"9,keyasint,omitempty"` // the feature level that its software stated; 0: none
}

func (v View) standing(region survey.Region) standingRow {
	if s := first[standingRow](v.txn, tableStandings, byKey, string(region)); s != nil {
		c := *s
		c.Names = slices.Clone(s.Names)
		return c
	}
	return standingRow{Region: region}
}

type (
	addressPayload struct {
		Address string `cbor:"1,keyasint"`
	}
	rotatePayload struct {
		Key       ed25519.PublicKey `cbor:"1,keyasint"`
		Signature []byte            `cbor:"2,keyasint"` // by the new key
	}
	reenterPayload struct {
		Generation uint64 `cbor:"1,keyasint"` // the one to enter under
	}
	renamePayload struct {
		Name string `cbor:"1,keyasint"`
		From string `cbor:"2,keyasint"` // YYYY-MM-DD
	}
)

// SetAddress says where the region's node is reached from now on.
func SetAddress(address string) Command {
	return newCommand(typeSetAddress, addressPayload{Address: address})
}

// RotateKey gives the member a new key, which signs that it is held.
func RotateKey(federation identity.FederationID, m survey.Member, key *identity.Key) Command {
	message := rotateMessage(federation[:], &m, key.Public())
	return newCommand(typeRotateKey, rotatePayload{Key: key.Public(), Signature: key.Sign(rotateDomain, message)})
}

// Reenter asks to enter under the generation.
func Reenter(generation uint64) Command {
	return newCommand(typeReenter, reenterPayload{Generation: generation})
}

// Rename gives the region a name from a day (YYYY-MM-DD) on.
func Rename(name, from string) Command {
	return newCommand(typeRename, renamePayload{Name: name, From: from})
}

// self returns a copy of the origin's own row, to be changed.
func (w *rosterWork) self(b *Body) survey.Member { return *w.Member(b.Origin) }

// setAddress notes where the origin's node is reached from now on.
func (w *rosterWork) setAddress(b *Body) []survey.Outcome {
	var p addressPayload
	m := w.self(b)
	if err := Decode(b.Payload, &p); err != nil || p.Address == "" || len(p.Address) > maxAddressBytes || !printable(p.Address) {
		return w.refuseRow(survey.RefusedInvalid, "a member's address is host:port")
	}
	if m.Address == p.Address {
		return []survey.Outcome{{Status: survey.OutcomeExists, Number: w.next()}}
	}
	m.Address = p.Address
	w.insert(tableMembers, &m)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: w.next()}}
}

// rotateKey gives the origin a new key. The row is signed by the old one, and
// the new one signs that it is held.
func (w *rosterWork) rotateKey(b *Body) []survey.Outcome {
	var p rotatePayload
	m := w.self(b)
	if err := Decode(b.Payload, &p); err != nil || len(p.Key) != ed25519.PublicKeySize {
		return w.refuseRow(survey.RefusedInvalid, "the new key cannot be read")
	}
	if !identity.Verify(p.Key, rotateDomain, rotateMessage(w.federation.Federation, &m, p.Key), p.Signature) {
		return w.refuseRow(survey.RefusedSignature, "the new key has not signed")
	}
	if refusal := w.replaceKey(&m, p.Key); refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	w.insert(tableMembers, &m)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: w.next()}}
}

func rotateMessage(federation []byte, m *survey.Member, key ed25519.PublicKey) []byte {
	return fmt.Appendf(nil, "%x\n%s\n%x\n%x", federation, m.Region, []byte(m.Key), []byte(key))
}

func (w *rosterWork) replaceKey(m *survey.Member, key ed25519.PublicKey) *survey.Refusal {
	if refusal := w.keyTaken(key); refusal != nil {
		return refusal
	}
	if len(m.PreviousKeys) >= maxPreviousKeys {
		return &survey.Refusal{Code: survey.RefusedTooMany, Detail: "the region has had too many keys"}
	}
	m.PreviousKeys = append(slices.Clone(m.PreviousKeys), m.Key)
	m.Key = key
	return nil
}

// reenter makes the origin's node another server to raft: the one before
// forgot its log and its vote, or never had them.
func (w *rosterWork) reenter(b *Body) []survey.Outcome {
	var p reenterPayload
	m := w.self(b)
	if err := Decode(b.Payload, &p); err != nil {
		return w.refuseRow(survey.RefusedInvalid, "the generation cannot be read")
	}
	switch p.Generation {
	case m.Generation:
		return []survey.Outcome{{Status: survey.OutcomeExists, Number: w.next()}}
	case m.Generation + 1:
		m.Generation++
		w.insert(tableMembers, &m)
		return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: w.next()}}
	}
	return w.refuseRow(survey.RefusedStale, fmt.Sprintf("the region is at generation %d", m.Generation))
}

// rename gives the origin a name from a day on. Codes never change.
func (w *rosterWork) rename(b *Body) []survey.Outcome {
	var p renamePayload
	if err := Decode(b.Payload, &p); err != nil || !validRegionName(p.Name) || !validDay(p.From) {
		return w.refuseRow(survey.RefusedInvalid, "a name has 1 to 80 characters and a first day such as 2023-10-01")
	}
	s := w.standing(b.Origin)
	next := slices.DeleteFunc(s.Names, func(n survey.RegionName) bool { return n.From == p.From })
	next = append(next, survey.RegionName{Name: p.Name, From: p.From})
	if len(next) > maxRegionNames {
		return w.refuseRow(survey.RefusedTooMany, "the region has had too many names")
	}
	slices.SortFunc(next, func(a, c survey.RegionName) int { return strings.Compare(a.From, c.From) })
	s.Names = next
	w.insert(tableStandings, &s)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: w.next()}}
}

func validRegionName(s string) bool {
	n := 0
	for _, r := range s {
		n++
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return false
		}
	}
	return n > 0 && n <= maxRegionName && strings.TrimSpace(s) == s
}
