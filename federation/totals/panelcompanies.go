package totals

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// claimPage is the number of claims that are read at a time.
const claimPage = 1000

// afterHandover returns the number of matched companies that another region had surveyed and handed
// over. For each region it is that of the figure with most of them.
func (in *input) afterHandover() int {
	sum := int64(0)
	for _, h := range in.summaries {
		if in.usable(h) != "" {
			continue
		}
		// A company may be matched in some figures only.
		most := int64(0)
		for _, c := range h.summary.Cells {
			if c.Dimension == survey.ByPanel && c.Key == survey.PanelTaken && !c.Flag.Withheld() {
				most = max(most, c.Contributors)
			}
		}
		sum += most
	}
	return int(sum)
}

// panelCompanies tells where the companies that answered in the cycle were in the one before. All
// of it is in the registry, so that it is the same at every node that has followed it as far; a
// late answer is in it at once. Only the number of companies that changed region and were matched
// after a hand-over comes from the regions.
func (q *query) panelCompanies(cycle survey.Cycle, afterHandover int) survey.PanelCompanies {
	var out survey.PanelCompanies
	before, facts := cycle.Previous(), q.claims
	for after, first := "", true; first || after != ""; first = false {
		var claims []survey.Claim
		claims, after = facts.Claims(survey.ClaimFilter{Cycle: cycle, State: survey.Responded}, after, claimPage)
		for _, now := range claims {
			out.Answered++
			last, err := facts.ClaimOf(before, now.Organisation)
			switch answered := err == nil && last.State == survey.Responded; {
			case answered && last.Region == now.Region:
				out.Matched++
			case answered:
				out.ChangedRegion++
			// It was supported, but did not answer.
			case len(facts.Supporters(before, now.Organisation)) > 0 || err == nil:
				out.NoAnswer++
			default:
				out.New++
			}
		}
	}

	// They stay "changed region" unless their answer was handed over.
	out.AfterHandover = min(afterHandover, out.ChangedRegion)
	out.ChangedRegion -= out.AfterHandover
	return out
}
