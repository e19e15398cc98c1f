package totals

import (
	"github.com/ahsn-network/tracker/store/survey"
)

// claimPage is how many claims are read at a time.
const claimPage = 1000

// panelCompanies says of the companies that answered in the cycle where they
// were in the one before. All of it is in the registry, so it is the same at
// every node that has followed it as far; a late answer is in it at once.
func (t *Totals) panelCompanies(cycle survey.Cycle) survey.PanelCompanies {
	var out survey.PanelCompanies
	before, facts := cycle.Previous(), t.options.Facts
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
			case len(facts.Supporters(before, now.Organisation)) > 0 || err == nil:
				out.NoAnswer++
			default:
				out.New++
			}
		}
	}
	return out
}
