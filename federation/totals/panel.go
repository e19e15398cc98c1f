package totals

import (
	"context"
	"errors"
	"fmt"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// TakenOver is a company's answer of a cycle to another region, which handed it
// over when this one got the company. Metrics are those in which From lets it be
// counted here, none if it did not count there: see Transferable.
type TakenOver struct {
	Organisation survey.Identifier
	From         survey.Region
	Answers      survey.Answers
	Metrics      []string
}

// match returns the answers of the cycle before: this region's own and those
// that it took over. Cycles with other definitions are not matched. Nor are
// companies that another region surveyed and did not hand over, because nobody
// else knows their answers. While the campaign is open there is nothing to match
// unless everything leaves at once.
func (r *releaser) match(cycle survey.Cycle) ([]disclosure.Answer, []disclosure.Taken, error) {
	now, err := r.registry.Campaign(cycle)
	if err != nil {
		return nil, nil, err
	}
	last, err := r.registry.Campaign(cycle.Previous())
	if errors.Is(err, survey.ErrNotFound) {
		return nil, nil, nil
	}
	// Before the close the matched figures would show which companies answered.
	policy, unknown := disclosure.ByName(now.Policy)
	if err != nil || last.Definitions != now.Definitions || !closed(now) && (unknown != nil || !policy.Immediate()) {
		return nil, nil, err
	}

	before, err := r.ownAnswers(cycle.Previous())
	if err != nil || r.handedOver == nil {
		return before, nil, err
	}
	taken, err := r.takenOver(last, before)
	return before, taken, err
}

// ownAnswers returns the region's own answers of a cycle that is over. Those that
// another region has by now are marked as known.
func (r *releaser) ownAnswers(cycle survey.Cycle) ([]disclosure.Answer, error) {
	counted, err := r.records.Counted(cycle)
	if err != nil || len(counted) == 0 {
		return nil, err
	}
	given, err := r.records.GivenOn(cycle)
	if err != nil {
		return nil, err
	}

	out := make([]disclosure.Answer, len(counted))
	for i, c := range counted {
		out[i] = answerOf(c)
		// These protect nobody in the matched panel.
		out[i].Known = given[c.Organisation] || r.knownElsewhere(cycle, c.Organisation)
	}
	return out, nil
}

// takenOver returns the answers of the campaign that other regions surveyed and
// handed over, each company once. An answer counts here only if it counted there.
// own are the answers of this region.
func (r *releaser) takenOver(last survey.Campaign, own []disclosure.Answer) ([]disclosure.Taken, error) {
	definitions, err := r.editions.Definitions(last.Definitions)
	if err != nil {
		return nil, err
	}
	list, err := r.handedOver(last.Cycle)
	if err != nil {
		return nil, err
	}
	have := make(map[survey.Identifier]bool, len(own)+len(list))
	for i := range own {
		have[own[i].Organisation] = true
	}

	var out []disclosure.Taken
	for _, o := range list {
		if have[o.Organisation] || o.Answers.Questionnaire != definitions.Questionnaire {
			continue
		}
		// Only the region that surveyed the company may hand it over.
		claim, err := r.claims.ClaimOf(last.Cycle, o.Organisation)
		if err != nil || claim.Region != o.From || claim.State != survey.Responded {
			continue
		}
		have[o.Organisation] = true
		out = append(out, disclosure.Taken{Metrics: o.Metrics,
			Answer: disclosure.Answer{Organisation: o.Organisation, Values: definitions.Contributions(o.Answers)}})
	}
	return out, nil
}

// Transferable returns the figures in which a region that takes a company over
// may count its answer of a closed cycle for the matched companies. There are
// none unless the answer counted here and the figures are final. They go with the
// hand-over. It waits while the region's figures are being published, at most
// until ctx ends.
func (r *releaser) Transferable(ctx context.Context, cycle survey.Cycle, company survey.Identifier) ([]string, error) {
	metrics, err := r.transferable(ctx, cycle, company)
	if err != nil {
		return nil, fmt.Errorf("which figures of %s may be counted elsewhere: %w", company, err)
	}
	return metrics, nil
}

func (r *releaser) transferable(ctx context.Context, cycle survey.Cycle, company survey.Identifier) ([]string, error) {
	campaign, err := r.registry.Campaign(cycle)
	if errors.Is(err, survey.ErrNotFound) {
		return nil, nil
	}
	policy, unknown := disclosure.ByName(campaign.Policy)
	definitions, unread := r.editions.Definitions(campaign.Definitions)
	if err := errors.Join(err, unknown, unread); err != nil {
		return nil, err
	}
	if r.stricter != nil {
		policy = policy.Stricter(*r.stricter)
	}
	if !closed(campaign) && !policy.Immediate() {
		return nil, nil
	}

	// The state of the last release must not change while it is read.
	if err := r.writing.acquire(ctx); err != nil {
		return nil, err
	}
	defer r.writing.release()
	answers, err := r.ownAnswers(cycle)
	if err != nil {
		return nil, err
	}
	o, err := r.opened(cycle)
	if err != nil {
		return nil, err
	}
	in := disclosure.Input{Policy: policy, Definitions: definitions, Answers: answers, Closed: true}
	return disclosure.Transferable(o.left(), in, company), nil
}
