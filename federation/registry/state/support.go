package state

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

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
	next := &supportRow{Cycle: cycle, Organisation: o.ID, Source: survey.EligibleSupported, Added: w.clock(), Number: number}
	if support != nil {
		next = support.clone()
	}
	next.Regions = append(next.Regions, origin)
	slices.Sort(next.Regions)
	w.insert(tableSupports, next)
	w.countSupport(next, origin, support == nil)
	w.noteSupporter(o, origin, number)
	return survey.Outcome{Status: survey.OutcomeCreated, ID: o.ID, Number: number}
}

// noteSupporter shows the region among the organisation's supporters.
func (w *claimWork) noteSupporter(known *OrganisationRow, region survey.Region, number uint64) {
	o := known.clone()
	if !slices.Contains(o.Supporting, region) {
		o.Supporting = append(o.Supporting, region)
		slices.Sort(o.Supporting)
	}
	if o.LeadRegion == "" {
		o.LeadRegion = region
	}
	if !o.equal(known) {
		o.Number, o.At = number, w.clock()
		w.insert(tableOrganisations, o)
		w.note(eventRow{Organisation: o.ID, Number: number, Action: survey.OrganisationSupported})
	}
}

// readIdentifiers reads a row that is a list of organisations in a cycle.
func (w *work) readIdentifiers(b *Body) (*identifiersPayload, *survey.Refusal) {
	var payload identifiersPayload
	if err := Decode(b.Payload, &payload); err != nil || len(payload.Items) == 0 || len(payload.Items) > maxRowItems {
		return nil, &survey.Refusal{Code: survey.RefusedInvalid, Detail: "the list of organisations cannot be read"}
	}
	for _, id := range payload.Items {
		if !normalised(id) {
			return nil, &survey.Refusal{Code: survey.RefusedInvalid, Detail: "an identifier is not in its normal form"}
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

// ProposedClaims returns up to limit eligible companies of the cycle that the
// region leads, in the order of their ids, from the one after the cursor on;
// next is the cursor of the rest, empty at the end. Who else supports a company
// or holds it is named, and whether it asked not to be surveyed: whoever claims
// the list must know.
func (r Reader) ProposedClaims(cycle survey.Cycle, region survey.Region, after string, limit int) (page []survey.ProposedClaim, next string) {
	v := r.now()
	from(v.txn, tableSupports, byKey, cycleKey(cycle, survey.Identifier(after)), func(s *supportRow) bool {
		if s.Cycle != cycle {
			return false
		}
		o := v.organisation(s.Organisation)
		if string(s.Organisation) == after || o == nil || o.LeadRegion != region {
			return true
		}
		if len(page) == limit {
			next = string(page[limit-1].Organisation)
			return false
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
		return true
	})
	return page, next
}
