package figures

import (
	"fmt"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// coverageLines names every region whose figures are not current.
func coverageLines(coverage survey.Coverage) []string {
	first := fmt.Sprintf("Coverage: %d of %d regions are in, %d confirmed within 30 s",
		coverage.Included, coverage.Of, coverage.Current)
	if coverage.Complete {
		first += "; complete"
	}

	lines := []string{first}
	for _, r := range coverage.Regions {
		switch r.Status {
		case survey.CoverageMissing:
			lines = append(lines, fmt.Sprintf("  missing: %s%s", r.Region, because(r.Reason)))
		case survey.CoverageStale:
			line := fmt.Sprintf("  stale: %s, figures as of %s", r.Region, cli.LongTime(r.AsOf))

			// A node that has just started has no confirmation yet.
			if !r.ConfirmedAt.IsZero() {
				line += ", last confirmed " + cli.LongTime(r.ConfirmedAt)
			}
			lines = append(lines, line+because(r.Reason))
		}
	}
	return lines
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// settledLines is coverageLines for figures that no longer change. Nobody confirms those, so it
// names only regions that are missing or have a remark.
func settledLines(coverage survey.Coverage) []string {
	first := fmt.Sprintf("Coverage: %d of %d regions are in", coverage.Included, coverage.Of)
	if coverage.Complete {
		first += "; complete"
	}

	lines := []string{first}
	for _, r := range coverage.Regions {
		switch {
		case r.Status == survey.CoverageMissing:
			lines = append(lines, fmt.Sprintf("  missing: %s%s", r.Region, because(r.Reason)))
		case r.Reason != "":
			lines = append(lines, fmt.Sprintf("  %s%s", r.Region, because(r.Reason)))
		}
	}
	return lines
}
