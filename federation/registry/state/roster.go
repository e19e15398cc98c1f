package state

import (
	"bytes"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Founding is the document that a federation begins with. Every founding node has the same one, so
// that the first leader can found, whichever it is.
type Founding struct {
	Federation identity.FederationID
	Policy     string
	Members    []survey.Member // active, generation 1
	// SoloSteps lets every region open, change and close campaigns alone, for
	// ever: for rehearsals, where one person is all regions.
	SoloSteps bool
}

func (f *Founding) payload() *foundPayload {
	return &foundPayload{Federation: f.Federation[:], Policy: f.Policy, Members: f.Members, Level: FeatureLevel,
		SoloSteps: f.SoloSteps}
}

// Problem returns the first fault in the founding document; "" means none.
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
		// Every founding node's software was asked before.
		if founding.Level > levelFirst {
			w.insert(tableStandings, &standingRow{Region: m.Region, Level: founding.Level})
		}
	}

	w.federation.Level, w.federation.SoloSteps = founding.Level, founding.SoloSteps
	return w.answer(survey.OutcomeCreated)
}

// readFounding reads a founding row and returns its first fault; "" means none.
func readFounding(b *Body) (*foundPayload, string) {
	if b.Type != typeFound {
		return nil, "the federation is not founded yet"
	}
	var founding foundPayload
	if err := Decode(b.Payload, &founding); err != nil {
		return nil, "the founding row cannot be read"
	}
	// The first version knew no levels, and its replicas read no more.
	if plain := founding.Level <= levelFirst && !founding.SoloSteps; plain != (b.Version == rowVersion) ||
		founding.Level > FeatureLevel {
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

// validCode checks short machine words: policy, questionnaire, definitions.
func validCode(s string, limit int) bool {
	return s != "" && len(s) <= limit && only(s, smallLetters+digits+"-.")
}

// MaxVoters returns how many regions may vote, 0 for all.
func (r Reader) MaxVoters() int { return r.now().federation().MaxVoters }
