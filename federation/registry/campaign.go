package registry

import (
	"fmt"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const maxCodeBytes = 32

// openCampaign opens the survey of one cycle for the nation.
func (w *work) openCampaign(b *rowBody) []survey.Outcome {
	var payload campaignPayload
	if err := decode(b.Payload, &payload); err != nil {
		return w.refuseRow(survey.RefusedInvalid, "the campaign cannot be read")
	}
	c := payload.Campaign
	if problem := campaignProblem(&c); problem != "" {
		return w.refuseRow(survey.RefusedInvalid, problem)
	}
	// One region alone must not let more leave than all agreed to.
	if policy := w.federation.Policy; c.Policy != policy {
		return w.refuseRow(survey.RefusedInvalid, fmt.Sprintf("the federation was founded with the policy %q: its campaigns have the same", policy))
	}
	if known := w.campaign(c.Cycle); known != nil {
		if !sameCampaign(known, &c) {
			return w.refuseRow(survey.RefusedCampaignExists,
				fmt.Sprintf("campaign %s was opened by %s with other terms", known.Cycle, known.OpenedBy))
		}
		return []survey.Outcome{{Status: survey.OutcomeExists, Number: w.next()}}
	}
	c.ClosedBy, c.FrozenAt, c.Frozen, c.ClosedAt = "", time.Time{}, 0, time.Time{}
	c.State = survey.CampaignOpen
	c.OpenedBy = b.Origin
	c.OpenedAt = instant(w.clock())
	c.Version = w.next()
	w.insert(tableCampaigns, &c)
	w.insert(tableTallies, &tallyRow{Counts: survey.CampaignCounts{Cycle: c.Cycle, ByRegion: map[survey.Region]survey.RegionCounts{}}})
	return []survey.Outcome{{Status: survey.OutcomeCreated, Number: c.Version}}
}

// campaignProblem says what is wrong with a campaign's terms.
func campaignProblem(c *survey.Campaign) string {
	switch parsed, err := survey.ParseCycle(string(c.Cycle)); {
	case err != nil || parsed != c.Cycle:
		return "a cycle is written as 2019-20"
	case !validCode(c.Questionnaire, maxCodeBytes):
		return "a questionnaire is a code such as nq-1"
	case !validCode(c.Definitions, maxCodeBytes):
		return "definitions are a code such as md-1"
	case c.Opens != "" && !validDay(c.Opens), c.Closes != "" && !validDay(c.Closes):
		return "a date is written as 2023-04-01"
	case c.Opens != "" && c.Closes != "" && c.Closes < c.Opens:
		return "a campaign cannot close before it opens"
	}
	return ""
}

// sameCampaign compares what the opener decides.
func sameCampaign(a, b *survey.Campaign) bool {
	return a.Cycle == b.Cycle && a.Questionnaire == b.Questionnaire && a.Definitions == b.Definitions &&
		a.Policy == b.Policy && a.Opens == b.Opens && a.Closes == b.Closes
}

// notOpen says why nothing of the cycle can change now, nil if it can.
func (w *work) notOpen(cycle survey.Cycle) *survey.Refusal {
	c := w.campaign(cycle)
	switch {
	case c == nil:
		return &survey.Refusal{Code: survey.RefusedUnknownCampaign, Detail: "no campaign was opened for this cycle"}
	case c.State != survey.CampaignOpen:
		return &survey.Refusal{Code: survey.RefusedCampaignNotOpen, Detail: fmt.Sprintf("campaign %s is %s", c.Cycle, c.State)}
	}
	return nil
}

// clock is the state's clock in milliseconds: it never goes back, and it
// decides nothing about ownership.
func (w *work) clock() int64 { return w.federation.Clock }

// validDay checks the form YYYY-MM-DD of a day that can be.
func validDay(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	digits := s[:4] + s[5:7] + s[8:]
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return s[:4] >= "1800" && s[5:7] >= "01" && s[5:7] <= "12" && s[8:] >= "01" && s[8:] <= "31"
}
