package state

import (
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestRateLimit: a region is granted so many claims an hour and no more; the
// others are not touched, and the next hour is new.
func TestRateLimit(t *testing.T) {
	b := newBench()
	founding := b.founding("otv", "sw")
	founding.Policy = "standard"
	b.do("otv", typeFound, Encode(founding))
	open := survey.Campaign{Cycle: "2022-23", Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard"}
	if o := b.do("otv", typeOpenCampaign, Encode(campaignPayload{Campaign: open})); o[0].Refusal != nil {
		t.Fatalf("the campaign is not opened: %v", o[0].Refusal)
	}
	_, ids := addCompanies(t, b, grantsPerHour+600)
	granted := func(region survey.Region, from, to int) (n int) {
		for start := from; start < to; start += maxRowItems {
			for _, o := range b.do(region, typeClaim, items("2022-23", ids[start:min(start+maxRowItems, to)]...)) {
				if o.Status == survey.OutcomeGranted {
					n++
				} else if o.Refusal == nil || o.Refusal.Code != survey.RefusedTooMany {
					t.Fatalf("%+v", o)
				}
			}
		}
		return n
	}
	b.clock = b.clock.Truncate(time.Hour)
	if n := granted("otv", 0, grantsPerHour+100); n != grantsPerHour {
		t.Errorf("%d granted in one hour, want %d", n, grantsPerHour)
	}
	if n := granted("sw", grantsPerHour+100, grantsPerHour+200); n != 100 {
		t.Errorf("the other region got %d of 100", n)
	}
	b.clock = b.clock.Add(time.Hour)
	if n := granted("otv", grantsPerHour, grantsPerHour+100); n != 100 {
		t.Errorf("in the next hour %d of 100", n)
	}
}
