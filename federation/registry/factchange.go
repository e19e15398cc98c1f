package registry

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// reported is one fact as an item reports it and as it was known.
type reported struct {
	field               string
	said, before, after string
	since               string
}

// factChanges compares what an item says of an organisation with what the
// registry showed before and shows after it.
func factChanges(before, after survey.Organisation, item *survey.NewOrganisation, known *organisationRow) []survey.FactChange {
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
			changes = append(changes, survey.FactChange{Field: f.field, Before: f.before, After: f.said, Since: f.since})
		}
	}
	if after.NameAsOf != before.NameAsOf {
		changes = append(changes, survey.FactChange{Field: "name_as_of", Before: before.NameAsOf, After: after.NameAsOf, Taken: true})
	}
	if was, is := namesOf(before), namesOf(after); was != is {
		changes = append(changes, survey.FactChange{Field: "previous_names", Before: was, After: is, Taken: true})
	}
	if !slices.Equal(before.Identifiers, after.Identifiers) {
		changes = append(changes, survey.FactChange{Field: "identifiers", Before: joined(before.Identifiers), After: joined(after.Identifiers), Taken: true})
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
