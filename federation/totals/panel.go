package totals

import (
	"context"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// TakenOver is what a company said in a cycle to another region, which handed
// it over when this one got the company. Metrics are those in which From lets
// it be counted here, none if it did not count there: see Spare.
type TakenOver struct {
	Organisation survey.Identifier
	From         survey.Region
	Answers      survey.Answers
	Metrics      []string
}

// match returns the answers of the cycle before, this region's own and those
// that it took over. Cycles with other definitions are not matched, nor
// companies that another region surveyed and did not hand over: nobody but it
// knows what they said. While the campaign is open there is nothing to match
// unless everything leaves at once.
func (t *Totals) match(cycle survey.Cycle) ([]disclosure.Answer, []disclosure.Taken, error) {
	now, err := t.options.Facts.Campaign(cycle)
	if err != nil {
		return nil, nil, err
	}
	last, err := t.options.Facts.Campaign(cycle.Previous())
	if errors.Is(err, survey.ErrNotFound) {
		return nil, nil, nil
	}
	policy, unknown := disclosure.ByName(now.Policy)
	if err != nil || last.Definitions != now.Definitions || !closed(now) && (unknown != nil || !policy.Immediate()) {
		return nil, nil, err
	}
	before, err := t.lastYear(cycle.Previous())
	if err != nil || t.options.TakenOver == nil {
		return before, nil, err
	}
	taken, err := t.takenOver(last, before)
	return before, taken, err
}

// lastYear returns the region's own answers of a cycle that is over. Known are
// those that another region has by now.
func (t *Totals) lastYear(cycle survey.Cycle) ([]disclosure.Answer, error) {
	counted, err := t.options.Records.Counted(cycle)
	if err != nil || len(counted) == 0 {
		return nil, err
	}
	given, err := t.options.Records.GivenOn(cycle)
	if err != nil {
		return nil, err
	}
	out := make([]disclosure.Answer, len(counted))
	for i, c := range counted {
		out[i] = answerOf(c)
		out[i].Known = given[c.Organisation] || t.knownElsewhere(cycle, c.Organisation)
	}
	return out, nil
}

// takenOver returns what companies said in the campaign to the regions that
// surveyed them and handed them over, each company once. An answer counts here
// only if it counted there; own are those of this region.
func (t *Totals) takenOver(last survey.Campaign, own []disclosure.Answer) ([]disclosure.Taken, error) {
	definitions, err := t.options.Editions.Definitions(last.Definitions)
	if err != nil {
		return nil, err
	}
	list, err := t.options.TakenOver(last.Cycle)
	if err != nil {
		return nil, err
	}
	have := make(map[survey.Identifier]bool, len(own)+len(list))
	for i := range own {
		have[own[i].Organisation] = true
	}
	var out []disclosure.Taken
	for _, o := range list {
		claim, err := t.options.Facts.ClaimOf(last.Cycle, o.Organisation)
		if err != nil || claim.Region != o.From || claim.State != survey.Responded || o.Answers.Questionnaire != definitions.Questionnaire || have[o.Organisation] {
			continue // another region's to tell, not what was asked, or counted already
		}
		have[o.Organisation] = true
		out = append(out, disclosure.Taken{Answer: disclosure.Answer{Organisation: o.Organisation, Values: definitions.Contributions(o.Answers)}, Metrics: o.Metrics})
	}
	return out, nil
}

// Spare returns the figures in which a region that takes a company over may
// count what it said here in a cycle that is over, for its matched companies:
// none unless it counted here and the figures are final. They go with the
// hand-over. It waits while the region's figures are being published, at most
// until ctx ends.
func (t *Totals) Spare(ctx context.Context, cycle survey.Cycle, company survey.Identifier) ([]string, error) {
	fail := func(err error) ([]string, error) {
		return nil, fmt.Errorf("which figures of %s may be counted elsewhere: %w", company, err)
	}
	campaign, err := t.options.Facts.Campaign(cycle)
	if errors.Is(err, survey.ErrNotFound) {
		return nil, nil
	}
	policy, unknown := disclosure.ByName(campaign.Policy)
	definitions, unread := t.options.Editions.Definitions(campaign.Definitions)
	if err := errors.Join(err, unknown, unread); err != nil {
		return fail(err)
	}
	if t.options.Stricter != nil {
		policy = policy.Stricter(*t.options.Stricter)
	}
	if !closed(campaign) && !policy.Immediate() {
		return nil, nil
	}
	if err := t.lock(ctx); err != nil {
		return fail(err)
	}
	defer t.unlock()
	answers, err := t.lastYear(cycle)
	if err != nil {
		return fail(err)
	}
	desk, err := t.desk(cycle)
	if err != nil {
		return fail(err)
	}
	return disclosure.Transferable(desk.left(), disclosure.Input{Policy: policy, Definitions: definitions, Answers: answers, Closed: true}, company), nil
}
