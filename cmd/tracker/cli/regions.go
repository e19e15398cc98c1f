package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// InRosterOrder sorts by region as the Network lists them, north to south.
func InRosterOrder[T any](rows []T, region func(T) survey.Region) {
	order := map[survey.Region]int{}
	for i, info := range survey.Regions() {
		order[info.Region] = i
	}
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(order[region(a)], order[region(b)]) })
}

// ShortName is a region's name without what all of them begin with.
func ShortName(region survey.Region) string {
	return strings.TrimPrefix(strings.TrimPrefix(region.Name(), "Health Innovation "), "Network ")
}
