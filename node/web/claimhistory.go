package web

import (
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// claimEvent is one change of a claim in people's words.
type claimEvent struct {
	At     time.Time
	By     survey.Region // empty: nobody did it
	What   string
	Reason survey.ReasonCode
}

// claimEvents tells the history of a company's claim, the newest first.
func (h *companyPages) claimEvents(cycle survey.Cycle, id survey.Identifier) ([]claimEvent, error) {
	events, err := h.claims.ClaimHistory(cycle, id)
	if err != nil {
		return nil, err
	}
	out := make([]claimEvent, len(events))

	// An event is told by its difference from the one before.
	before := survey.ClaimEvent{}
	for i, e := range events {
		out[len(events)-1-i] = claimEvent{At: e.At, By: e.Region, What: eventWords(before, e), Reason: e.Reason}
		if lapsed(e) {
			out[len(events)-1-i].By = "" // whose node noted it says nothing
		}
		before = e
	}
	return out, nil
}

// eventWords describes a change by the claim before and after it.
func eventWords(before, after survey.ClaimEvent) string {
	switch {
	case lapsed(after) && before.State == survey.Transferring:
		return "The offer ended"
	case lapsed(after):
		return "The claim ended"
	case after.Holder == "" || after.State == survey.Released:
		if before.Holder != "" && after.Region != before.Holder {
			return "Freed it: " + before.Holder.Name() + " had not contacted the company"
		}
		return "Gave the claim up"
	case before.Holder != "" && before.Holder != after.Holder:
		return "Took the company over from " + before.Holder.Name()
	case before.Holder != "" && before.State == after.State && before.OfferedTo == after.OfferedTo:
		if after.Region != after.Holder {
			return "Asked for the company"
		}
		return "Noted something about it"
	case before.State == survey.Transferring:
		if after.Region == before.OfferedTo {
			return "Left it with " + after.Holder.Name()
		}
		return "Took the offer back"
	case before.Holder != "" && after.State == survey.Claimed,
		before.Holder != "" && after.State == survey.Contacted && before.State != survey.Claimed:
		return "Reopened the claim"
	}
	if after.State == survey.Transferring {
		return "Offered it to " + after.OfferedTo.Name()
	}
	return eventTexts[after.State]
}

// lapsed reports whether the change came by itself: its reason says why.
func lapsed(e survey.ClaimEvent) bool { return e.Reason == survey.ReasonLapsed && e.Actor == 0 }

// eventTexts describe a change by the state after it alone.
var eventTexts = map[survey.ClaimState]string{
	survey.Claimed:     "Claimed the company",
	survey.Contacted:   "Contacted the company",
	survey.Responded:   "Recorded its answers",
	survey.Declined:    "Noted that the company declines",
	survey.Unreachable: "Noted that the company cannot be reached",
	survey.Ineligible:  "Noted that it does not belong in the survey",
}
