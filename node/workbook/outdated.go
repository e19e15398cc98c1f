package workbook

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// factFields are the columns' fields under their names in the registry's previews.
var factFields = map[field]string{fieldName: "name", fieldSector: "sector", fieldSize: "size_band",
	fieldPostcode: "postcode_district", fieldLead: "lead_region"}

// refuseOutdated removes the edits that the registry would ignore because it has later facts, and
// refuses them with that reason.
func (b Workbook) refuseOutdated(ctx context.Context, e *rowEdits) ([]survey.WorkbookEdit, error) {
	if len(e.facts) == 0 {
		return nil, nil
	}

	previews, err := b.Registry.PreviewOrganisations(ctx, []survey.NewOrganisation{e.update})
	if err != nil {
		return nil, fmt.Errorf("row %d: %w", e.number, err)
	}

	var refused []survey.WorkbookEdit
	for f, name := range factFields {
		at := slices.IndexFunc(previews[0].Facts, func(c survey.FactChange) bool { return c.Field == name && !c.Taken })
		edit := slices.IndexFunc(e.facts, func(words string) bool { return strings.HasPrefix(words, string(f)+":") })
		if at >= 0 && edit >= 0 {
			refused = append(refused, e.refuse(e.facts[edit], "%s", previews[0].Facts[at].Why()))
			e.facts = slices.Delete(e.facts, edit, edit+1)
		}
	}

	// The order must not be that of the map.
	slices.SortFunc(refused, func(x, y survey.WorkbookEdit) int { return strings.Compare(x.Edit, y.Edit) })
	return refused, nil
}
