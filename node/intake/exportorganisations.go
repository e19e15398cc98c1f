package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// organisations lists the organisations that were not merged and then those that
// were, each with its own names. An import in this order knows each organisation
// before a row says that another was merged into it.
func (e Exporter) organisations(ctx context.Context) ([]sheet.Column, writeRows, error) {
	columns := texts("Identifier", "Company name", "As of", "Sector", "Size", "Postcode", "Kind", "Lead region",
		"Supporting regions", "Status", "Previous names", "Merged into", sheet.ExportedColumn)
	return columns, func(out rowWriter) error {
		absorbed, err := e.absorbedNames(ctx)
		if err != nil {
			return err
		}

		write := func(o survey.Organisation) {
			cells := organisationCells(o, absorbed[o.ID])
			out.Row(append(cells, sheet.Exported(cells))...)
		}
		if err := eachOrganisation(ctx, e.Registry.Organisations, write); err != nil {
			return err
		}
		return eachOrganisation(ctx, e.Registry.MergedOrganisations, write)
	}, nil
}

// eachOrganisation calls do with every organisation of a list.
func eachOrganisation(ctx context.Context, list func(after string, limit int) ([]survey.Organisation, string),
	do func(survey.Organisation)) error {
	return eachPaged(ctx, func(after string) ([]survey.Organisation, string, error) {
		found, next := list(after, pageRows)
		return found, next, nil
	}, do)
}

// absorbedNames returns, by organisation, the names that it has only because
// others were merged into it. The rows of those others list them.
func (e Exporter) absorbedNames(ctx context.Context) (map[survey.Identifier][]string, error) {
	names := map[survey.Identifier][]string{}
	err := eachOrganisation(ctx, e.Registry.MergedOrganisations, func(o survey.Organisation) {
		into, err := e.Registry.Organisation(o.ID)
		if err != nil {
			return
		}
		names[into.ID] = append(names[into.ID], o.Name)
		for _, p := range o.PreviousNames {
			names[into.ID] = append(names[into.ID], p.Name)
		}
	})
	return names, err
}

// organisationCells returns an organisation's row without its last column.
func organisationCells(o survey.Organisation, absorbed []string) []string {
	ids := survey.Codes(o.Identifiers)
	if len(ids) == 0 {
		ids = []string{string(o.ID)}
	}

	var previous []string
	for _, p := range o.PreviousNames {
		if !slices.Contains(absorbed, p.Name) {
			previous = append(previous, p.Name)
		}
	}
	slices.Sort(previous) // their dates are not in the list, so their order must not depend on them

	return []string{strings.Join(ids, " "), o.Name, o.NameAsOf, string(o.Sector), string(o.SizeBand), o.Postcode,
		string(o.Kind), string(o.LeadRegion), strings.Join(survey.Codes(o.SupportingRegions), " "), string(o.Status),
		strings.Join(previous, "; "), string(o.MergedInto)}
}
