package registry

import (
	"bytes"
	"crypto/ed25519"

	"github.com/ahsn-network/tracker/store/survey"
)

// rowResult is what came of one row. Outcomes are encoded once, for the
// requests table, the answer to the origin and a later Merkle leaf of row and
// result. Number is the registry's number after the row: an origin that has
// applied it sees the row's effect.
type rowResult struct {
	Outcomes []byte
	Number   uint64
	Replay   bool   // a retry: nothing was decided now
	Leaf     uint64 // the row's place in the tree plus one, 0 if it has none
	leaf     []byte // what stands there
}

// work is one entry being applied: a transaction that is committed as a whole.
type work struct {
	view
	federation federationRow
	tree       *treeRow // nil where there is none
	body       *rowBody // being decided; nil in a preview
	weakness   Weakness
	// What this entry put into the state is nobody else's before it is
	// committed: it is counted on in place.
	tallies map[survey.Cycle]*tallyRow
	ledgers map[survey.Region]*ledgerRow
}

// apply decides every row of the entry in order and returns a result for each.
// It is the same function of state and entry on every replica: no clock, no
// randomness, no map order, no I/O. upgrade means that a row is unknown to this
// version: then nothing of the entry is applied, and nothing may be after it.
func (s *state) apply(e entry) (results []rowResult, upgrade bool) {
	return s.applyWeakly(e, Weakness{}, verifyRow)
}

func (s *state) applyWeakly(e entry, weakness Weakness, valid func(ed25519.PublicKey, row) bool) (results []rowResult, upgrade bool) {
	before := s.view()
	rows := prepare(e.Rows, func(b *rowBody) ed25519.PublicKey {
		if m := before.member(b.Origin); m != nil {
			return m.Key
		}
		return nil
	}, valid)
	txn := s.db.Write()
	defer txn.Abort()
	w := &work{view: view{txn}, weakness: weakness, tallies: map[survey.Cycle]*tallyRow{}, ledgers: map[survey.Region]*ledgerRow{}}
	w.federation = *w.view.federation()
	w.federation.Clock = max(w.federation.Clock, e.LeaderTime)
	w.plant()
	results = make([]rowResult, len(rows))
	for i := range rows {
		if results[i], upgrade = w.applyRow(e.Rows[i], &rows[i]); upgrade {
			return nil, true
		}
	}
	w.keepTree()
	w.insert(tableFederation, &w.federation)
	txn.Commit()
	return results, false
}

// applyRow decides one row. What cannot be laid at a member's door takes no
// number and is not remembered: it never happened.
func (w *work) applyRow(r row, p *prepared) (result rowResult, upgrade bool) {
	refuse := func(code survey.RefusalCode, detail string) rowResult {
		refusal := &survey.Refusal{Code: code, Detail: detail}
		return rowResult{
			Outcomes: encodeOutcomes([]survey.Outcome{{Status: survey.OutcomeRefused, Refusal: refusal}}),
			Number:   w.federation.Number,
		}
	}
	b := &p.body
	if p.err != nil && !p.upgrade {
		return refuse(survey.RefusedInvalid, "the row cannot be read"), false
	}
	if p.upgrade && !w.federation.founded() {
		return rowResult{}, true // no roster yet to tell whether a member wrote it
	}
	member, problem := w.author(r, p)
	if problem != "" {
		return refuse(survey.RefusedInvalid, problem), false
	}
	if p.upgrade {
		return rowResult{}, true
	}
	hash := b.payloadHash()
	if kept := w.request(b.Origin, b.Request); kept != nil && !w.weakness.Requests {
		if kept.Hash != hash {
			return refuse(survey.RefusedRequestReused, "this request id was used for another command"), false
		}
		return rowResult{Outcomes: kept.Outcomes, Number: w.federation.Number, Replay: true}, false
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
	result = rowResult{Outcomes: encoded, Number: w.federation.Number}
	result.Leaf, result.leaf = w.leave(r, encoded)
	return result, false
}

// author returns the member that signed the row, or why there is none. Before
// the federation is founded only its founding row has an author: one of the
// members that it names.
func (w *work) author(r row, p *prepared) (*survey.Member, string) {
	b := &p.body
	if !validRequestID(b.Request, maxRowRequestID) {
		return nil, "a request id has 1 to 64 printable characters"
	}
	if r.together() && b.Version < levelTogether {
		return nil, "the row is not signed by itself, as one of its version is"
	}
	if !w.federation.founded() {
		founding, problem := readFounding(b)
		if problem != "" {
			return nil, problem
		}
		for i := range founding.Members {
			if m := &founding.Members[i]; m.Region == b.Origin && verifyRow(m.Key, r) {
				return m, ""
			}
		}
		return nil, "the founding row is not signed by a member that it names"
	}
	member := w.member(b.Origin)
	switch {
	case !bytes.Equal(b.Federation, w.federation.Federation):
		return nil, "the row belongs to another federation"
	case member == nil || member.State == survey.MemberRemoved:
		return nil, "the row's origin is not in the roster"
	case bytes.Equal(member.Key, p.key) && p.valid:
		return member, ""
	case !bytes.Equal(member.Key, p.key) && verifyRow(member.Key, r):
		return member, "" // the key changed earlier in this entry
	}
	return nil, "the row is not signed by its origin"
}

// decide carries the row's command out.
func (w *work) decide(b *rowBody) []survey.Outcome {
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
		return w.liftRefusal(b)
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
func (w *work) decideRoster(b *rowBody) []survey.Outcome {
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
	return []survey.Outcome{refused("", w.next(), code, detail)}
}

func refused(id survey.Identifier, number uint64, code survey.RefusalCode, detail string) survey.Outcome {
	return survey.Outcome{Status: survey.OutcomeRefused, ID: id, Number: number,
		Refusal: &survey.Refusal{Code: code, Detail: detail}}
}

// insert puts a row in the place of the one with the same key.
func (w *work) insert(table string, row any) { w.txn.Insert(table, row) }

func (w *work) remove(table string, row any) { w.txn.Delete(table, row) }

// validRequestID reports whether the id is 1 to most printable ASCII
// characters.
func validRequestID(id string, most int) bool {
	if id == "" || len(id) > most {
		return false
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
