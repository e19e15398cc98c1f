package state

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// supportRow makes an organisation part of a cycle's eligible set. It names the regions that
// supported it, if any, and else how it came in.
type supportRow struct {
	Cycle        survey.Cycle          `cbor:"1,keyasint"`
	Organisation survey.Identifier     `cbor:"2,keyasint"`
	Regions      []survey.Region       `cbor:"3,keyasint"`
	Source       survey.EligibleSource `cbor:"4,keyasint,omitempty"` // how it came in first
	Added        int64                 `cbor:"5,keyasint,omitempty"` // milliseconds of the state's clock
	Number       uint64                `cbor:"6,keyasint,omitempty"` // of the item that put it in
	Last         *lastTime             `cbor:"7,keyasint,omitempty"` // from the campaign before
}

func (s *supportRow) clone() *supportRow {
	c := *s
	c.Regions = slices.Clone(s.Regions)
	return &c
}

// lastTime is how the campaign before ended for a company.
type lastTime struct {
	Holder survey.Region     `cbor:"1,keyasint,omitempty"`
	State  survey.ClaimState `cbor:"2,keyasint,omitempty"`
	Reason survey.ReasonCode `cbor:"3,keyasint,omitempty"`
}

func (v View) support(cycle survey.Cycle, canonical survey.Identifier) *supportRow {
	return first[supportRow](v.txn, tableSupports, byKey, cycleKey(cycle, canonical))
}

// AddSupported says that the region supported the organisations in the cycle.
func AddSupported(cycle survey.Cycle, ids []survey.Identifier) []Command {
	return listCommands(typeAddSupported, cycle, ids)
}

// addSupported records that the origin supported the organisations in the
// cycle. Supported organisations are the campaign's eligible set.
func (w *claimWork) addSupported(b *Body) []survey.Outcome {
	payload, refusal := w.readIdentifiers(b)
	if refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	if refusal := w.notOpen(payload.Cycle); refusal != nil {
		return w.refuseAll(payload.Items, refusal)
	}
	outcomes := make([]survey.Outcome, len(payload.Items))
	for i, id := range payload.Items {
		outcomes[i] = w.addSupport(b.Origin, payload.Cycle, id)
	}
	return outcomes
}

func (w *claimWork) addSupport(origin survey.Region, cycle survey.Cycle, id survey.Identifier) survey.Outcome {
	number := w.next()
	o := w.organisation(id)
	if o == nil {
		return Refused(id, number, survey.RefusedUnknownOrganisation, "add the organisation first")
	}

	support := w.support(cycle, o.ID)
	if support != nil && slices.Contains(support.Regions, origin) {
		return survey.Outcome{Status: survey.OutcomeExists, ID: o.ID, Number: number}
	}
	next := &supportRow{Cycle: cycle, Organisation: o.ID, Source: survey.EligibleSupported, Added: w.clock(),
		Number: number}
	if support != nil {
		next = support.clone()
	}

	next.Regions = addRegion(next.Regions, origin)
	w.insert(tableSupports, next)
	w.countSupport(next, origin, support == nil)
	w.noteSupporter(o, origin, number)
	return survey.Outcome{Status: survey.OutcomeCreated, ID: o.ID, Number: number}
}

// noteSupporter shows the region among the organisation's supporters.
func (w *claimWork) noteSupporter(known *OrganisationRow, region survey.Region, number uint64) {
	o := known.clone()
	o.Supporting = addRegion(o.Supporting, region)
	// The first supporter leads.
	if o.LeadRegion == "" {
		o.LeadRegion = region
	}
	if !o.equal(known) {
		o.Number, o.At = number, w.clock()
		w.insert(tableOrganisations, o)
		w.note(eventRow{Organisation: o.ID, Number: number, Action: survey.OrganisationSupported})
	}
}

// countSupport counts a region's new support. Organisations that one region
// supported already are counted once for the nation; fresh ones were not
// eligible before.
func (w *work) countSupport(s *supportRow, region survey.Region, fresh bool) {
	t := w.tally(s.Cycle)
	if len(s.Regions) == 1 {
		t.Counts.Supported++
	}
	if fresh {
		if claim := w.claim(s.Cycle, s.Organisation); claim == nil || claim.Claim.State != survey.Ineligible {
			t.Counts.Eligible++
		}
	}

	r := t.Counts.ByRegion[region]
	r.Supported++
	t.Counts.ByRegion[region] = r
	w.putTally(t)
}

// makeEligible adds the organisation to the cycle's eligible set, and reports whether it was
// missing.
func (w *claimWork) makeEligible(cycle survey.Cycle, id survey.Identifier, source survey.EligibleSource,
	number uint64, last *lastTime) bool {
	if w.support(cycle, id) != nil {
		return false
	}
	w.insert(tableSupports, &supportRow{Cycle: cycle, Organisation: id, Source: source, Added: w.clock(),
		Number: number, Last: last})

	t := w.tally(cycle)
	if claim := w.claim(cycle, id); claim == nil || claim.Claim.State != survey.Ineligible {
		t.Counts.Eligible++
	}
	w.putTally(t)
	return true
}

// dropEligible removes a company that only its claim had put into the set, when the claim is given
// up: a mistaken claim must not lower the response rate.
func (w *claimWork) dropEligible(cycle survey.Cycle, id survey.Identifier) {
	s := w.support(cycle, id)
	if s == nil || s.Source != survey.EligibleClaimed || len(s.Regions) > 0 {
		return
	}

	w.remove(tableSupports, s)
	t := w.tally(cycle)
	t.Counts.Eligible--
	w.putTally(t)
}

// readIdentifiers reads a row that is a list of organisations in a cycle.
func (w *work) readIdentifiers(b *Body) (*identifiersPayload, *survey.Refusal) {
	var payload identifiersPayload
	if err := Decode(b.Payload, &payload); err != nil || len(payload.Items) == 0 || len(payload.Items) > maxRowItems {
		return nil, refuse(survey.RefusedInvalid, "the list of organisations cannot be read")
	}
	for _, id := range payload.Items {
		if !normalised(id) {
			return nil, refuse(survey.RefusedInvalid, "an identifier is not in its normal form")
		}
	}
	return &payload, nil
}

// refuseAll answers every item of a list with the same refusal.
func (w *work) refuseAll(items []survey.Identifier, refusal *survey.Refusal) []survey.Outcome {
	outcomes := make([]survey.Outcome, len(items))
	for i, id := range items {
		outcomes[i] = Refused(id, w.next(), refusal.Code, refusal.Detail)
	}
	return outcomes
}

// ProposedClaims returns up to limit eligible companies of the cycle that the region leads, in the
// order of their ids, from the one after the cursor on; next is the cursor of the rest, empty at
// the end. Each names its other supporters, its holder and a wish not to be surveyed, for the
// people who claim from the list.
func (r Reader) ProposedClaims(cycle survey.Cycle, region survey.Region, after string,
	limit int) (page []survey.ProposedClaim, next string) {
	v := r.now()
	for s := range rowsFrom[supportRow](v.txn, tableSupports, byKey, cycleKey(cycle, survey.Identifier(after))) {
		if s.Cycle != cycle {
			break
		}
		o := v.organisation(s.Organisation)
		if string(s.Organisation) == after || o == nil || o.LeadRegion != region {
			continue
		}
		if len(page) == limit {
			next = string(page[limit-1].Organisation)
			break
		}

		p := survey.ProposedClaim{Organisation: s.Organisation, DoNotSurvey: o.NoSurvey != ""}
		if len(o.Names) > 0 {
			p.Name = o.Names[0].Name
		}
		for _, other := range s.Regions {
			if other != region {
				p.AlsoSupportedBy = append(p.AlsoSupportedBy, other)
			}
		}

		if c := v.claim(cycle, o.ID); c != nil && !c.Claim.Free() {
			p.Holder, p.State = c.Claim.Region, c.Claim.State
		}
		page = append(page, p)
	}
	return page, next
}

// recount counts one campaign from its claims and supports.
func (v View) recount(cycle survey.Cycle) *tallyRow {
	t := newTally(cycle)
	supported := map[survey.Identifier]bool{}
	for s := range rowsFrom[supportRow](v.txn, tableSupports, byKey, cycleKey(cycle, "")) {
		if s.Cycle != cycle {
			break
		}
		supported[s.Organisation] = true
		t.Counts.Eligible++
		if len(s.Regions) > 0 {
			t.Counts.Supported++
		}
		for _, region := range s.Regions {
			r := t.Counts.ByRegion[region]
			r.Supported++
			t.Counts.ByRegion[region] = r
		}
	}

	for c := range rowsFrom[claimRow](v.txn, tableClaims, byKey, cycleKey(cycle, "")) {
		if c.Claim.Cycle != cycle {
			break
		}
		t.add(&c.Claim, supported[c.Claim.Organisation], 1)
	}
	return t
}

// Supporters returns the regions that supported the organisation in the cycle,
// in the order of their codes, none if it is not known.
func (r Reader) Supporters(cycle survey.Cycle, id survey.Identifier) []survey.Region {
	v := r.now()
	o := v.organisation(id)
	if o == nil {
		return nil
	}
	if s := v.support(cycle, o.ID); s != nil {
		return append([]survey.Region(nil), s.Regions...)
	}
	return nil
}
