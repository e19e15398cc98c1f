package state

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// Bounds of the roster.
const (
	maxMembers      = 64
	maxAddressBytes = 255
	federationBytes = 16
)

func memberProblem(m *survey.Member) string {
	switch {
	case !ValidRegion(m.Region):
		return "a region code is 2 to 12 small letters or digits"
	case len(m.Key) != ed25519.PublicKeySize:
		return "a member's key is an Ed25519 public key"
	case len(m.Address) > maxAddressBytes || !printable(m.Address):
		return "a member's address is host:port"
	case !validRole(m.Role):
		return "a member is a voter or an observer"
	case m.State != survey.MemberActive:
		return "a founding member is active"
	case m.Generation == 0:
		return "a member's generation starts at 1"
	case len(m.PreviousKeys) > 0:
		return "a founding member has no previous keys"
	}
	return ""
}

func validRole(r survey.Role) bool { return r == survey.RoleVoter || r == survey.RoleObserver }

// ValidRegion checks the form only: the licence's list changes, the log stays.
func ValidRegion(r survey.Region) bool {
	return len(r) >= 2 && len(r) <= 12 && r[0] >= 'a' && r[0] <= 'z' && only(string(r), smallLetters+digits)
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Member returns the region's row of the roster, nil if it has none.
func (v View) Member(region survey.Region) *survey.Member {
	return first[survey.Member](v.txn, tableMembers, byKey, string(region))
}

// Members returns the roster in the order of the region codes.
func (v View) Members() []survey.Member {
	var out []survey.Member
	for m := range rowsFrom[survey.Member](v.txn, tableMembers, byKey, "") {
		out = append(out, *m)
	}
	return out
}

// activeMember reports whether the region may be offered claims.
func (v View) activeMember(region survey.Region) bool {
	m := v.Member(region)
	return m != nil && m.State == survey.MemberActive
}

// votes reports whether the member takes part in decisions.
func votes(m *survey.Member) bool {
	return m.Role == survey.RoleVoter && m.State == survey.MemberActive
}

func (w *work) otherVoter(than survey.Region) bool {
	return slices.ContainsFunc(w.Members(), func(m survey.Member) bool {
		return m.Region != than && votes(&m)
	})
}

// hasVoice reports whether the region's co-signature counts.
func (w *work) hasVoice(region survey.Region) bool {
	m := w.Member(region)
	return m != nil && votes(m)
}

func regionList(regions []survey.Region) string {
	if len(regions) == 0 {
		return "some regions"
	}
	return survey.List(regions)
}

// standingRow holds the federation's decisions about a region beyond its row of the roster: its
// later names, its successor, its sponsor.
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

// RotateKey gives the member a new key. The new key signs too, to prove that the member holds it.
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
	if err := Decode(b.Payload, &p); err != nil || p.Address == "" || len(p.Address) > maxAddressBytes ||
		!printable(p.Address) {
		return w.refuseRow(survey.RefusedInvalid, "a member's address is host:port")
	}
	if m.Address == p.Address {
		return w.answer(survey.OutcomeExists)
	}
	m.Address = p.Address
	w.insert(tableMembers, &m)
	return w.answer(survey.OutcomeUpdated)
}

// rotateKey gives the origin a new key. The old key signs the row; the new one signs that it is
// held.
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
	return w.answer(survey.OutcomeUpdated)
}

func rotateMessage(federation []byte, m *survey.Member, key ed25519.PublicKey) []byte {
	return fmt.Appendf(nil, "%x\n%s\n%x\n%x", federation, m.Region, []byte(m.Key), []byte(key))
}

func (w *rosterWork) replaceKey(m *survey.Member, key ed25519.PublicKey) *survey.Refusal {
	if refusal := w.keyTaken(key); refusal != nil {
		return refusal
	}
	if len(m.PreviousKeys) >= maxPreviousKeys {
		return refuse(survey.RefusedTooMany, "the region has had too many keys")
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
	// A retry whose request was forgotten.
	case m.Generation:
		return w.answer(survey.OutcomeExists)
	case m.Generation + 1:
		m.Generation++
		w.insert(tableMembers, &m)
		return w.answer(survey.OutcomeUpdated)
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
	// A second name from the same day replaces the first.
	next := slices.DeleteFunc(s.Names, func(n survey.RegionName) bool { return n.From == p.From })
	next = append(next, survey.RegionName{Name: p.Name, From: p.From})
	if len(next) > maxRegionNames {
		return w.refuseRow(survey.RefusedTooMany, "the region has had too many names")
	}
	slices.SortFunc(next, func(a, c survey.RegionName) int { return strings.Compare(a.From, c.From) })

	s.Names = next
	w.insert(tableStandings, &s)
	return w.answer(survey.OutcomeUpdated)
}

func validRegionName(s string) bool {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }
	return s != "" && utf8.RuneCountInString(s) <= maxRegionName && !strings.ContainsFunc(s, hidden) &&
		strings.TrimSpace(s) == s
}

// keyTaken names the region that has or had the key. A key that left the roster never comes back.
func (v View) keyTaken(key ed25519.PublicKey) *survey.Refusal {
	for m := range rowsFrom[survey.Member](v.txn, tableMembers, byKey, "") {
		had := slices.ContainsFunc(m.PreviousKeys, func(k ed25519.PublicKey) bool { return k.Equal(key) })
		switch {
		case had || m.State == survey.MemberRemoved && m.Key.Equal(key):
			return refuse(survey.RefusedKeyRemoved, "this key was taken out of the roster: make a new one")
		case m.Key.Equal(key):
			return refuse(survey.RefusedKeyPresent, fmt.Sprintf("%s has this key", m.Region))
		}
	}
	return nil
}

// Members returns the roster in the order of the region codes, none before the
// federation is founded.
func (r Reader) Members() []survey.Member { return r.now().Members() }

// Member returns the region's row of the roster.
func (r Reader) Member(region survey.Region) (survey.Member, bool) {
	m := r.now().Member(region)
	if m == nil {
		return survey.Member{}, false
	}
	return *m, true
}

// RegionStanding holds the federation's decisions about a region beyond its row of the roster.
type RegionStanding struct {
	Names     []survey.RegionName // given since the licence, oldest first
	Successor survey.Region
	Reason    survey.ReasonCode // of the newest decision about it
	Sponsor   survey.Region     // that records for it, or did
	Joined    bool              // it has, or had, a node of its own
	JoinedAt  time.Time         // by the registry's clock; zero: not since it was licensed
	Received  bool              // it took over its sponsor's records
}

// RegionStanding returns the region's standing, the zero value if nothing was decided.
func (r Reader) RegionStanding(region survey.Region) RegionStanding {
	v := r.now()
	s := v.standing(region)
	standing := RegionStanding{Names: s.Names, Successor: s.Successor, Reason: s.Reason, Sponsor: s.Sponsor,
		Joined: s.Joined != 0 || v.Member(region) != nil, Received: s.Received != 0}
	if s.Joined != 0 {
		standing.JoinedAt = instant(s.Joined)
	}
	return standing
}

// RegionName returns the region's name on the day (YYYY-MM-DD): its latest own name, or the
// licence's.
func (r Reader) RegionName(region survey.Region, day string) string {
	name := region.NameOn(day)
	for _, n := range r.now().standing(region).Names {
		if n.From <= day {
			name = n.Name
		}
	}
	return name
}

// Banned reports whether the key was taken out of the roster.
func (r Reader) Banned(key ed25519.PublicKey) bool {
	refusal := r.now().keyTaken(key)
	return refusal != nil && refusal.Code == survey.RefusedKeyRemoved
}
