package state

import (
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// propose records the origin's proposal.
func (w *proposalWork) propose(b *Body) []survey.Outcome {
	what, ok := readProposal(b)
	if !ok {
		return w.refuseRow(survey.RefusedInvalid, "the proposal cannot be read")
	}
	// Replicas of the row's version do not know this kind.
	if b.Version < proposalVersion(what.Kind) {
		return w.refuseRow(survey.RefusedInvalid, "unknown kind of proposal")
	}
	return w.proposeThis(b, what)
}

// proposeThis lets the proposal wait for a second region's consent, unless none is needed: a
// region's decision about itself takes effect at once, and so does every proposal where no second
// region exists. For a campaign, asking for the same as another region is the consent.
func (w *proposalWork) proposeThis(b *Body, what survey.NewProposal) []survey.Outcome {
	if problem := proposalProblem(&what); problem != "" {
		return w.refuseRow(survey.RefusedInvalid, problem)
	}

	w.complete(&what)
	p := &proposalRow{What: what, By: b.Origin, At: w.clock(), Summary: what.Summary}
	p.What.Summary = nil
	if w.soAlready(p) {
		return w.answer(survey.OutcomeExists)
	}

	if refusal := w.refused(p, b.Origin); refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}

	if same := w.openProposal(&p.What); same != nil {
		switch {
		case same.By == b.Origin:
			return []survey.Outcome{{Status: survey.OutcomeExists, Number: same.Number}}
		case aboutCampaign(what.Kind):
			return w.consent(b, same)
		}
		return w.refuseRow(survey.RefusedSecondRegion,
			fmt.Sprintf("%s proposed this already: endorse number %d", same.By, same.Number))
	}

	if !w.pruneProposals() {
		return w.refuseRow(survey.RefusedTooMany, "too many proposals are open")
	}
	// Only now is it sure that this proposal takes their place.
	w.supersede(p)
	p.Number = w.next()

	// Nobody else has to agree.
	if w.aboutItself(p) || w.alone(p) {
		p.Done, p.EndorsedAt = true, w.clock()
		return []survey.Outcome{w.effect(b, p, p.Number)}
	}

	status := survey.OutcomeCreated
	if aboutCampaign(what.Kind) {
		status = survey.OutcomeProposed
		w.planned(p)
	}
	w.insert(tableProposals, p)
	return []survey.Outcome{{Status: status, Number: p.Number}}
}

// endorse records the second region's consent.
func (w *proposalWork) endorse(b *Body) []survey.Outcome {
	var payload endorsePayload
	if err := Decode(b.Payload, &payload); err != nil {
		return w.refuseRow(survey.RefusedInvalid, "the endorsement cannot be read")
	}

	known := first[proposalRow](w.txn, tableProposals, byKey, numberKey(payload.Number))
	switch {
	case known == nil:
		return w.refuseRow(survey.RefusedUnknown, "no proposal has this number")
	case known.Done:
		return []survey.Outcome{{Status: survey.OutcomeExists, Number: known.Number}}
	// Two active regions must agree.
	case known.lapsed(w.clock()) || !w.activeMember(known.By):
		return w.refuseRow(survey.RefusedLapsed, "the proposal has lapsed: propose it again")
	case b.Origin == known.By || b.Origin == known.What.Region:
		return w.refuseRow(survey.RefusedSecondRegion,
			"it needs the consent of a region that neither proposed it nor is meant by it")
	}
	return w.consent(b, known)
}

// consent puts an open proposal into effect, if it is still possible.
func (w *proposalWork) consent(b *Body, known *proposalRow) []survey.Outcome {
	if refusal := w.refused(known, b.Origin); refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	p := *known
	p.Done, p.EndorsedBy, p.EndorsedAt = true, b.Origin, w.clock()
	return []survey.Outcome{w.effect(b, &p, w.next())}
}

// refused says why the region can neither propose this nor consent to it; nil if it can.
func (w *proposalWork) refused(p *proposalRow, by survey.Region) *survey.Refusal {
	if aboutCampaign(p.What.Kind) {
		if refusal := w.mayStep(p, by); refusal != nil {
			return refusal
		}
		return w.stepPossible(p)
	}
	return w.possible(&p.What)
}

// effect carries the proposal out under the number and keeps it.
func (w *proposalWork) effect(b *Body, p *proposalRow, number uint64) survey.Outcome {
	o := survey.Outcome{Status: survey.OutcomeUpdated, Number: number}
	if !aboutCampaign(p.What.Kind) {
		w.carryOut(p)
		// Another set of voters may know a higher level, and may complete or reopen revisions.
		w.raiseLevel()
		w.assessAll()
	} else {
		o.Claim = w.takeStep(p, number)
		decided := p.What
		o.Decided = &decided
		if b.Type == typeOpenCampaign {
			o.Status = survey.OutcomeCreated
		}
	}

	p.Summary = nil
	w.insert(tableProposals, p)
	return o
}

// aboutItself reports whether a region may decide this alone, because it binds
// nobody else: it pauses or leaves.
func (w *proposalWork) aboutItself(p *proposalRow) bool {
	return p.By == p.What.Region && (p.What.Kind == survey.ProposeSuspend || p.What.Kind == survey.ProposeRemove)
}

// alone reports whether no second region exists beside the proposer and the region that is meant. A
// suspended region counts, so that nobody can first suspend the others and then be alone. An
// observer counts only where it could consent; a removed region never counts.
func (w *proposalWork) alone(p *proposalRow) bool {
	if w.federation.SoloSteps && soloStep(p.What.Kind) {
		return true
	}
	for _, m := range w.Members() {
		if m.State != survey.MemberRemoved && m.Region != p.By && m.Region != p.What.Region &&
			(m.Role == survey.RoleVoter || !aboutCampaign(p.What.Kind)) {
			return false
		}
	}
	return true
}

// proposalProblem returns the first fault in a proposal, whatever the state; "" means none.
func proposalProblem(p *survey.NewProposal) string {
	if aboutCampaign(p.Kind) {
		return stepProblem(p)
	}
	forRegion := p.Kind != survey.ProposeMaxVoters
	switch {
	case !slices.Contains([]survey.ProposalKind{survey.ProposeSuspend, survey.ProposeResume,
		survey.ProposeRemove, survey.ProposeNewKey,
		survey.ProposeSucceed, survey.ProposeMaxVoters, survey.ProposeRole}, p.Kind):
		return "unknown kind of proposal"
	case !slices.Contains(survey.ProposalReasons(), p.Reason):
		return "a proposal needs one of the coded reasons"
	case forRegion && !ValidRegion(p.Region), !forRegion && p.Region != "":
		return "name the region that is meant"
	case (p.Kind == survey.ProposeNewKey) != (len(p.Key) == ed25519.PublicKeySize),
		len(p.Signature) > ed25519.SignatureSize:
		return "a new key goes with the key card that proves it"
	case (p.Kind == survey.ProposeSucceed) != ValidRegion(p.To), p.To == p.Region && p.To != "":
		return "name the region that takes over"
	case p.Voters < 0 || p.Voters > maxMembers || forRegion && p.Voters != 0:
		return "at most 64 regions can vote"
	case (p.Kind == survey.ProposeRole) != validRole(p.Role):
		return "a member is a voter or an observer"
	case !sameStep(p, &survey.NewProposal{Kind: p.Kind, Region: p.Region}):
		return "what is decided about a region names no campaign"
	}
	return ""
}

// possible says why the proposal cannot take effect now; nil if it can.
func (w *proposalWork) possible(p *survey.NewProposal) *survey.Refusal {
	if p.Kind == survey.ProposeMaxVoters {
		return nil
	}

	m := w.Member(p.Region)
	if m == nil || m.State == survey.MemberRemoved {
		return refuse(survey.RefusedUnknownRegion, fmt.Sprintf("%s is not in the federation", p.Region))
	}

	switch p.Kind {
	case survey.ProposeSuspend:
		if m.State != survey.MemberActive {
			return refuse(survey.RefusedStanding, fmt.Sprintf("%s is suspended already", p.Region))
		}
	case survey.ProposeResume:
		if m.State != survey.MemberSuspended {
			return refuse(survey.RefusedStanding, fmt.Sprintf("%s is not suspended", p.Region))
		}
	case survey.ProposeNewKey:
		card := identity.KeyCard{Region: string(p.Region), Key: p.Key, Signature: p.Signature}
		if !card.Proves(identity.FederationID(w.federation.Federation)) {
			return refuse(survey.RefusedSignature, "the key card does not prove its key")
		}
		if len(m.PreviousKeys) >= maxPreviousKeys {
			return refuse(survey.RefusedTooMany, "the region has had too many keys")
		}
		return w.keyTaken(p.Key)
	case survey.ProposeSucceed:
		if !w.activeMember(p.To) {
			return refuse(survey.RefusedUnknownRegion, fmt.Sprintf("%s is not an active region", p.To))
		}
	case survey.ProposeRole:
		if m.Role == p.Role {
			return refuse(survey.RefusedStanding, fmt.Sprintf("%s is that already", p.Region))
		}
	}

	// Somebody must be left to decide.
	takesVote := p.Kind == survey.ProposeSuspend || p.Kind == survey.ProposeRemove || p.Kind == survey.ProposeSucceed ||
		p.Kind == survey.ProposeRole && p.Role == survey.RoleObserver
	if takesVote && !w.otherVoter(p.Region) {
		return refuse(survey.RefusedLastVoter, "nobody could decide anything any more")
	}
	return nil
}

// carryOut puts a possible proposal into effect.
func (w *proposalWork) carryOut(p *proposalRow) {
	what := &p.What
	if what.Kind == survey.ProposeMaxVoters {
		w.federation.MaxVoters = what.Voters
		return
	}

	m := *w.Member(what.Region)
	s := w.standing(what.Region)
	s.Reason, s.Decided = what.Reason, p.Number
	switch what.Kind {
	case survey.ProposeSuspend:
		m.State = survey.MemberSuspended
	case survey.ProposeResume:
		m.State = survey.MemberActive
	case survey.ProposeRemove:
		m.State = survey.MemberRemoved
	case survey.ProposeNewKey:
		m.PreviousKeys = append(slices.Clone(m.PreviousKeys), m.Key)
		m.Key = what.Key
	case survey.ProposeRole:
		m.Role = what.Role
	case survey.ProposeSucceed:
		m.State, s.Successor = survey.MemberRemoved, what.To
		w.inherit(what.Region, what.To)
	}

	w.insert(tableMembers, &m)
	w.insert(tableStandings, &s)
}

// inherit moves the region's claims of open campaigns to its successor. Each gets a number of its
// own as its new token.
func (w *proposalWork) inherit(old, successor survey.Region) {
	var moving []*claimRow
	for c := range rowsFrom[claimRow](w.txn, tableClaims, byKey, "") {
		if c.Claim.Region == old && w.notOpen(c.Claim.Cycle) == nil {
			moving = append(moving, c)
		}
	}

	for _, c := range moving {
		next := c.Claim
		next.Region, next.Token, next.ChangedAt = successor, w.next(), instant(w.clock())
		// The old holder's offer ends with it.
		if next.State == survey.Transferring {
			next.State, next.Resume, next.OfferedTo = next.Resume, "", ""
		}
		next.RequestedBy = without(next.RequestedBy, successor)
		w.putClaim(&c.Claim, &next, next.Token)
	}
}
