package state

import (
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const maxAbsorbed = 32 // organisations merged into one

// mergeRow records how an organisation was merged into another, so that the merge can be undone.
// Both keep their identifiers and names: a merge is a pointer, and a question about the one finds
// the other.
type mergeRow struct {
	From   survey.Identifier `cbor:"1,keyasint"`
	Into   survey.Identifier `cbor:"2,keyasint"`
	Cycles []mergedCycle     `cbor:"3,keyasint"`
}

// mergedCycle is the effect of a merge on one open campaign.
type mergedCycle struct {
	Cycle     survey.Cycle    `cbor:"1,keyasint"`
	Moved     bool            `cbor:"2,keyasint,omitempty"` // the claim of From became that of Into
	ClaimedAt time.Time       `cbor:"3,keyasint,omitempty"` // of that claim
	Support   *supportRow     `cbor:"4,keyasint,omitempty"` // of From, as it was
	New       []survey.Region `cbor:"5,keyasint,omitempty"` // of its regions, those that had not supported Into
	Fresh     bool            `cbor:"6,keyasint,omitempty"` // Into was not eligible by itself
}

type (
	mergePayload struct {
		From   survey.Identifier  `cbor:"1,keyasint"`
		Into   survey.Identifier  `cbor:"2,keyasint"`
		Reason survey.MergeReason `cbor:"3,keyasint"`
	}
	splitPayload struct {
		Organisation survey.Identifier  `cbor:"1,keyasint"`
		Reason       survey.MergeReason `cbor:"2,keyasint"`
	}
)

// MergeOrganisations asks for one organisation to be merged into another.
func MergeOrganisations(one, into survey.Identifier, reason survey.MergeReason) Command {
	return newCommand(typeMergeOrganisations, mergePayload{From: one, Into: into, Reason: reason})
}

// SplitOrganisation asks for the organisation's merge to be undone.
func SplitOrganisation(id survey.Identifier, reason survey.MergeReason) Command {
	return newCommand(typeSplitOrganisation, splitPayload{Organisation: id, Reason: reason})
}

// absorbed returns the organisations merged into this one, in the order of ids.
func (v View) absorbed(id survey.Identifier) []*OrganisationRow {
	var out []*OrganisationRow
	for _, row := range v.txn.All(tableOrganisations, byMerged, string(id)+"\x00") {
		o := row.(*OrganisationRow)
		out = append(append(out, o), v.absorbed(o.ID)...)
	}
	return out
}

func mergedKey(o *OrganisationRow) []string {
	if o.MergedInto == "" {
		return nil
	}
	return []string{string(o.MergedInto) + "\x00"}
}

// whole returns the organisation with those merged into it: their identifiers as aliases, their
// names as former names.
func (v View) whole(o *OrganisationRow) survey.Organisation {
	out := o.survey()
	if o.MergedInto != "" {
		return out
	}
	for _, a := range v.absorbed(o.ID) {
		out.Aliases = append(out.Aliases, a.Identifiers...)
		for _, n := range a.Names {
			known := slices.ContainsFunc(o.Names, func(m nameRecord) bool { return m.key == n.key }) ||
				slices.ContainsFunc(out.PreviousNames, func(p survey.NameSince) bool { return p.Name == n.Name })
			if !known {
				out.PreviousNames = append(out.PreviousNames, survey.NameSince{Name: n.Name, AsOf: n.AsOf})
			}
		}
		for _, region := range a.Supporting {
			out.SupportingRegions = addRegion(out.SupportingRegions, region)
		}
	}
	return out
}

// mergeOrganisations merges one organisation into another, in every open campaign too. Closed
// campaigns keep their counts.
func (w *organisationWork) mergeOrganisations(b *Body) []survey.Outcome {
	var p mergePayload
	if err := Decode(b.Payload, &p); err != nil || !normalised(p.From) || !normalised(p.Into) ||
		!slices.Contains(survey.MergeReasons(), p.Reason) {
		return w.refuseRow(survey.RefusedInvalid, "the merge cannot be read: it has two identifiers and a reason")
	}

	from, into := w.organisation(p.From), w.organisation(p.Into)
	switch {
	case from == nil || into == nil:
		return w.refuseRow(survey.RefusedUnknownOrganisation, "both organisations must be registered")
	case from.ID == into.ID:
		return w.refuseRow(survey.RefusedInvalid, "the two are one organisation already")
	// Every question about the organisation reads them all.
	case len(w.absorbed(from.ID))+len(w.absorbed(into.ID)) >= maxAbsorbed:
		return w.refuseRow(survey.RefusedInvalid, "too many organisations would be merged into one")
	}

	merged := from.clone()
	merged.MergedInto = into.ID
	outcomes := w.renumber(p.Reason, merged, survey.OrganisationMerged, into.clone(), survey.OrganisationAbsorbed)

	kept := &mergeRow{From: from.ID, Into: into.ID}
	for _, c := range w.openCampaigns() {
		m := mergedCycle{Cycle: c.Cycle}
		w.mergeSupport(from.ID, into.ID, &m)
		outcomes = append(outcomes, w.mergeClaims(from.ID, into.ID, &m)...)
		kept.Cycles = append(kept.Cycles, m)
		w.insert(tableTallies, w.recount(c.Cycle))
	}

	w.insert(tableMerges, kept)
	return outcomes
}

// renumber stores both rows under numbers of their own, so that a follower of the changes meets both
// before their claims, and notes the event of each.
func (w *organisationWork) renumber(reason survey.MergeReason, from *OrganisationRow, left survey.OrganisationAction,
	into *OrganisationRow, stayed survey.OrganisationAction) []survey.Outcome {
	var outcomes []survey.Outcome
	for _, change := range []struct {
		o, other *OrganisationRow
		action   survey.OrganisationAction
	}{{from, into, left}, {into, from, stayed}} {
		o := change.o
		o.Number, o.At = w.next(), w.clock()
		w.insert(tableOrganisations, o)
		w.note(eventRow{Organisation: o.ID, Number: o.Number, Action: change.action, Reason: reason,
			Other: change.other.ID})
		outcomes = append(outcomes, survey.Outcome{Status: survey.OutcomeUpdated, ID: o.ID, Number: o.Number})
	}
	return outcomes
}

func (w *organisationWork) openCampaigns() []*survey.Campaign {
	var out []*survey.Campaign
	for c := range rowsFrom[survey.Campaign](w.txn, tableCampaigns, byKey, "") {
		if c.State == survey.CampaignOpen {
			out = append(out, c)
		}
	}
	return out
}

// mergeSupport adds the eligibility of one organisation to the other's.
func (w *organisationWork) mergeSupport(from, into survey.Identifier, m *mergedCycle) {
	gone := w.support(m.Cycle, from)
	if gone == nil {
		return
	}
	m.Support = gone
	next := &supportRow{Cycle: m.Cycle, Organisation: into, Added: gone.Added, Number: gone.Number,
		Source: gone.Source, Last: gone.Last}
	if kept := w.support(m.Cycle, into); kept != nil {
		next = kept.clone()
	} else {
		m.Fresh = true
	}

	for _, region := range gone.Regions {
		if !slices.Contains(next.Regions, region) {
			next.Regions = append(next.Regions, region)
			m.New = append(m.New, region)
		}
	}
	slices.Sort(next.Regions)

	w.remove(tableSupports, gone)
	w.insert(tableSupports, next)
}

// mergeClaims leaves at most one claim. Of two, the one with an answer stands, else the one granted
// first: the state's clock only rises with the log, so this is the order in the log. On a tie the
// claim of the remaining organisation stands. The other is released under a number of its own.
func (w *organisationWork) mergeClaims(from, into survey.Identifier, m *mergedCycle) []survey.Outcome {
	a, b := w.claim(m.Cycle, from), w.claim(m.Cycle, into)
	if a == nil || a.Claim.Free() {
		return nil
	}

	released := freed(a.Claim)
	outcomes := []survey.Outcome{w.changeTo(released, true)}
	taken := a.Claim
	taken.Organisation = into
	if b != nil {
		taken.Before = holders(b.Claim)
		for _, region := range a.Claim.Before {
			taken.Before = addRegion(taken.Before, region)
		}
	}

	// Into's own claim stands, and remembers the former holders of the other one.
	if b != nil && !b.Claim.Free() && !stands(&a.Claim, &b.Claim) {
		stays := b.Claim
		for _, region := range released.Before {
			stays.Before = addRegion(slices.Clone(stays.Before), region)
		}
		return append(outcomes, w.changeTo(stays, false))
	}

	m.Moved, m.ClaimedAt = true, taken.ClaimedAt
	return append(outcomes, w.changeTo(taken, true))
}

// stands reports whether claim a stands against claim b.
func stands(a, b *survey.Claim) bool {
	if answered := a.State == survey.Responded; answered != (b.State == survey.Responded) {
		return answered
	}
	return a.ClaimedAt.Before(b.ClaimedAt)
}

// freed returns the claim after it was taken from its holder.
func freed(c survey.Claim) survey.Claim {
	c.Before = holders(c)
	c.Region, c.State, c.Reason, c.RequestedBy, c.OfferedTo, c.Resume, c.ClaimedAt = "", survey.Released, "",
		nil, "", "", time.Time{}
	return c
}

// holders returns the regions that hold or held the claim.
func holders(c survey.Claim) []survey.Region {
	before := slices.Clone(c.Before)
	if c.Region != "" {
		before = addRegion(before, c.Region)
	}
	return before
}

func addRegion(regions []survey.Region, region survey.Region) []survey.Region {
	if slices.Contains(regions, region) {
		return regions
	}
	regions = append(regions, region)
	slices.Sort(regions)
	return regions
}

func without(regions []survey.Region, region survey.Region) []survey.Region {
	return slices.DeleteFunc(slices.Clone(regions), func(r survey.Region) bool { return r == region })
}

// changeTo stores a claim under the next number; the caller counts again.
func (w *organisationWork) changeTo(c survey.Claim, token bool) survey.Outcome {
	number := w.next()
	if token {
		c.Token, c.ChangedAt = number, instant(w.clock())
	}
	w.storeClaim(&c, number)
	return survey.Outcome{Status: survey.OutcomeChanged, ID: c.Organisation, Number: number, Claim: &c}
}

// splitOrganisation undoes a merge.
func (w *organisationWork) splitOrganisation(b *Body) []survey.Outcome {
	var p splitPayload
	if err := Decode(b.Payload, &p); err != nil || !normalised(p.Organisation) ||
		!slices.Contains(survey.MergeReasons(), p.Reason) {
		return w.refuseRow(survey.RefusedInvalid, "the split cannot be read: it has an identifier and a reason")
	}

	from := w.ownOrganisation(p.Organisation)
	if from == nil {
		return w.refuseRow(survey.RefusedUnknownOrganisation, "no organisation has this identifier")
	}

	kept := first[mergeRow](w.txn, tableMerges, byKey, string(from.ID))
	if from.MergedInto == "" || kept == nil {
		return w.refuseRow(survey.RefusedInvalid,
			"it was not merged into another: name the one that was merged away, by its own identifier")
	}
	into := first[OrganisationRow](w.txn, tableOrganisations, byKey, string(from.MergedInto))
	if into.MergedInto != "" {
		return w.refuseRow(survey.RefusedInvalid, "what it was merged into was merged again: undo that first")
	}

	again := from.clone()
	again.MergedInto = ""
	outcomes := w.renumber(p.Reason, again, survey.OrganisationSplit, into.clone(), survey.OrganisationParted)

	// A campaign that was closed since keeps its merged claims.
	for i := range kept.Cycles {
		m := &kept.Cycles[i]
		if c := w.campaign(m.Cycle); c == nil || c.State != survey.CampaignOpen {
			continue
		}
		outcomes = append(outcomes, w.splitClaim(from.ID, into.ID, m)...)
		w.splitSupport(from.ID, into.ID, m)
		w.insert(tableTallies, w.recount(m.Cycle))
	}

	w.remove(tableMerges, kept)
	return outcomes
}

// splitSupport takes back the eligibility that the merge added.
func (w *organisationWork) splitSupport(from, into survey.Identifier, m *mergedCycle) {
	if m.Support == nil {
		return
	}
	if now := w.support(m.Cycle, into); now != nil {
		left := now.clone()
		left.Regions = slices.DeleteFunc(left.Regions, func(r survey.Region) bool { return slices.Contains(m.New, r) })
		w.remove(tableSupports, now)
		claim := w.claim(m.Cycle, into)
		// Into stays eligible if it was so by itself, or if it was supported or claimed since.
		if !m.Fresh || len(left.Regions) > 0 || claim != nil && !claim.Claim.Free() {
			w.insert(tableSupports, left)
		}
	}

	back := m.Support.clone()
	back.Organisation = from
	w.insert(tableSupports, back)
}

// splitClaim returns a moved claim to the first organisation, unless it was given up, claimed anew
// or handed over since.
func (w *organisationWork) splitClaim(from, into survey.Identifier, m *mergedCycle) []survey.Outcome {
	now := w.claim(m.Cycle, into)
	if !m.Moved || now == nil || now.Claim.Free() || !now.Claim.ClaimedAt.Equal(m.ClaimedAt) {
		return nil
	}
	back := now.Claim
	back.Organisation = from
	return []survey.Outcome{w.changeTo(freed(now.Claim), true), w.changeTo(back, true)}
}

// MergedOrganisations returns up to limit organisations that were merged into
// another, with their own identifiers and names, in the order of their ids, from
// the one after the cursor on; next is the cursor of the rest, empty at the end.
func (r Reader) MergedOrganisations(after string, limit int) (page []survey.Organisation, next string) {
	for o := range rowsFrom[OrganisationRow](r.now().txn, tableOrganisations, byKey, after) {
		if string(o.ID) == after || o.MergedInto == "" {
			continue
		}
		if len(page) == limit {
			next = string(page[limit-1].ID)
			break
		}
		page = append(page, o.survey())
	}
	return page, next
}
