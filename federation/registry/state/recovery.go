package state

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

type recoverPayload struct {
	Recovery survey.Recovery `cbor:"1,keyasint"`
}

// Recover asks for the permanent entry about a lost quorum.
func Recover(r survey.Recovery) Command {
	return newCommand(typeRecover, recoverPayload{Recovery: r})
}

// recovered writes the permanent entry about a lost quorum. Regions that did not go on get another
// generation, so that their old disks never vote again. Only the offline tool writes this row,
// straight into the log of a surviving node; nodes refuse to forward it.
func (w *rosterWork) recovered(b *Body) []survey.Outcome {
	var p recoverPayload
	if err := Decode(b.Payload, &p); err != nil || len(p.Recovery.Survivors) == 0 ||
		len(p.Recovery.Survivors) > maxMembers {
		return w.refuseRow(survey.RefusedInvalid, "the recovery cannot be read")
	}

	r := p.Recovery
	if r.Epoch != w.federation.Epoch+1 || r.By != b.Origin || !slices.Contains(r.Survivors, b.Origin) {
		return w.refuseRow(survey.RefusedStale, fmt.Sprintf("the registry is in epoch %d", w.federation.Epoch))
	}

	r.At = instant(w.clock())
	w.federation.Epoch = r.Epoch
	for _, m := range w.Members() {
		// To raft another generation is another server, without a vote.
		if m.State != survey.MemberRemoved && !slices.Contains(r.Survivors, m.Region) {
			m.Generation++
			w.insert(tableMembers, &m)
		}
	}

	w.insert(tableRecoveries, &r)
	return w.answer(survey.OutcomeCreated)
}

func (v View) recoveries() (out []survey.Recovery) {
	for r := range rowsFrom[survey.Recovery](v.txn, tableRecoveries, byKey, "") {
		out = append(out, *r)
	}
	return out
}

// Epoch returns how often the registry went on after a lost quorum.
func (r Reader) Epoch() uint64 { return r.now().federation().Epoch }

// Recoveries returns the permanent entries about lost quorums, oldest first.
func (r Reader) Recoveries() []survey.Recovery { return r.now().recoveries() }
