package state

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

const maxCodeBytes = 32

// OpenCampaign asks for the campaign to be opened with its terms.
func OpenCampaign(c survey.Campaign) Command {
	return newCommand(typeOpenCampaign, campaignPayload{Campaign: c})
}

// openCampaign proposes to open the survey of one cycle for the nation: that takes two regions.
func (w *proposalWork) openCampaign(b *Body) []survey.Outcome {
	var payload campaignPayload
	if err := Decode(b.Payload, &payload); err != nil || !saysOnly(b.Payload, campaignFieldsBeforeLapse) {
		return w.refuseRow(survey.RefusedInvalid, "the campaign cannot be read")
	}

	c := payload.Campaign
	if problem := CampaignProblem(&c); problem != "" {
		return w.refuseRow(survey.RefusedInvalid, problem)
	}

	if w.level() < levelNational {
		return w.openAlone(b, c)
	}
	terms := c.Terms()
	return w.proposeThis(b, survey.NewProposal{Kind: survey.ProposeOpenCampaign, Cycle: c.Cycle, Terms: &terms})
}

// openAlone opens a campaign for one region by itself, as was the rule before levelNational.
func (w *proposalWork) openAlone(b *Body, c survey.Campaign) []survey.Outcome {
	// One region must not choose a policy that lets more figures leave than all regions agreed to.
	if policy := w.federation.Policy; c.Policy != policy {
		return w.refuseRow(survey.RefusedInvalid,
			fmt.Sprintf("the federation was founded with the policy %q: its campaigns have the same", policy))
	}

	// Asking for the same terms again is no conflict.
	if known := w.campaign(c.Cycle); known != nil {
		if !sameCampaign(known, &c) {
			return w.refuseRow(survey.RefusedCampaignExists, otherTerms(known))
		}
		return w.answer(survey.OutcomeExists)
	}

	number := w.next()
	w.startCampaign(c.Cycle, c.Terms(), b.Origin, number)
	return []survey.Outcome{{Status: survey.OutcomeCreated, Number: number}}
}

// startCampaign puts an open campaign with the terms into the state, whether it
// was planned or not.
func (w *campaignWork) startCampaign(cycle survey.Cycle, terms survey.CampaignTerms, by survey.Region, number uint64) {
	c := campaignOf(cycle, terms)
	c.State, c.OpenedBy, c.OpenedAt, c.Version = survey.CampaignOpen, by, instant(w.clock()), number
	w.putCampaign(&c)
}

// putCampaign stores the campaign; a new one counts from nothing.
func (w *campaignWork) putCampaign(c *survey.Campaign) {
	if w.campaign(c.Cycle) == nil {
		w.insert(tableTallies, newTally(c.Cycle))
	}
	w.insert(tableCampaigns, c)
}

func campaignOf(cycle survey.Cycle, t survey.CampaignTerms) survey.Campaign {
	return survey.Campaign{Cycle: cycle, Questionnaire: t.Questionnaire, Definitions: t.Definitions,
		Policy: t.Policy, Opens: t.Opens, Closes: t.Closes}
}

func otherTerms(c *survey.Campaign) string {
	return fmt.Sprintf("campaign %s was opened by %s with other terms", c.Cycle, c.OpenedBy)
}

// CampaignProblem returns the first fault in a campaign's terms; "" means none.
func CampaignProblem(c *survey.Campaign) string {
	switch {
	case !validCycle(c.Cycle):
		return "a cycle is written as 2019-20"
	case !validCode(c.Questionnaire, maxCodeBytes):
		return "a questionnaire is a code such as nq-1"
	case !validCode(c.Definitions, maxCodeBytes):
		return "definitions are a code such as md-1"
	}
	return datesProblem(c.Opens, c.Closes)
}

func datesProblem(opens, closes string) string {
	switch {
	case opens != "" && !validDay(opens), closes != "" && !validDay(closes):
		return "a date is written as 2023-04-01"
	case opens != "" && closes != "" && closes < opens:
		return "a campaign cannot close before it opens"
	}
	return ""
}

func validCycle(c survey.Cycle) bool {
	parsed, err := survey.ParseCycle(string(c))
	return err == nil && parsed == c
}

// sameCampaign compares the cycle and the terms.
func sameCampaign(a, b *survey.Campaign) bool {
	return a.Cycle == b.Cycle && a.Terms() == b.Terms()
}

// notOpen says why nothing of the cycle can change now, nil if it can.
func (w *work) notOpen(cycle survey.Cycle) *survey.Refusal {
	c := w.campaign(cycle)
	switch {
	case c == nil:
		return refuse(survey.RefusedUnknownCampaign, "no campaign was opened for this cycle")
	case c.State != survey.CampaignOpen:
		return refuse(survey.RefusedCampaignNotOpen, fmt.Sprintf("campaign %s is %s", c.Cycle, c.State))
	}
	return nil
}

// validDay reports whether the text is a day in the form YYYY-MM-DD.
func validDay(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	return only(s[:4]+s[5:7]+s[8:], digits) && s[:4] >= "1800" && s[5:7] >= "01" && s[5:7] <= "12" && s[8:] >= "01" && s[8:] <= "31"
}

func (v View) campaign(cycle survey.Cycle) *survey.Campaign {
	return first[survey.Campaign](v.txn, tableCampaigns, byKey, string(cycle))
}

// Campaign returns the cycle's campaign, or an error wrapping
// survey.ErrNotFound.
func (r Reader) Campaign(cycle survey.Cycle) (survey.Campaign, error) {
	c := r.now().campaign(cycle)
	if c == nil {
		return survey.Campaign{}, fmt.Errorf("campaign %s: %w", cycle, survey.ErrNotFound)
	}
	return *c, nil
}

// Campaigns returns every campaign in the order of the cycles.
func (r Reader) Campaigns() []survey.Campaign {
	var out []survey.Campaign
	for c := range rowsFrom[survey.Campaign](r.now().txn, tableCampaigns, byKey, "") {
		out = append(out, *c)
	}
	return out
}
