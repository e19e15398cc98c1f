package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// TakeOverStatus counts what waits to be taken over in the open campaigns:
// Incoming from the regions that held companies before this one, Outgoing by
// the regions that hold companies now which this one held before.
type TakeOverStatus struct {
	Incoming []TakeOverCount `json:"incoming" nullable:"false"`
	Outgoing []TakeOverCount `json:"outgoing" nullable:"false"`
}

// TakeOverCount is one region's in one cycle. LastYear are those of the
// companies whose last year's answers lie at the region that held them: until
// they are taken over the companies are not on the matched panel.
type TakeOverCount struct {
	Cycle     survey.Cycle  `json:"cycle"`
	Region    survey.Region `json:"region"`
	Companies int           `json:"companies"`
	LastYear  int           `json:"last_year,omitempty"`
}

// describeTakeOvers counts the offers. One that cannot be read is a problem,
// not an error: the rest of the status is wanted all the more.
func (s *server) describeTakeOvers(status *NodeStatus) {
	status.TakeOvers = TakeOverStatus{Incoming: []TakeOverCount{}, Outgoing: []TakeOverCount{}}
	for _, c := range s.registry.Campaigns() {
		if c.State != survey.CampaignOpen {
			continue
		}
		offers, err := s.responses.Takeovers(c.Cycle)
		var handed []survey.HandedOn
		if err == nil {
			handed, err = s.responses.HandedOn(c.Cycle)
		}
		if err != nil {
			status.Problems = append(status.Problems, fmt.Sprintf("what can be taken over is not known: %s", scrubbed(err)))
			return
		}
		for _, o := range offers {
			if o.Waits() {
				lastYear := 0
				if o.ChangedRegion() {
					lastYear = 1
				}
				status.TakeOvers.Incoming = counted(status.TakeOvers.Incoming, c.Cycle, o.From, lastYear)
			}
		}
		for _, h := range handed {
			if !h.Fetched {
				status.TakeOvers.Outgoing = counted(status.TakeOvers.Outgoing, c.Cycle, h.To, 0)
			}
		}
	}
	for _, list := range [][]TakeOverCount{status.TakeOvers.Incoming, status.TakeOvers.Outgoing} {
		slices.SortFunc(list, func(a, b TakeOverCount) int {
			return strings.Compare(string(a.Cycle)+string(a.Region), string(b.Cycle)+string(b.Region))
		})
	}
}

// counted adds one company to its region's line.
func counted(list []TakeOverCount, cycle survey.Cycle, region survey.Region, lastYear int) []TakeOverCount {
	at := slices.IndexFunc(list, func(c TakeOverCount) bool { return c.Cycle == cycle && c.Region == region })
	if at < 0 {
		at = len(list)
		list = append(list, TakeOverCount{Cycle: cycle, Region: region})
	}
	list[at].Companies++
	list[at].LastYear += lastYear
	return list
}
