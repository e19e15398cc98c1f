package state

import (
	"crypto/ed25519"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of proposals.
const (
	proposalLife  = 14 * 24 * 3600_000 // milliseconds of the state's clock
	proposalsKept = 512
)

// proposalRow is a region's proposal and, once it is done, its endorsement.
type proposalRow struct {
	Number     uint64             `cbor:"1,keyasint"`
	What       survey.NewProposal `cbor:"2,keyasint"`
	By         survey.Region      `cbor:"3,keyasint"`
	At         int64              `cbor:"4,keyasint"`
	Done       bool               `cbor:"5,keyasint,omitempty"`
	EndorsedBy survey.Region      `cbor:"6,keyasint,omitempty"`
	EndorsedAt int64              `cbor:"7,keyasint,omitempty"`
	Summary    []byte             `cbor:"8,keyasint,omitempty"` // that is to stand, while the proposal is open
}

func (p *proposalRow) lapsed(clock int64) bool { return !p.Done && clock > p.At+proposalLife }

type (
	proposePayload struct {
		What survey.NewProposal `cbor:"1,keyasint"`
	}
	endorsePayload struct {
		Number uint64 `cbor:"1,keyasint"`
	}
)

// Propose asks for a decision about a region or a campaign.
func Propose(what survey.NewProposal) Command {
	return newCommand(typePropose, proposePayload{What: what}).from(proposalVersion(what.Kind))
}

// Endorse gives the region's consent to the proposal with the number.
func Endorse(number uint64) Command {
	return newCommand(typeEndorse, endorsePayload{Number: number})
}

// readProposal reads the row in its own version: the first one knew no campaigns, and its replicas
// read no more.
func readProposal(b *Body) (what survey.NewProposal, ok bool) {
	if b.Version >= levelNational {
		var payload proposePayload
		err := Decode(b.Payload, &payload)
		return payload.What, err == nil && (b.Version >= levelLapse || saysOnly(b.Payload, proposalFieldsBeforeLapse))
	}

	var payload struct {
		What struct {
			Kind      survey.ProposalKind `cbor:"1,keyasint"`
			Region    survey.Region       `cbor:"2,keyasint,omitempty"`
			Reason    survey.ReasonCode   `cbor:"3,keyasint"`
			Key       ed25519.PublicKey   `cbor:"4,keyasint,omitempty"`
			Signature []byte              `cbor:"5,keyasint,omitempty"`
			To        survey.Region       `cbor:"6,keyasint,omitempty"`
			Voters    int                 `cbor:"7,keyasint,omitempty"`
			Role      survey.Role         `cbor:"8,keyasint,omitempty"`
		} `cbor:"1,keyasint"`
	}
	if err := Decode(b.Payload, &payload); err != nil {
		return what, false
	}

	old := &payload.What
	return survey.NewProposal{Kind: old.Kind, Region: old.Region, Reason: old.Reason, Key: old.Key,
		Signature: old.Signature, To: old.To, Voters: old.Voters, Role: old.Role}, true
}

// proposalVersion returns the oldest row version for the kind of proposal.
func proposalVersion(kind survey.ProposalKind) uint8 {
	switch {
	case kind == survey.ProposeCampaignLapse:
		return levelLapse
	case aboutCampaign(kind):
		return levelNational
	}
	return rowVersion
}

func aboutCampaign(kind survey.ProposalKind) bool {
	return slices.Contains(survey.CampaignProposals(), kind)
}

// sameStep compares two requests. The reason is the first proposer's alone.
func sameStep(a, b *survey.NewProposal) bool {
	sameTerms := a.Terms == b.Terms || a.Terms != nil && b.Terms != nil && *a.Terms == *b.Terms
	return sameTerms && a.Kind == b.Kind && a.Region == b.Region && a.Cycle == b.Cycle && a.Opens == b.Opens &&
		a.Closes == b.Closes &&
		a.Policy == b.Policy && a.LapseDays == b.LapseDays && a.Organisation == b.Organisation && a.Token == b.Token &&
		a.Revision == b.Revision && a.SummaryHash == b.SummaryHash
}

// openProposal finds the open proposal that asks for the same.
func (w *proposalWork) openProposal(what *survey.NewProposal) *proposalRow {
	for p := range rowsFrom[proposalRow](w.txn, tableProposals, byKey, "") {
		same := p.What.Kind == what.Kind && p.What.Region == what.Region && p.What.To == what.To &&
			p.What.Role == what.Role && p.What.Voters == what.Voters && ed25519.PublicKey(p.What.Key).Equal(what.Key)
		// A step proposed by a region that is no longer active has lapsed.
		if aboutCampaign(what.Kind) {
			same = w.activeMember(p.By) && sameStep(&p.What, what)
		}
		if same && !p.Done && !p.lapsed(w.clock()) {
			return p
		}
	}
	return nil
}

// supersede removes the region's earlier open proposals to let a summary stand, so that at most one
// for each region waits.
func (w *proposalWork) supersede(p *proposalRow) {
	if p.What.Kind != survey.ProposeLetStand {
		return
	}
	var old []*proposalRow
	for q := range rowsFrom[proposalRow](w.txn, tableProposals, byKey, "") {
		if !q.Done && q.By == p.By && q.What.Kind == p.What.Kind && q.What.Cycle == p.What.Cycle &&
			q.What.Revision == p.What.Revision && q.What.Region == p.What.Region {
			old = append(old, q)
		}
	}

	for _, q := range old {
		w.remove(tableProposals, q)
	}
}

// pruneProposals forgets the oldest closed proposals beyond the bound. It returns false if no room
// is left.
func (w *proposalWork) pruneProposals() bool {
	var closed []*proposalRow
	n := 0
	for p := range rowsFrom[proposalRow](w.txn, tableProposals, byKey, "") {
		n++
		if p.Done || p.lapsed(w.clock()) {
			closed = append(closed, p)
		}
	}

	// A closed proposal no longer needs its summary.
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

// Proposals returns the proposals that are still remembered, newest first.
func (r Reader) Proposals() []survey.Proposal {
	v := r.now()
	clock := v.federation().Clock
	var out []survey.Proposal
	for p := range rowsFrom[proposalRow](v.txn, tableProposals, byKey, "") {
		shown := survey.Proposal{NewProposal: p.What, Number: p.Number, By: p.By, At: instant(p.At),
			Lapses: instant(p.At + proposalLife), State: survey.ProposalOpen, EndorsedBy: p.EndorsedBy}
		switch {
		case p.Done:
			shown.State, shown.EndorsedAt = survey.ProposalDone, instant(p.EndorsedAt)
		case p.lapsed(clock):
			shown.State = survey.ProposalLapsed
		}
		out = append(out, shown)
	}
	slices.Reverse(out)
	return out
}
