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

// recovered writes the permanent entry about a lost quorum. Regions that did
// not go on are another generation from now on: what they had on disk never
// votes again. Only the offline tool writes this row, straight into the log of
// the node that goes on; nodes refuse to forward it.
func (w *rosterWork) recovered(b *Body) []survey.Outcome {
	var p recoverPayload
	if err := Decode(b.Payload, &p); err != nil || len(p.Recovery.Survivors) == 0 || len(p.Recovery.Survivors) > maxMembers {
		return w.refuseRow(survey.RefusedInvalid, "the recovery cannot be read")
	}
	r := p.Recovery
	if r.Epoch != w.federation.Epoch+1 || r.By != b.Origin || !slices.Contains(r.Survivors, b.Origin) {
		return w.refuseRow(survey.RefusedStale, fmt.Sprintf("the registry is in epoch %d", w.federation.Epoch))
	}
	r.At = instant(w.clock())
	w.federation.Epoch = r.Epoch
	for _, m := range w.Members() {
		if m.State != survey.MemberRemoved && !slices.Contains(r.Survivors, m.Region) {
			m.Generation++
			w.insert(tableMembers, &m)
		}
	}
	w.insert(tableRecoveries, &r)
	return []survey.Outcome{{Status: survey.OutcomeCreated, Number: w.next()}}
}

func (v View) recoveries() (out []survey.Recovery) {
	from(v.txn, tableRecoveries, byKey, "", func(r *survey.Recovery) bool {
		out = append(out, *r)
		return true
	})
	return out
}
