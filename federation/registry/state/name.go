package state

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// nameRecord is one name of an organisation: its newest spelling, the last day
// on which it was reported, and whether that report called it a former name.
type nameRecord struct {
	Name   string `cbor:"1,keyasint"`
	AsOf   string `cbor:"2,keyasint,omitempty"`
	Former bool   `cbor:"3,keyasint,omitempty"`
	key    string // survey.NameKey(Name); not written, computed again on reading
}

func newNameRecord(name, asOf string, former bool) nameRecord {
	return nameRecord{Name: name, AsOf: asOf, Former: former, key: survey.NameKey(name)}
}

// Key is survey.NameKey of the name.
func (n *nameRecord) Key() string { return n.key }

// itemNames returns the names an item brings. Its name counts as reported at
// least as late as the names that it calls previous.
func itemNames(item *survey.NewOrganisation) []nameRecord {
	var names []nameRecord
	asOf := item.NameAsOf
	for _, p := range item.PreviousNames {
		names = append(names, newNameRecord(p.Name, p.AsOf, true))
		asOf = max(asOf, p.AsOf)
	}
	if item.Name != "" {
		names = append(names, newNameRecord(item.Name, asOf, false))
	}
	return names
}

// compareNames is a total order: the greater name is the one that stands. The
// later day wins; on one day, a current name before a former one, then the one
// that sorts first.
func compareNames(a, b nameRecord) int {
	if c := strings.Compare(a.AsOf, b.AsOf); c != 0 {
		return c
	}
	if a.Former != b.Former {
		if a.Former {
			return -1
		}
		return 1
	}
	return strings.Compare(b.Name, a.Name)
}

// mergeNames returns the greatest spelling of each name key: the greatest of all first, the others
// by day and name. The result is therefore independent of the order in which names were learnt.
func mergeNames(have, more []nameRecord) []nameRecord {
	out := slices.Clone(have)
	for _, n := range more {
		i := slices.IndexFunc(out, func(o nameRecord) bool { return o.key == n.key })
		switch {
		case i < 0:
			out = append(out, n)
		case compareNames(n, out[i]) > 0:
			out[i] = n
		}
	}

	if len(out) == 0 {
		return out
	}
	slices.SortFunc(out, func(a, b nameRecord) int {
		return cmp.Or(strings.Compare(a.AsOf, b.AsOf), strings.Compare(a.Name, b.Name))
	})

	// The name that stands comes first.
	current := slices.MaxFunc(out, compareNames)
	at := slices.Index(out, current)
	return slices.Insert(slices.Delete(out, at, at+1), 0, current)
}

// nameIndexKeys returns the keys that find an organisation by name. The closing byte keeps ACME
// from finding ACME LTD.
func nameIndexKeys(o *OrganisationRow) []string {
	if o.Kind.Value == string(survey.KindIndividual) {
		return nil
	}
	keys := make([]string, len(o.Names))
	for i, n := range o.Names {
		keys[i] = nameIndexKey(n.key)
	}
	return keys
}

func nameIndexKey(key string) string { return key + "\x00" }

// organisationProblem returns the first fault in an item from the log; "" means none. The write
// methods clean names and normalise identifiers before they sign.
func organisationProblem(item *survey.NewOrganisation, origin survey.Region) string {
	if len(item.Identifiers) > maxIdentifiers || len(item.ConfirmNot) > maxConfirmNot ||
		len(item.PreviousNames) >= maxNames {
		return "it has too many identifiers or names"
	}
	for _, id := range item.Identifiers {
		if !normalised(id) {
			return "an identifier is not in its normal form"
		}
	}

	if item.Minted != "" && (!item.Minted.Minted() || !normalised(item.Minted)) {
		return "the minted identifier is not in its normal form"
	}
	if item.Name != "" && !validName(item.Name) || item.NameAsOf != "" && !validDay(item.NameAsOf) {
		return "a name has at most 200 bytes, a letter or digit, and no hidden characters; its day is YYYY-MM-DD"
	}
	for _, p := range item.PreviousNames {
		if !validName(p.Name) || p.AsOf != "" && !validDay(p.AsOf) {
			return "a previous name has at most 200 bytes, a letter or digit, and no hidden characters; its day is YYYY-MM-DD"
		}
	}

	if item.Kind == survey.KindIndividual {
		return individualProblem(item, origin)
	}
	if item.LeadRegion != "" && !ValidRegion(item.LeadRegion) {
		return "the lead region is not a region code"
	}
	return codesProblem(item)
}

func codesProblem(item *survey.NewOrganisation) string {
	kinds := []survey.OrganisationKind{"", survey.KindCompany, survey.KindCharity, survey.KindNHS,
		survey.KindUniversity, survey.KindPublic, survey.KindIndividual, survey.KindOther}
	statuses := []survey.OrganisationStatus{"", survey.StatusActive, survey.StatusDissolved, survey.StatusUnknown}
	switch {
	case !slices.Contains(kinds, item.Kind):
		return "unknown kind"
	case !slices.Contains(statuses, item.Status):
		return "unknown status"
	case item.Sector != "" && !slices.Contains(survey.Sectors(), item.Sector):
		return "unknown sector"
	case item.SizeBand != "" && !slices.Contains(survey.SizeBands(), item.SizeBand):
		return "unknown size band"
	case !validPostcodeDistrict(item.Postcode):
		return "a postcode district is written as SY23"
	}
	return ""
}

// individualProblem keeps persons out of the log: only an opaque label may be registered, and
// nothing that leads to the person.
func individualProblem(item *survey.NewOrganisation, origin survey.Region) string {
	switch {
	case item.Name != "" && !validLabel(item.Name, origin):
		return "an individual is registered under an opaque label only"
	case len(item.PreviousNames) > 0 || item.Postcode != "" || numbered(item.Identifiers):
		return "an individual has no names, postcode or public number in the registry"
	case item.LeadRegion != "" && !ValidRegion(item.LeadRegion):
		return "the lead region is not a region code"
	}
	return codesProblem(item)
}

const labelPrefix = "Individual innovator, "

func validLabel(name string, origin survey.Region) bool {
	digits, found := strings.CutPrefix(name, labelPrefix+string(origin)+", ")
	return found && len(digits) == 4 && only(digits, "0123456789abcdef")
}

func validName(name string) bool {
	return len(name) <= maxNameBytes && survey.CleanName(name) == name && survey.NameKey(name) != ""
}

func validPostcodeDistrict(s string) bool {
	return len(s) <= maxPostcodeBytes && only(s, strings.ToUpper(smallLetters)+digits)
}
