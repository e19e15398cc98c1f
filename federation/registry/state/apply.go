package state

import (
	"crypto/ed25519"
	"errors"

	"github.com/ahsn-network/tracker/store/survey"
)

// Result is what came of one row. Outcomes are encoded once, for the
// requests table, the answer to the origin and a later Merkle leaf of row and
// result. Number is the registry's number after the row: an origin that has
// applied it sees the row's effect.
type Result struct {
	Outcomes []byte
	Number   uint64
	Replay   bool   // a retry: nothing was decided now
	Place    uint64 // the row's place in the tree plus one, 0 if it has none
	Leaf     []byte // what stands there
}

// work is one entry being applied: a transaction that is committed as a whole.
type work struct {
	View
	federation federationRow
	tree       *Tree // nil where there is none
	body       *Body // being decided; nil in a preview
	guards     guards
	// What this entry put into the state is nobody else's before it is
	// committed: it is counted on in place.
	tallies     map[survey.Cycle]*tallyRow
	requestSums map[survey.Region]*requestSums
}

// The work on one entry is a tower: each storey decides about its noun and may
// use what the storeys below it decide, never one above.
type (
	claimWork        struct{ work }             // claims, support and the eligible set
	organisationWork struct{ claimWork }        // organisations, their merges and innovations
	campaignWork     struct{ organisationWork } // campaigns and the revisions of their figures
	proposalWork     struct{ campaignWork }     // what takes two regions
	rosterWork       struct{ proposalWork }     // who belongs to the federation, and who speaks for whom
	entryWork        struct{ rosterWork }       // whole rows: authors, retries, the tree
)

// guards are safeguards of every decision. Tests alone replace them, to see
// what they are for: faults.go.
type guards struct {
	decided func(View, *Body) *requestRow                  // what a retry gets again, nil for a new request
	token   func(survey.ClaimChange, *survey.Claim) uint64 // the token that a change of the claim must have
}

func everyGuard() guards {
	return guards{decided: func(v View, b *Body) *requestRow { return v.request(b.Origin, b.Request) },
		token: func(_ survey.ClaimChange, c *survey.Claim) uint64 { return c.Token }}
}

// Apply decides every row of the log entry in order and returns a result for
// each. It is the same function of state and entry on every replica: no clock,
// no randomness, no map order, no I/O. valid is VerifyRow, or knows its answer.
// ErrNeedsUpgrade means that a row is unknown to this version: then nothing of
// the entry is applied, and nothing may be after it. Any other error means that
// no version wrote the entry: every replica passes over it.
func (s *State) Apply(data []byte, valid func(ed25519.PublicKey, Row) bool) ([]Result, error) {
	return s.applyGuarded(data, valid, everyGuard())
}

func (s *State) applyGuarded(data []byte, valid func(ed25519.PublicKey, Row) bool, g guards) ([]Result, error) {
	e, upgrade, err := decodeEntry(data)
	var results []Result
	if err == nil && !upgrade {
		results, upgrade = s.decideAll(e, valid, g)
	}
	if upgrade {
		return nil, ErrNeedsUpgrade
	}
	return results, err
}

// apply is Apply for an entry that was read, with every signature verified.
func (s *State) apply(e entry) (results []Result, upgrade bool) {
	return s.decideAll(e, VerifyRow, everyGuard())
}

func (s *State) decideAll(e entry, valid func(ed25519.PublicKey, Row) bool, g guards) (results []Result, upgrade bool) {
	before := s.View()
	rows := prepare(e.Rows, func(b *Body) ed25519.PublicKey {
		if m := before.Member(b.Origin); m != nil {
			return m.Key
		}
		return nil
	}, valid)
	txn := s.db.Write()
	defer txn.Abort()
	w := &entryWork{}
	w.work = work{View: View{txn}, guards: g, tallies: map[survey.Cycle]*tallyRow{}, requestSums: map[survey.Region]*requestSums{}}
	w.federation = *w.View.federation()
	w.federation.Clock = max(w.federation.Clock, e.LeaderTime)
	w.openTree()
	results = make([]Result, len(rows))
	for i := range rows {
		if results[i], upgrade = w.applyRow(e.Rows[i], &rows[i]); upgrade {
			return nil, true
		}
	}
	w.storeTree()
	w.insert(tableFederation, &w.federation)
	txn.Commit()
	return results, false
}

// applyRow decides one row. What cannot be laid at a member's door takes no
// number and is not remembered: it never happened.
func (w *entryWork) applyRow(r Row, p *prepared) (result Result, upgrade bool) {
	refuse := func(code survey.RefusalCode, detail string) Result {
		refusal := &survey.Refusal{Code: code, Detail: detail}
		return Result{
			Outcomes: encodeOutcomes([]survey.Outcome{{Status: survey.OutcomeRefused, Refusal: refusal}}),
			Number:   w.federation.Number,
		}
	}
	b := &p.body
	if p.err != nil && !p.upgrade {
		return refuse(survey.RefusedInvalid, "the row cannot be read"), false
	}
	if p.upgrade && !w.federation.founded() {
		return Result{}, true // no roster yet to tell whether a member wrote it
	}
	member, problem := w.author(r, p)
	if problem != "" {
		return refuse(survey.RefusedInvalid, problem), false
	}
	if p.upgrade {
		return Result{}, true
	}
	hash := b.payloadHash()
	if kept := w.guards.decided(w.View, b); kept != nil {
		if kept.Hash != hash {
			return refuse(survey.RefusedRequestReused, "this request id was used for another command"), false
		}
		return Result{Outcomes: kept.Outcomes, Number: w.federation.Number, Replay: true}, false
	}
	var outcomes []survey.Outcome
	acting, refusal := w.acting(b)
	switch {
	case member.State == survey.MemberSuspended && b.Type != typeReenter && b.Type != typeSetAddress:
		outcomes = w.refuseRow(survey.RefusedSuspended, "the region is suspended")
	case refusal != nil:
		outcomes = w.refuseRow(refusal.Code, refusal.Detail)
	case b.Type != typeFound && w.tooNew(b) != nil:
		outcomes = w.refuseRow(survey.RefusedNeedsUpgrade, w.tooNew(b).Detail)
	default:
		outcomes = w.decide(acting)
	}
	encoded := encodeOutcomes(outcomes)
	w.remember(&requestRow{Origin: b.Origin, Request: b.Request, Hash: hash,
		Outcomes: encoded, Number: w.federation.Number, At: w.federation.Clock})
	result = Result{Outcomes: encoded, Number: w.federation.Number}
	result.Place, result.Leaf = w.appendLeaf(r, encoded)
	return result, false
}

// decide carries the row's command out.
func (w *entryWork) decide(b *Body) []survey.Outcome {
	w.body = b
	switch b.Type {
	case typeFound:
		return w.found(b)
	case typeAddOrganisations:
		return w.addOrganisations(b)
	case typeOpenCampaign:
		return w.openCampaign(b)
	case typeAddSupported:
		return w.addSupported(b)
	case typeClaim:
		return w.claimAll(b)
	case typeChangeClaims:
		return w.changeClaims(b)
	case typeMergeOrganisations:
		return w.mergeOrganisations(b)
	case typeSplitOrganisation:
		return w.splitOrganisation(b)
	case typeCloseCampaign:
		return w.closeCampaign(b)
	case typeFreezeEligible:
		return w.freezeEligible(b)
	case typeImportEligible:
		return w.importEligible(b)
	case typeRollForward:
		return w.rollForward(b)
	case typeLiftDoNotSurvey:
		return w.liftDoNotSurvey(b)
	case typeSignOff:
		return w.signOff(b)
	case typeCoSign:
		return w.coSign(b)
	case typeInnovation:
		return w.changeInnovation(b)
	}
	return w.decideRoster(b)
}

// decideRoster carries out a command about who belongs to the federation.
func (w *entryWork) decideRoster(b *Body) []survey.Outcome {
	switch b.Type {
	case typeInvite:
		return w.invite(b)
	case typeAdmit:
		return w.admit(b)
	case typeSetAddress:
		return w.setAddress(b)
	case typeRotateKey:
		return w.rotateKey(b)
	case typeReenter:
		return w.reenter(b)
	case typeRename:
		return w.rename(b)
	case typePropose:
		return w.propose(b)
	case typeEndorse:
		return w.endorse(b)
	case typeRecover:
		return w.recovered(b)
	case typeHandedOver:
		return w.handedOver(b)
	case typeStateLevel:
		return w.stateLevel(b)
	}
	return w.refuseRow(survey.RefusedInvalid, "unknown command")
}

// next gives out the registry's next number.
func (w *work) next() uint64 {
	w.federation.Number++
	return w.federation.Number
}

// refuseRow answers a whole row with one refusal.
func (w *work) refuseRow(code survey.RefusalCode, detail string) []survey.Outcome {
	return []survey.Outcome{Refused("", w.next(), code, detail)}
}

func Refused(id survey.Identifier, number uint64, code survey.RefusalCode, detail string) survey.Outcome {
	return survey.Outcome{Status: survey.OutcomeRefused, ID: id, Number: number,
		Refusal: &survey.Refusal{Code: code, Detail: detail}}
}

// insert puts a row in the place of the one with the same key.
func (w *work) insert(table string, row any) { w.txn.Insert(table, row) }

func (w *work) remove(table string, row any) { w.txn.Delete(table, row) }

// ValidRequestID reports whether the id is 1 to limit printable ASCII
// characters.
func ValidRequestID(id string, limit int) bool {
	if id == "" || len(id) > limit {
		return false
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// ErrNeedsUpgrade is returned by writes and by fresh reads of a node that met a
// command which only a newer version knows. It has stopped applying, so that it
// cannot disagree with the others; its local reads grow older. Nothing was
// recorded.
var ErrNeedsUpgrade = errors.New("this node needs a newer version of tracker")
