package state

import (
	"crypto/ed25519"

	"github.com/ahsn-network/tracker/store/survey"
)

// openProposal finds the open proposal that asks for the same.
func (w *proposalWork) openProposal(what *survey.NewProposal) (found *proposalRow) {
	from(w.txn, tableProposals, byKey, "", func(p *proposalRow) bool {
		same := p.What.Kind == what.Kind && p.What.Region == what.Region && p.What.To == what.To &&
			p.What.Role == what.Role && p.What.Voters == what.Voters && ed25519.PublicKey(p.What.Key).Equal(what.Key)
		if aboutCampaign(what.Kind) {
			same = w.activeMember(p.By) && sameStep(&p.What, what)
		}
		if same && !p.Done && !p.lapsed(w.clock()) {
			found = p
		}
		return found == nil
	})
	return found
}

// supersede takes back what the same region would have let stand before, so
// that it keeps one summary of each region waiting at most.
func (w *proposalWork) supersede(p *proposalRow) {
	if p.What.Kind != survey.ProposeLetStand {
		return
	}
	var old []*proposalRow
	from(w.txn, tableProposals, byKey, "", func(q *proposalRow) bool {
		if !q.Done && q.By == p.By && q.What.Kind == p.What.Kind && q.What.Cycle == p.What.Cycle && q.What.Revision == p.What.Revision && q.What.Region == p.What.Region {
			old = append(old, q)
		}
		return true
	})
	for _, q := range old {
		w.remove(tableProposals, q)
	}
}

// pruneProposals forgets the oldest closed proposals beyond the bound. It
// returns false if there is no room.
func (w *proposalWork) pruneProposals() bool {
	var closed []*proposalRow
	n := 0
	from(w.txn, tableProposals, byKey, "", func(p *proposalRow) bool {
		n++
		if p.Done || p.lapsed(w.clock()) {
			closed = append(closed, p)
		}
		return true
	})
	for i, p := range closed {
		if len(p.Summary) > 0 {
			light := *p
			light.Summary = nil
			w.insert(tableProposals, &light)
			closed[i] = &light
		}
	}
	for len(closed) > 0 && n >= proposalsKept {
		w.remove(tableProposals, closed[0])
		closed = closed[1:]
		n--
	}
	return n < proposalsKept
}
