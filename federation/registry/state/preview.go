package state

import (
	"reflect"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// Preview returns the outcomes that the organisations would have if the region added them now. The
// numbers in them are not the registry's.
func (s *State) Preview(region survey.Region, items []survey.NewOrganisation) []survey.Outcome {
	// A transaction on a snapshot: the state itself stays free to apply.
	txn := s.db.Try()
	defer txn.Abort()
	w := &organisationWork{}
	w.View = View{txn}
	w.federation = *w.View.federation()

	before := s.View()
	outcomes := make([]survey.Outcome, len(items))
	for i := range items {
		raw := cbor.RawMessage(Encode(items[i]))
		outcomes[i] = w.addOrganisation(region, raw)
		w.compare(&outcomes[i], before, raw)
	}
	return outcomes
}

// compare notes the facts that the item changed and those that were not taken. An item that changed
// nothing visible exists already.
func (w *organisationWork) compare(outcome *survey.Outcome, known View, raw cbor.RawMessage) {
	if outcome.Status != survey.OutcomeUpdated && outcome.Status != survey.OutcomeExists {
		return
	}
	row := known.organisation(outcome.ID)
	now := w.organisation(outcome.ID)
	var item survey.NewOrganisation
	if row == nil || now == nil || Decode(raw, &item) != nil {
		return // an earlier item of this list added it
	}

	before, after := known.whole(row), w.whole(now)
	if alike(before, after) {
		outcome.Status = survey.OutcomeExists
	}
	outcome.Facts = factChanges(before, after, &item, row)
}

// alike reports whether both show the same, whenever it was learnt.
func alike(a, b survey.Organisation) bool {
	a.Version, b.Version = 0, 0
	return reflect.DeepEqual(a, b)
}

// reported is one fact as the item reports it and as the registry knew it.
type reported struct {
	field               string
	said, before, after string
	since               string
}

// factChanges compares the item's facts with those that the registry showed before and after it.
func factChanges(before, after survey.Organisation, item *survey.NewOrganisation,
	known *OrganisationRow) []survey.FactChange {
	facts := []reported{
		{"name", item.Name, before.Name, after.Name, before.NameAsOf},
		{"kind", string(item.Kind), string(before.Kind), string(after.Kind), known.Kind.AsOf},
		{"lead_region", string(item.LeadRegion), string(before.LeadRegion), string(after.LeadRegion), ""},
		{"status", string(item.Status), string(before.Status), string(after.Status), known.Status.AsOf},
		{"sector", string(item.Sector), string(before.Sector), string(after.Sector), known.Sector.AsOf},
		{"size_band", string(item.SizeBand), string(before.SizeBand), string(after.SizeBand), known.SizeBand.AsOf},
		{"postcode_district", item.Postcode, before.Postcode, after.Postcode, known.Postcode.AsOf},
	}

	var changes []survey.FactChange
	for _, f := range facts {
		switch {
		case f.after != f.before:
			changes = append(changes, survey.FactChange{Field: f.field, Before: f.before, After: f.after, Taken: true})
		case f.said != "" && f.said != f.after && (f.field != "name" || !formerly(after, f.said)):
			changes = append(changes, survey.FactChange{Field: f.field, Before: f.before, After: f.said,
				Since: f.since})
		}
	}

	if after.NameAsOf != before.NameAsOf {
		changes = append(changes, survey.FactChange{Field: "name_as_of", Before: before.NameAsOf,
			After: after.NameAsOf, Taken: true})
	}
	if was, is := namesOf(before), namesOf(after); was != is {
		changes = append(changes, survey.FactChange{Field: "previous_names", Before: was, After: is, Taken: true})
	}
	if !slices.Equal(before.Identifiers, after.Identifiers) {
		changes = append(changes, survey.FactChange{Field: "identifiers", Before: joined(before.Identifiers),
			After: joined(after.Identifiers), Taken: true})
	}

	return changes
}

// formerly reports whether it is known that the organisation had the name.
func formerly(o survey.Organisation, name string) bool {
	key := survey.NameKey(name)
	return slices.ContainsFunc(o.PreviousNames, func(p survey.NameSince) bool { return survey.NameKey(p.Name) == key })
}

func namesOf(o survey.Organisation) string {
	names := make([]string, len(o.PreviousNames))
	for i, p := range o.PreviousNames {
		names[i] = p.Name
	}
	slices.Sort(names)
	return strings.Join(names, "; ")
}

func joined(ids []survey.Identifier) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, " ")
}
