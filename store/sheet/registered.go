package sheet

import (
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// codes fills in kind, status and lead, which the registry keeps as codes. It leaves out an unknown
// word with a warning, because other lists use these columns in their own way.
func (m Mapping) codes(row Row, o *survey.NewOrganisation) []Problem {
	var problems []Problem
	kind := survey.OrganisationKind(strings.ToLower(m.cell(row, FieldKind)))
	switch kinds := survey.OrganisationKinds(); {
	case kind == "" || kind == survey.KindOther && o.Kind == "":
		// "other" is how an organisation without a public number is shown
	case slices.Contains(kinds, kind):
		o.Kind = kind
	default:
		problems = append(problems, m.problem(row, FieldKind, Warning,
			"%s is not a kind of organisation (%s): left empty", quote(string(kind)), survey.List(kinds)))
	}

	status := survey.OrganisationStatus(strings.ToLower(m.cell(row, FieldStatus)))
	switch statuses := survey.OrganisationStatuses(); {
	case status == "" || slices.Contains(statuses, status):
		o.Status = status
	default:
		problems = append(problems, m.problem(row, FieldStatus, Warning,
			"%s is not a status (%s): left empty", quote(string(status)), survey.List(statuses)))
	}

	regions, found := m.regions(row, FieldLead)
	if len(regions) > 1 {
		found = append(found, m.problem(row, FieldLead, Warning, "one region leads an organisation: left empty"))
	} else if len(regions) == 1 {
		o.LeadRegion = regions[0]
	}
	return append(problems, found...)
}

// regions reads the regions of a field, by code or by name.
func (m Mapping) regions(row Row, field Field) (regions []survey.Region, problems []Problem) {
	// A region's name may contain spaces; codes may be separated by them.
	var parts []string
	for _, part := range strings.FieldsFunc(m.cell(row, field), func(r rune) bool { return r == ';' || r == ',' }) {
		if _, ok := survey.RegionNamed(part); ok {
			parts = append(parts, part)
		} else {
			parts = append(parts, strings.Fields(part)...)
		}
	}

	for _, part := range parts {
		region, ok := survey.RegionNamed(part)
		if !ok {
			problems = append(problems, m.problem(row, field, Warning, "%s is not a region's code: left out", quote(part)))
		} else if !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	slices.Sort(regions)
	return regions, problems
}
