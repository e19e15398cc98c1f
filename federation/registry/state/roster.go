package state

import (
	"bytes"
	"crypto/ed25519"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the roster.
const (
	maxMembers      = 64
	maxAddressBytes = 255
	federationBytes = 16
)

// Founding is what a federation begins with. Every founding node has the same
// one, so that whichever leads first can found.
type Founding struct {
	Federation identity.FederationID
	Policy     string
	Members    []survey.Member // active, generation 1
	// SoloSteps lets every region open, change and close campaigns alone, for
	// ever: for rehearsals, where one person is all regions.
	SoloSteps bool
}

func (f *Founding) payload() *foundPayload {
	return &foundPayload{Federation: f.Federation[:], Policy: f.Policy, Members: f.Members, Level: FeatureLevel, SoloSteps: f.SoloSteps}
}

// Problem says what is wrong with the founding document, "" if nothing is.
func (f *Founding) Problem() string { return foundingProblem(f.payload()) }

// Found asks for the federation to be founded.
func Found(f *Founding) Command { return newCommand(typeFound, f.payload()).from(levelNational) }

// found writes the federation's first facts: its id, its policy and its first
// members. It can happen once.
func (w *rosterWork) found(b *Body) []survey.Outcome {
	if w.federation.founded() {
		return w.refuseRow(survey.RefusedInvalid, "the federation is founded already")
	}
	founding, problem := readFounding(b)
	if problem != "" {
		return w.refuseRow(survey.RefusedInvalid, problem)
	}
	w.federation.Federation = founding.Federation
	w.federation.Policy = founding.Policy
	for i := range founding.Members {
		m := &founding.Members[i]
		w.insert(tableMembers, m)
		if founding.Level > levelFirst {
			w.insert(tableStandings, &standingRow{Region: m.Region, Level: founding.Level})
		}
	}
	w.federation.Level, w.federation.SoloSteps = founding.Level, founding.SoloSteps
	return []survey.Outcome{{Status: survey.OutcomeCreated, Number: w.next()}}
}

// readFounding reads a founding row and says what is wrong with it.
func readFounding(b *Body) (*foundPayload, string) {
	if b.Type != typeFound {
		return nil, "the federation is not founded yet"
	}
	var founding foundPayload
	if err := Decode(b.Payload, &founding); err != nil {
		return nil, "the founding row cannot be read"
	}
	// The first version said nothing of levels, and its replicas read no more.
	if plain := founding.Level <= levelFirst && !founding.SoloSteps; plain != (b.Version == rowVersion) || founding.Level > FeatureLevel {
		return nil, "the founding row cannot be read"
	}
	if !bytes.Equal(founding.Federation, b.Federation) {
		return nil, "the founding row names two federations"
	}
	return &founding, foundingProblem(&founding)
}

func knownPolicy(name string) bool {
	_, err := disclosure.ByName(name)
	return err == nil
}

func foundingProblem(f *foundPayload) string {
	switch {
	case len(f.Federation) != federationBytes:
		return "a federation id has 16 bytes"
	case !knownPolicy(f.Policy):
		return "a policy is standard, ons-business or open"
	case len(f.Members) == 0 || len(f.Members) > maxMembers:
		return "a federation has 1 to 64 founding members"
	}
	voters := 0
	for i, m := range f.Members {
		if problem := memberProblem(&m); problem != "" {
			return problem
		}
		for _, other := range f.Members[:i] {
			if other.Region == m.Region || bytes.Equal(other.Key, m.Key) {
				return "two founding members share a region or a key"
			}
		}
		if m.Role == survey.RoleVoter {
			voters++
		}
	}
	if voters == 0 {
		return "a federation needs a voter"
	}
	return ""
}

func memberProblem(m *survey.Member) string {
	switch {
	case !ValidRegion(m.Region):
		return "a region code is 2 to 12 small letters or digits"
	case len(m.Key) != ed25519.PublicKeySize:
		return "a member's key is an Ed25519 public key"
	case len(m.Address) > maxAddressBytes || !printable(m.Address):
		return "a member's address is host:port"
	case m.Role != survey.RoleVoter && m.Role != survey.RoleObserver:
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

// ValidRegion checks the form only: the licence's list changes, the log stays.
func ValidRegion(r survey.Region) bool {
	if len(r) < 2 || len(r) > 12 || r[0] < 'a' || r[0] > 'z' {
		return false
	}
	for i := range len(r) {
		if c := r[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// validCode checks short machine words: policy, questionnaire, definitions.
func validCode(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// activeMember reports whether the region may be offered claims.
func (v View) activeMember(region survey.Region) bool {
	m := v.Member(region)
	return m != nil && m.State == survey.MemberActive
}

// Members returns the roster in the order of the region codes.
func (v View) Members() []survey.Member {
	var out []survey.Member
	from(v.txn, tableMembers, byKey, "", func(m *survey.Member) bool {
		out = append(out, *m)
		return true
	})
	return out
}
