package state

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

type (
	signOffPayload struct {
		Cycle    survey.Cycle `cbor:"1,keyasint"`
		Revision int          `cbor:"2,keyasint"`
		Summary  []byte       `cbor:"3,keyasint"`
	}
	coSignPayload struct {
		Cycle    survey.Cycle `cbor:"1,keyasint"`
		Revision int          `cbor:"2,keyasint"`
		Table    []byte       `cbor:"3,keyasint"`
	}
)

// SignOff puts the region's final summary into the revision.
func SignOff(cycle survey.Cycle, revision int, summary []byte) Command {
	return newCommand(typeSignOff, signOffPayload{Cycle: cycle, Revision: revision,
		Summary: summary}).from(levelNational)
}

// CoSign says that the region derived the table with the hash.
func CoSign(cycle survey.Cycle, revision int, table [sha256.Size]byte) Command {
	return newCommand(typeCoSign, coSignPayload{Cycle: cycle, Revision: revision, Table: table[:]}).from(levelNational)
}

// signOff takes the origin's final summary into the revision, in the place of an earlier one or of
// one that others let stand.
func (w *campaignWork) signOff(b *Body) []survey.Outcome {
	var p signOffPayload
	if err := Decode(b.Payload, &p); err != nil || len(p.Summary) == 0 || len(p.Summary) > survey.MaxSignedSummary {
		return w.refuseRow(survey.RefusedInvalid, "a final summary has 1 to 65,536 bytes")
	}

	r, refusal := w.partOf(p.Cycle, p.Revision, b.Origin)
	if refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}

	hash := sha256.Sum256(p.Summary)
	old := settledOf(r, b.Origin)
	if old != nil && old.How == survey.SettledSigned && old.Hash == hash {
		return w.answer(survey.OutcomeExists)
	}

	status := survey.OutcomeCreated
	if old != nil {
		status = survey.OutcomeUpdated
	}
	number := w.next()
	w.settle(r, survey.Settled{Region: b.Origin, How: survey.SettledSigned, Hash: hash, Number: number,
		At: instant(w.clock())}, p.Summary)
	return []survey.Outcome{{Status: status, Number: number}}
}

// coSign records that the origin derived the table from the signed summaries.
func (w *campaignWork) coSign(b *Body) []survey.Outcome {
	var p coSignPayload
	if err := Decode(b.Payload, &p); err != nil || len(p.Table) != sha256.Size ||
		bytes.Equal(p.Table, make([]byte, sha256.Size)) {
		return w.refuseRow(survey.RefusedInvalid, "a table's hash has 32 bytes")
	}

	r, refusal := w.partOf(p.Cycle, p.Revision, b.Origin)
	switch {
	case refusal != nil:
		return w.refuseRow(refusal.Code, refusal.Detail)
	// A table without some regions is not the nation's.
	case r.State == survey.RevisionCollecting:
		return w.refuseRow(survey.RefusedNotSettled, "the table is not complete: no sign-off of "+missing(r))
	}

	status := survey.OutcomeCreated
	at := slices.IndexFunc(r.CoSigned, func(c survey.CoSignature) bool { return c.Region == b.Origin })
	switch {
	case at >= 0 && bytes.Equal(r.CoSigned[at].Table[:], p.Table):
		return w.answer(survey.OutcomeExists)
	case at >= 0:
		r.CoSigned = slices.Delete(r.CoSigned, at, at+1)
		status = survey.OutcomeUpdated
	}

	number := w.next()
	r.CoSigned = append(r.CoSigned, survey.CoSignature{Region: b.Origin, Table: [32]byte(p.Table),
		Number: number, At: instant(w.clock())})
	slices.SortFunc(r.CoSigned, func(a, c survey.CoSignature) int { return cmp.Compare(a.Region, c.Region) })
	w.assess(r)
	return []survey.Outcome{{Status: status, Number: number}}
}

// partOf finds the open revision and checks that the region has a part in it.
func (w *campaignWork) partOf(cycle survey.Cycle, revision int, region survey.Region) (*survey.Revision,
	*survey.Refusal) {
	r, refusal := w.openRevision(cycle, revision)
	switch {
	case refusal != nil:
		return nil, refusal
	case !slices.Contains(r.Regions, region) || !w.hasVoice(region):
		return nil, refuse(survey.RefusedNotReporting, string(region)+" has no part in the revision")
	}
	return r, nil
}
