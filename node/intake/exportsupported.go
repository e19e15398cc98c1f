package intake

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// overlaps stands in every row: several regions may have supported the same
// company.
const overlaps = "overlaps, does not add up to the nation"

// supported lists the companies that this region supported in the cycle: by
// its own records, or because the company said so in answers that their holder
// shared.
func (e Exporter) supported(_ context.Context, cycle survey.Cycle) ([]sheet.Column, writeRows, error) {
	reasons := map[survey.Identifier][]string{}
	own, err := e.Records.Supported(cycle)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range own {
		reasons[id] = append(reasons[id], "our records")
	}

	shared, err := e.Records.SharedWithUs(cycle)
	if err != nil {
		return nil, nil, err
	}
	// A copy without its content was revoked.
	for _, c := range shared {
		if c.Sealed != nil {
			reasons[c.Organisation] = append(reasons[c.Organisation], "named us in its answers, shared by "+string(c.From))
		}
	}

	ids := slices.Sorted(maps.Keys(reasons))
	return texts("Identifier", "Company name", "Cycle", "Why", "Note"), func(out rowWriter) error {
		for _, id := range ids {
			out.Row(string(id), e.name(id), string(cycle), strings.Join(reasons[id], "; "), overlaps)
		}
		return nil
	}, nil
}
