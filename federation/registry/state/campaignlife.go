package state

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

type (
	cyclePayload struct { // to close a campaign, or to freeze its eligible set
		Cycle survey.Cycle `cbor:"1,keyasint"`
	}
	rollPayload struct {
		Cycle survey.Cycle `cbor:"1,keyasint"`
		From  survey.Cycle `cbor:"2,keyasint"`
	}
	liftPayload struct {
		Organisation survey.Identifier `cbor:"1,keyasint"`
	}
)

// CloseCampaign asks for the end of the cycle's campaign.
func CloseCampaign(cycle survey.Cycle) Command {
	return newCommand(typeCloseCampaign, cyclePayload{Cycle: cycle})
}

// FreezeEligible asks for the cycle's eligible set to be fixed.
func FreezeEligible(cycle survey.Cycle) Command {
	return newCommand(typeFreezeEligible, cyclePayload{Cycle: cycle})
}

// ImportEligible asks for the organisations to be put into the cycle's eligible set.
func ImportEligible(cycle survey.Cycle, ids []survey.Identifier) []Command {
	return listCommands(typeImportEligible, cycle, ids)
}

// RollForward asks for the eligible set of the earlier cycle to be added to this one's.
func RollForward(cycle, earlier survey.Cycle) Command {
	return newCommand(typeRollForward, rollPayload{Cycle: cycle, From: earlier})
}

// LiftDoNotSurvey asks for a company's wish not to be surveyed to be lifted.
func LiftDoNotSurvey(id survey.Identifier) Command {
	return newCommand(typeLiftDoNotSurvey, liftPayload{Organisation: id})
}

// closeCampaign ends a campaign: claims and the eligible set stay as they are.
func (w *proposalWork) closeCampaign(b *Body) []survey.Outcome {
	c, refusal := w.readCycle(b)
	switch {
	case refusal != nil:
		return w.refuseRow(refusal.Code, refusal.Detail)
	case w.level() >= levelNational:
		return w.proposeThis(b, survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: c.Cycle})
	}
	number := w.next()
	w.endCampaign(c, b.Origin, number)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: number}}
}

func (w *campaignWork) endCampaign(c *survey.Campaign, by survey.Region, number uint64) {
	next := *c
	next.State, next.ClosedBy, next.ClosedAt = survey.CampaignClosed, by, instant(w.clock())
	next.Version = number
	w.putCampaign(&next)
	// The first revision opens with the close, so that late answers do not change it.
	if w.level() >= levelNational {
		w.startRevision(c.Cycle, 0, "", number)
	}
}

// freezeEligible fixes the eligible set: later additions are shown as late.
func (w *proposalWork) freezeEligible(b *Body) []survey.Outcome {
	c, refusal := w.readCycle(b)
	switch {
	case refusal != nil:
		return w.refuseRow(refusal.Code, refusal.Detail)
	case w.level() >= levelNational:
		return w.proposeThis(b, survey.NewProposal{Kind: survey.ProposeFreezeEligible, Cycle: c.Cycle})
	case c.Frozen != 0:
		return w.answer(survey.OutcomeExists)
	}
	number := w.next()
	w.freeze(c, number)
	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: number}}
}

func (w *campaignWork) freeze(c *survey.Campaign, number uint64) {
	next := *c
	next.FrozenAt = instant(w.clock())
	next.Version, next.Frozen = number, number
	w.putCampaign(&next)
}

func (w *campaignWork) readCycle(b *Body) (*survey.Campaign, *survey.Refusal) {
	var p cyclePayload
	if err := Decode(b.Payload, &p); err != nil {
		return nil, refuse(survey.RefusedInvalid, "the cycle cannot be read")
	}
	if refusal := w.notOpen(p.Cycle); refusal != nil {
		return nil, refusal
	}
	return w.campaign(p.Cycle), nil
}

// frozen says why no list can be added to the eligible set any more.
func (w *campaignWork) frozen(cycle survey.Cycle) *survey.Refusal {
	if refusal := w.notOpen(cycle); refusal != nil {
		return refusal
	}
	if w.campaign(cycle).Frozen != 0 {
		return refuse(survey.RefusedInvalid, "the eligible set is frozen: only support and claims add to it now")
	}
	return nil
}

// importEligible puts the organisations of a list into the eligible set.
func (w *campaignWork) importEligible(b *Body) []survey.Outcome {
	payload, refusal := w.readIdentifiers(b)
	if refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	if refusal := w.frozen(payload.Cycle); refusal != nil {
		return w.refuseAll(payload.Items, refusal)
	}

	outcomes := make([]survey.Outcome, len(payload.Items))
	for i, id := range payload.Items {
		number := w.next()
		o := w.organisation(id)
		switch {
		case o == nil:
			outcomes[i] = Refused(id, number, survey.RefusedUnknownOrganisation, "add the organisation first")
		case w.makeEligible(payload.Cycle, o.ID, survey.EligibleImported, number, nil):
			outcomes[i] = survey.Outcome{Status: survey.OutcomeCreated, ID: o.ID, Number: number}
		default:
			outcomes[i] = survey.Outcome{Status: survey.OutcomeExists, ID: o.ID, Number: number}
		}
	}
	return outcomes
}

// rollForward adds the eligible set of an earlier campaign to this one's, with each claim's holder
// and end. It leaves out companies that are dissolved or were found ineligible.
func (w *campaignWork) rollForward(b *Body) []survey.Outcome {
	var p rollPayload
	if err := Decode(b.Payload, &p); err != nil || p.From >= p.Cycle {
		return w.refuseRow(survey.RefusedInvalid, "an eligible set is rolled forward from an earlier cycle")
	}
	if refusal := w.frozen(p.Cycle); refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}

	if w.campaign(p.From) == nil {
		return w.refuseRow(survey.RefusedUnknownCampaign, fmt.Sprintf("there was no campaign for %s", p.From))
	}

	number := w.next()
	var before []*supportRow
	for s := range rowsFrom[supportRow](w.txn, tableSupports, byKey, cycleKey(p.From, "")) {
		if s.Cycle != p.From {
			break
		}
		before = append(before, s)
	}

	// Written after the visit, so that the set is read as it was.
	for _, s := range before {
		o := w.organisation(s.Organisation)
		last := w.lastTime(p.From, s.Organisation)
		if o == nil || o.Status.Value == string(survey.StatusDissolved) || last != nil &&
			last.State == survey.Ineligible {
			continue
		}
		w.makeEligible(p.Cycle, o.ID, survey.EligibleRolled, number, last)
	}

	return []survey.Outcome{{Status: survey.OutcomeUpdated, Number: number}}
}

func (w *campaignWork) lastTime(cycle survey.Cycle, id survey.Identifier) *lastTime {
	c := w.claim(cycle, id)
	if c == nil || c.Claim.Free() {
		return nil
	}
	return &lastTime{Holder: c.Claim.Region, State: c.Claim.State, Reason: c.Claim.Reason}
}

// noteDoNotSurvey remembers that a company asked not to be surveyed in this and later campaigns. It
// forgets the wish when the holder in the same campaign corrects the claim.
func (w *claimWork) noteDoNotSurvey(o *OrganisationRow, old, now *survey.Claim, number uint64) {
	said := now.State == survey.Declined && now.Reason == survey.ReasonDoNotSurvey
	was := old.State == survey.Declined && old.Reason == survey.ReasonDoNotSurvey
	again := o.clone()

	switch {
	case said && o.NoSurvey == "":
		again.NoSurvey = now.Cycle
	// An answer, a transfer or a release does not take the wish back.
	case was && !said && o.NoSurvey == now.Cycle && now.State != survey.Responded &&
		now.State != survey.Transferring && !now.Free():
		again.NoSurvey = ""
	default:
		return
	}

	again.Number, again.At = number, w.clock()
	w.insert(tableOrganisations, again)
	w.note(eventRow{Organisation: o.ID, Number: number, Action: survey.OrganisationChanged})
}

// liftDoNotSurvey lifts a company's wish not to be surveyed.
func (w *campaignWork) liftDoNotSurvey(b *Body) []survey.Outcome {
	var p liftPayload
	if err := Decode(b.Payload, &p); err != nil || !normalised(p.Organisation) {
		return w.refuseRow(survey.RefusedInvalid, "the identifier cannot be read")
	}

	o := w.organisation(p.Organisation)
	number := w.next()
	switch {
	case o == nil:
		return []survey.Outcome{Refused(p.Organisation, number, survey.RefusedUnknownOrganisation,
			"no organisation has this identifier")}
	case o.NoSurvey == "":
		return []survey.Outcome{{Status: survey.OutcomeExists, ID: o.ID, Number: number}}
	}

	again := o.clone()
	again.NoSurvey = ""
	again.Number, again.At = number, w.clock()
	w.insert(tableOrganisations, again)
	w.note(eventRow{Organisation: o.ID, Number: number, Action: survey.OrganisationLifted})
	return []survey.Outcome{{Status: survey.OutcomeUpdated, ID: o.ID, Number: number}}
}

// EligibleSet returns up to limit organisations of the cycle's eligible set in
// the order of their ids, from the one after the cursor on; next is the cursor
// of the rest, empty at the end.
func (r Reader) EligibleSet(cycle survey.Cycle, after string, limit int) (page []survey.Eligible, next string) {
	v := r.now()
	c := v.campaign(cycle)
	if c == nil {
		return nil, ""
	}
	for s := range rowsFrom[supportRow](v.txn, tableSupports, byKey, cycleKey(cycle, survey.Identifier(after))) {
		switch {
		case s.Cycle != cycle:
			return page, ""
		case string(s.Organisation) == after:
			continue
		case len(page) == limit:
			return page, string(page[limit-1].Organisation)
		}
		page = append(page, v.eligible(c, s))
	}
	return page, ""
}

func (v View) eligible(c *survey.Campaign, s *supportRow) survey.Eligible {
	e := survey.Eligible{Organisation: s.Organisation, Cycle: s.Cycle,
		SupportedBy: append([]survey.Region(nil), s.Regions...), Source: s.Source,
		Late: c.Frozen > 0 && s.Number > c.Frozen}

	if s.Added > 0 {
		e.Added = instant(s.Added)
	}

	// Rows of earlier versions name no source.
	if e.Source == "" {
		e.Source = survey.EligibleSupported
	}
	if s.Last != nil {
		e.LastHolder, e.LastState, e.LastReason = s.Last.Holder, s.Last.State, s.Last.Reason
	}

	if o := v.organisation(s.Organisation); o != nil {
		e.DoNotSurvey = o.NoSurvey != ""
	}
	return e
}
