package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of one organisation.
const (
	maxNameBytes     = 200
	maxIdentifiers   = 16
	maxNames         = 32
	maxConfirmNot    = 64
	maxCandidates    = 20
	maxPostcodeBytes = 8
)

// OrganisationRow is an organisation as the registry keeps it: Names[0] is the
// current name, facts carry the day they were reported on, so that lists can be
// imported in any order.
type OrganisationRow struct {
	ID           survey.Identifier   `cbor:"1,keyasint"`
	Identifiers  []survey.Identifier `cbor:"2,keyasint"`
	Names        []nameRecord        `cbor:"3,keyasint"`
	Kind         fact                `cbor:"4,keyasint,omitempty"`
	Status       fact                `cbor:"5,keyasint,omitempty"`
	Sector       fact                `cbor:"6,keyasint,omitempty"`
	SizeBand     fact                `cbor:"7,keyasint,omitempty"`
	Postcode     fact                `cbor:"8,keyasint,omitempty"`
	LeadRegion   survey.Region       `cbor:"9,keyasint,omitempty"`
	Supporting   []survey.Region     `cbor:"10,keyasint,omitempty"`
	RegisteredBy survey.Region       `cbor:"11,keyasint"`
	Number       uint64              `cbor:"12,keyasint"`
	At           int64               `cbor:"13,keyasint"`
	MergedInto   survey.Identifier   `cbor:"14,keyasint,omitempty"`
	NoSurvey     survey.Cycle        `cbor:"15,keyasint,omitempty"` // in its campaign it asked not to be surveyed
}

// fact is a value and the day of its report, "" if none was given.
type fact struct {
	Value string `cbor:"1,keyasint,omitempty"`
	AsOf  string `cbor:"2,keyasint,omitempty"`
}

// learn takes the new value if there was none, or if it is newer.
func (f *fact) learn(value, asOf string) {
	if value != "" && (f.Value == "" || asOf > f.AsOf) {
		*f = fact{value, asOf}
	}
}

// AddOrganisations asks for organisations to be added, with one command for each row of the list.
func AddOrganisations(items []survey.NewOrganisation) []Command {
	return listCommands(typeAddOrganisations, "", items)
}

// addOrganisations adds the organisations of a list, one by one.
func (w *organisationWork) addOrganisations(b *Body) []survey.Outcome {
	var payload listPayload
	if err := Decode(b.Payload, &payload); err != nil || len(payload.Items) == 0 || len(payload.Items) > maxRowItems {
		return w.refuseRow(survey.RefusedInvalid, "the list of organisations cannot be read")
	}
	outcomes := make([]survey.Outcome, len(payload.Items))
	for i, raw := range payload.Items {
		outcomes[i] = w.addOrganisation(b.Origin, raw)
	}
	return outcomes
}

func (w *organisationWork) addOrganisation(origin survey.Region, raw cbor.RawMessage) survey.Outcome {
	number := w.next()
	var item survey.NewOrganisation
	if err := Decode(raw, &item); err != nil {
		return Refused("", number, survey.RefusedInvalid, "the organisation cannot be read")
	}
	if problem := organisationProblem(&item, origin); problem != "" {
		return Refused(FirstIdentifier(&item), number, survey.RefusedInvalid, problem)
	}

	known, conflict := w.known(&item)
	if conflict != nil {
		out := Refused(FirstIdentifier(&item), number, survey.RefusedIdentifierConflict,
			"its identifiers belong to different organisations")
		out.Refusal.Candidates = conflict
		return out
	}

	// Without a public number only the name can find it.
	if known == nil && !numbered(item.Identifiers) {
		if len(item.Identifiers) > 0 {
			return Refused(item.Identifiers[0], number, survey.RefusedUnknownOrganisation,
				"no organisation has this minted identifier")
		}
		candidates := w.sameNamed(&item)
		// A list may match by name alone, but never an organisation with a public number.
		if item.Match && len(candidates) == 1 && !numbered(candidates[0].Identifiers) {
			known = candidates[0]
		} else if len(candidates) > 0 {
			return possibleDuplicates(number, item.Name, candidates)
		}
	}

	if known != nil {
		return w.updateOrganisation(known, &item, number)
	}
	return w.createOrganisation(origin, &item, number)
}

// known finds the one organisation that holds any of the item's identifiers, or returns the ids of
// several. The minted identifier counts, so that a forgotten request finds the organisation that it
// made.
func (w *organisationWork) known(item *survey.NewOrganisation) (*OrganisationRow, []survey.Identifier) {
	var found *OrganisationRow
	var holders []survey.Identifier
	for _, id := range append(slices.Clone(item.Identifiers), item.Minted) {
		o := w.organisation(id)
		if o == nil || slices.Contains(holders, o.ID) {
			continue
		}
		found = o
		holders = append(holders, o.ID)
	}
	if len(holders) > 1 {
		return nil, holders
	}
	return found, nil
}

// sameNamed returns the organisations that have, or had, the item's name, without those that the
// item confirms not to be.
func (w *organisationWork) sameNamed(item *survey.NewOrganisation) []*OrganisationRow {
	if item.Kind == survey.KindIndividual {
		return nil // a label is not a name
	}
	var out []*OrganisationRow
	for _, row := range w.txn.All(tableOrganisations, byNameKey, nameIndexKey(survey.NameKey(item.Name))) {
		o := w.canonical(row.(*OrganisationRow))
		if !slices.Contains(out, o) && !slices.ContainsFunc(o.Identifiers,
			func(id survey.Identifier) bool { return slices.Contains(item.ConfirmNot, id) }) {
			out = append(out, o)
		}
	}
	return out
}

func possibleDuplicates(number uint64, name string, candidates []*OrganisationRow) survey.Outcome {
	out := Refused("", number, survey.RefusedPossibleDuplicates,
		"organisations with this name are known: use one of them, or confirm that it is none")
	for _, o := range candidates[:min(len(candidates), maxCandidates)] {
		out.Refusal.Candidates = append(out.Refusal.Candidates, o.ID)
		out.Refusal.Duplicates = append(out.Refusal.Duplicates,
			survey.PossibleDuplicate{ID: o.ID, Name: o.Names[0].Name, Reason: o.resemblance(name)})
	}
	return out
}

func (w *organisationWork) createOrganisation(origin survey.Region, item *survey.NewOrganisation,
	number uint64) survey.Outcome {
	if item.Name == "" {
		return Refused(FirstIdentifier(item), number, survey.RefusedInvalid, "a new organisation needs a name")
	}

	o := &OrganisationRow{RegisteredBy: origin, Number: number, At: w.clock()}
	identifiers := item.Identifiers
	if len(identifiers) == 0 {
		if !item.Minted.Minted() {
			return Refused("", number, survey.RefusedInvalid,
				"an organisation without a number needs a minted identifier")
		}
		identifiers = []survey.Identifier{item.Minted}
	}

	o.learn(item, identifiers)
	// The first one is the best known.
	o.ID = o.Identifiers[0]
	for _, id := range o.Identifiers {
		w.insert(tableIdentifiers, &identifierRow{Identifier: id, Organisation: o.ID})
	}

	w.insert(tableOrganisations, o)
	w.note(eventRow{Organisation: o.ID, Number: number, Action: survey.OrganisationAdded})
	return survey.Outcome{Status: survey.OutcomeCreated, ID: o.ID, Number: number}
}

// updateOrganisation adds the item's news to a known organisation.
func (w *organisationWork) updateOrganisation(known *OrganisationRow, item *survey.NewOrganisation,
	number uint64) survey.Outcome {
	o := known.clone()
	// Known identifiers are its own, or those of organisations merged into it.
	o.learn(item, slices.DeleteFunc(slices.Clone(item.Identifiers),
		func(id survey.Identifier) bool { return w.ownOrganisation(id) != nil }))
	if o.equal(known) {
		return survey.Outcome{Status: survey.OutcomeExists, ID: o.ID, Number: number}
	}

	if len(o.Identifiers) > maxIdentifiers || len(o.Names) > maxNames {
		return Refused(o.ID, number, survey.RefusedInvalid, "it would have too many identifiers or names")
	}

	for _, id := range o.Identifiers {
		if !slices.Contains(known.Identifiers, id) {
			w.insert(tableIdentifiers, &identifierRow{Identifier: id, Organisation: o.ID})
		}
	}

	o.Number, o.At = number, w.clock()
	w.insert(tableOrganisations, o)
	w.note(eventRow{Organisation: o.ID, Number: number, Action: survey.OrganisationChanged})
	return survey.Outcome{Status: survey.OutcomeUpdated, ID: o.ID, Number: number}
}

// learn merges the item into the organisation. The names do not depend on the order of the items;
// the newest day decides each fact.
func (o *OrganisationRow) learn(item *survey.NewOrganisation, identifiers []survey.Identifier) {
	for _, id := range identifiers {
		if !slices.Contains(o.Identifiers, id) {
			o.Identifiers = append(o.Identifiers, id)
		}
	}
	slices.SortFunc(o.Identifiers, compareIdentifiers)

	individual := item.Kind == survey.KindIndividual || o.Kind.Value == string(survey.KindIndividual)
	// An individual keeps its label: a name would lead to the person.
	if !individual || len(o.Names) == 0 {
		o.Names = mergeNames(o.Names, itemNames(item))
	}

	o.Kind.learn(string(item.Kind), item.NameAsOf)
	o.Status.learn(string(item.Status), item.NameAsOf)
	o.Sector.learn(string(item.Sector), item.NameAsOf)
	o.SizeBand.learn(string(item.SizeBand), item.NameAsOf)
	o.Postcode.learn(item.Postcode, item.NameAsOf)
	if o.LeadRegion == "" {
		o.LeadRegion = item.LeadRegion
	}
}

func (o *OrganisationRow) clone() *OrganisationRow {
	c := *o
	c.Identifiers = slices.Clone(o.Identifiers)
	c.Names = slices.Clone(o.Names)
	c.Supporting = slices.Clone(o.Supporting)
	return &c
}

func (o *OrganisationRow) equal(p *OrganisationRow) bool {
	return o.ID == p.ID && slices.Equal(o.Identifiers, p.Identifiers) && slices.Equal(o.Names, p.Names) &&
		o.Kind == p.Kind && o.Status == p.Status && o.Sector == p.Sector && o.SizeBand == p.SizeBand &&
		o.Postcode == p.Postcode && o.LeadRegion == p.LeadRegion && slices.Equal(o.Supporting, p.Supporting)
}

// survey returns the organisation in the shared vocabulary.
func (o *OrganisationRow) survey() survey.Organisation {
	out := survey.Organisation{
		ID: o.ID, Kind: survey.OrganisationKind(o.Kind.Value), Identifiers: slices.Clone(o.Identifiers),
		LeadRegion: o.LeadRegion, SupportingRegions: slices.Clone(o.Supporting),
		Status: survey.OrganisationStatus(o.Status.Value), Sector: survey.Sector(o.Sector.Value),
		SizeBand: survey.SizeBand(o.SizeBand.Value), Postcode: o.Postcode.Value,
		RegisteredBy: o.RegisteredBy, Version: o.Number, MergedInto: o.MergedInto, DoNotSurvey: o.NoSurvey,
	}

	if out.Kind == "" {
		out.Kind = usualKind(o.Identifiers)
	}

	for i, n := range o.Names {
		if i == 0 {
			out.Name, out.NameAsOf = n.Name, n.AsOf
			continue
		}
		out.PreviousNames = append(out.PreviousNames, survey.NameSince{Name: n.Name, AsOf: n.AsOf})
	}
	return out
}

// OrganisationsSince visits the organisations that changed after the number, in the order of their
// latest change.
func (v View) OrganisationsSince(number uint64, visit func(*OrganisationRow)) {
	for o := range rowsFrom[OrganisationRow](v.txn, tableOrganisations, byNumber, numberKey(number+1)) {
		visit(o)
	}
}

// NamedFrom visits the organisations that have, or had, a name whose key begins
// with the one given, in the order of the keys, until visit returns false.
func (v View) NamedFrom(key string, visit func(survey.Identifier) bool) {
	for o := range rowsFrom[OrganisationRow](v.txn, tableOrganisations, byNameKey, key) {
		begins := slices.ContainsFunc(o.Names, func(n nameRecord) bool { return strings.HasPrefix(n.key, key) })
		if !begins || !visit(o.ID) {
			break
		}
	}
}

// Shown returns the organisation that has, or had, the identifier, with those merged into it; false
// if there is none.
func (v View) Shown(id survey.Identifier) (survey.Organisation, bool) {
	o := v.organisation(id)
	if o == nil {
		return survey.Organisation{}, false
	}
	return v.whole(o), true
}

// Organisation returns the organisation that has, or had, the identifier, or an
// error wrapping survey.ErrNotFound.
func (r Reader) Organisation(id survey.Identifier) (survey.Organisation, error) {
	id = parsed(id)
	v := r.now()
	o := v.organisation(id)
	if o == nil {
		return survey.Organisation{}, fmt.Errorf("organisation %s: %w", id, survey.ErrNotFound)
	}
	return v.whole(o), nil
}

// Organisations returns up to limit organisations in the order of their ids, from the one after the
// cursor on; next is the cursor of the rest, empty at the end. An empty cursor means the start.
// Organisations that were merged away are left out.
func (r Reader) Organisations(after string, limit int) (page []survey.Organisation, next string) {
	v := r.now()
	for o := range rowsFrom[OrganisationRow](v.txn, tableOrganisations, byKey, string(after)) {
		if string(o.ID) == after || o.MergedInto != "" {
			continue
		}
		if len(page) == limit {
			next = string(page[limit-1].ID)
			break
		}
		page = append(page, v.whole(o))
	}
	return page, next
}
