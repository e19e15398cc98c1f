package state

import (
	"crypto/ed25519"
	"errors"

	"github.com/ahsn-network/tracker/store/survey"
)

// Result is the decision on one row. Outcomes are encoded once, for the requests table, the answer
// to the origin and the Merkle leaf. Number is the registry's number after the row: an origin that
// has applied this number sees the row's effect.
type Result struct {
	Outcomes []byte
	Number   uint64
	Replay   bool   // a retry: nothing was decided now
	Place    uint64 // the row's place in the tree plus one, 0 if it has none
	Leaf     []byte // the leaf at that place
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

func (s *State) decideAll(e entry, valid func(ed25519.PublicKey, Row) bool, g guards) (results []Result, upgrade bool) {
	before := s.View()
	// The keys are those from before the entry: rows are checked several at a time, and again in
	// order after a key has changed.
	rows := prepare(e.Rows, func(b *Body) ed25519.PublicKey {
		if m := before.Member(b.Origin); m != nil {
			return m.Key
		}
		return nil
	}, valid)

	txn := s.db.Write()
	defer txn.Abort()
	w := &entryWork{}
	w.View, w.guards = View{txn}, g
	w.tallies, w.requestSums = map[survey.Cycle]*tallyRow{}, map[survey.Region]*requestSums{}
	w.federation = *w.View.federation()
	w.federation.Clock = max(w.federation.Clock, e.LeaderTime)
	w.openTree()

	results = make([]Result, len(rows))
	for i := range rows {
		// Nothing of the entry is stored: the upgraded version decides it as a whole.
		if results[i], upgrade = w.applyRow(e.Rows[i], &rows[i]); upgrade {
			return nil, true
		}
	}

	// Stored once an entry, not once a row.
	w.storeTree()
	w.insert(tableFederation, &w.federation)
	txn.Commit()
	return results, false
}

// applyRow decides one row. A row without a valid member's signature is rejected before it gets a
// number, and leaves no trace.
func (w *entryWork) applyRow(r Row, p *prepared) (result Result, upgrade bool) {
	reject := func(code survey.RefusalCode, detail string) Result {
		refused := []survey.Outcome{Refused("", 0, code, detail)}
		return Result{Outcomes: encodeOutcomes(refused), Number: w.federation.Number}
	}

	b := &p.body
	if p.err != nil && !p.upgrade {
		return reject(survey.RefusedInvalid, "the row cannot be read"), false
	}
	if p.upgrade && !w.federation.founded() {
		return Result{}, true // no roster yet to tell whether a member wrote it
	}

	member, problem := w.author(r, p)
	if problem != "" {
		return reject(survey.RefusedInvalid, problem), false
	}
	if p.upgrade {
		return Result{}, true
	}

	// A retry gets its first outcomes again, also if a second attempt would end otherwise.
	hash := b.payloadHash()
	if kept := w.guards.decided(w.View, b); kept != nil {
		if kept.Hash != hash {
			return reject(survey.RefusedRequestReused, "this request id was used for another command"), false
		}
		return Result{Outcomes: kept.Outcomes, Number: w.federation.Number, Replay: true}, false
	}

	var outcomes []survey.Outcome
	acting, refusal := w.acting(b)
	switch {
	// A suspended region may still come back and say where its node is.
	case member.State == survey.MemberSuspended && b.Type != typeReenter && b.Type != typeSetAddress:
		outcomes = w.refuseRow(survey.RefusedSuspended, "the region is suspended")
	case refusal != nil:
		outcomes = w.refuseRow(refusal.Code, refusal.Detail)
	case b.Type != typeFound && w.tooNew(b) != nil:
		outcomes = w.refuseRow(survey.RefusedNeedsUpgrade, w.tooNew(b).Detail)
	default:
		outcomes = w.decide(acting)
	}

	// Refused rows are remembered and become leaves too, so that their retries get the same
	// refusal.
	encoded := encodeOutcomes(outcomes)
	w.remember(&requestRow{Origin: b.Origin, Request: b.Request, Hash: hash,
		Outcomes: encoded, Number: w.federation.Number, At: w.federation.Clock})
	result = Result{Outcomes: encoded, Number: w.federation.Number}
	result.Place, result.Leaf = w.appendLeaf(r, encoded)
	return result, false
}

// decisions are the methods that carry the commands out.
var decisions = map[commandType]func(*entryWork, *Body) []survey.Outcome{
	typeFound:              (*entryWork).found,
	typeAddOrganisations:   (*entryWork).addOrganisations,
	typeOpenCampaign:       (*entryWork).openCampaign,
	typeAddSupported:       (*entryWork).addSupported,
	typeClaim:              (*entryWork).claimAll,
	typeChangeClaims:       (*entryWork).changeClaims,
	typeMergeOrganisations: (*entryWork).mergeOrganisations,
	typeSplitOrganisation:  (*entryWork).splitOrganisation,
	typeCloseCampaign:      (*entryWork).closeCampaign,
	typeFreezeEligible:     (*entryWork).freezeEligible,
	typeImportEligible:     (*entryWork).importEligible,
	typeRollForward:        (*entryWork).rollForward,
	typeLiftDoNotSurvey:    (*entryWork).liftDoNotSurvey,
	typeSignOff:            (*entryWork).signOff,
	typeCoSign:             (*entryWork).coSign,
	typeInnovation:         (*entryWork).changeInnovation,
	typeInvite:             (*entryWork).invite,
	typeAdmit:              (*entryWork).admit,
	typeSetAddress:         (*entryWork).setAddress,
	typeRotateKey:          (*entryWork).rotateKey,
	typeReenter:            (*entryWork).reenter,
	typeRename:             (*entryWork).rename,
	typePropose:            (*entryWork).propose,
	typeEndorse:            (*entryWork).endorse,
	typeRecover:            (*entryWork).recovered,
	typeHandedOver:         (*entryWork).handedOver,
	typeStateLevel:         (*entryWork).stateLevel,
}

// decide carries out the row's command.
func (w *entryWork) decide(b *Body) []survey.Outcome {
	w.body = b
	if carryOut := decisions[b.Type]; carryOut != nil {
		return carryOut(w, b)
	}
	return w.refuseRow(survey.RefusedInvalid, "unknown command")
}

// ValidRequestID reports whether the id has 1 to limit printable ASCII characters.
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

// ErrNeedsUpgrade is returned by writes and fresh reads of a node that met a command of a newer
// version. The node has stopped applying entries, so that it cannot disagree with the others; its
// local reads grow older. Nothing was recorded.
var ErrNeedsUpgrade = errors.New("this node needs a newer version of tracker")
