package totals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// publishDelay gathers changes: a summary is signed at most so often.
	publishDelay = 250 * time.Millisecond
	publishRetry = 2 * time.Second
	// askFirst bounds how long a node that starts waits to hear from others
	// which of its own summaries they hold, before it signs another.
	askFirst = 3 * time.Second
)

// Kinds of problems in the status.
const (
	problemPublish  = "publish"
	problemOutrun   = "outrun"
	problemConflict = "conflict"
	problemRefused  = "refused"
	problemArchive  = "archive"
)

// publishChanges publishes when the region's figures, the campaigns or the
// roster change.
func (t *Totals) publishChanges() {
	t.askForOwn()
	due, seen := true, ""
	records := t.options.Records.Watch()
	for {
		facts := t.options.Facts.Watch()
		if now := t.circumstances(); now != seen {
			due, seen = true, now
		}
		if due {
			// Only what is published below may replace a watch that may have
			// fired while this loop rested.
			records = t.options.Records.Watch()
			if err := t.Publish(t.ctx); err != nil {
				if !t.rest(publishRetry) {
					return
				}
				continue
			}
			due = false
		}
		select {
		case <-t.ctx.Done():
			return
		case <-facts:
		case <-records:
			due = true
		}
		if !t.rest(publishDelay) {
			return
		}
	}
}

// circumstances is what of the registry a summary depends on. The registry
// changes with every claim; most of it is no reason to read the records.
func (t *Totals) circumstances() string {
	var b strings.Builder
	for _, c := range t.options.Facts.Campaigns() {
		fmt.Fprintf(&b, "%s %s %s %s %s,", c.Cycle, c.Questionnaire, c.Definitions, c.Policy, c.State)
	}
	if m, ok := t.member(t.options.Region); ok {
		fmt.Fprintf(&b, "%d %x", m.Generation, m.Key)
	}
	return b.String()
}

// rest waits and reports false if the room is being closed.
func (t *Totals) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.ctx.Done():
		return false
	}
}

// Publish signs a new summary for every open or closed campaign whose figures
// changed since the last one, keeps it, and lets the others know. A region
// without answers publishes an empty summary, so that it is not missing. What
// could not be published is in the status and in the returned error;
// ErrPolicyUnknown if the campaign's policy cannot be applied.
func (t *Totals) Publish(ctx context.Context) error {
	if err := t.lock(ctx); err != nil {
		return err
	}
	defer t.unlock()
	var problems []error
	published := false
	for _, campaign := range t.options.Facts.Campaigns() {
		if campaign.State != survey.CampaignOpen && campaign.State != survey.CampaignClosed {
			continue
		}
		changed, err := t.publish(campaign)
		published = published || changed
		if err != nil {
			err = fmt.Errorf("publish %s: %w", campaign.Cycle, err)
			t.report(problemPublish, Problem{Region: t.options.Region, Cycle: campaign.Cycle, Text: err.Error()})
			if !errors.Is(err, ErrPolicyUnknown) && !errors.Is(err, errOutrun) && !errors.Is(err, errNotMember) {
				problems = append(problems, err) // worth another attempt
			}
			continue
		}
		t.settle(problemPublish, t.options.Region, campaign.Cycle)
	}
	if published && t.options.Announce != nil {
		t.options.Announce()
	}
	return errors.Join(problems...)
}

var (
	errNotMember = errors.New("the roster does not list this node's key for its region")
	errOutrun    = errors.New("other nodes hold a newer summary that this region signed and this node does not know: " +
		"its data is older than what it published; it publishes again after it rejoined the federation")
)

// publish signs one campaign's summary if it differs from the last. The caller
// holds the right to write.
func (t *Totals) publish(campaign survey.Campaign) (changed bool, err error) {
	self, ok := t.member(t.options.Region)
	if !ok || !self.Key.Equal(t.options.Key.Public()) {
		return false, errNotMember
	}
	next, err := t.draft(campaign)
	if err != nil {
		return false, err
	}
	own := slot{t.options.Region, campaign.Cycle}
	t.mu.Lock()
	last := t.ledger.slots[own]
	outrun, stopped := t.outrun[campaign.Cycle]
	if stopped && outrun.Incarnation < self.Generation {
		delete(t.outrun, campaign.Cycle)
		stopped = false
	}
	t.mu.Unlock()
	if stopped {
		return false, errOutrun
	}
	t.settle(problemOutrun, own.region, own.cycle)
	if last != nil {
		if last.summary.Incarnation >= self.Generation && sameContent(last.summary, next) {
			return false, nil
		}
		next.Previous = last.hash
		next.AsOf = max(next.AsOf, last.summary.AsOf)
	}
	version, err := t.reserve(campaign.Cycle, self.Generation)
	if err != nil {
		return false, err
	}
	next.Incarnation, next.Sequence = version.Incarnation, version.Sequence
	signed, err := Sign(t.options.Key, next)
	if err != nil {
		return false, err
	}
	// Read it back as the others will: what they would refuse is not sent.
	verified, err := Verify(signed, t.options.Federation, self, time.UnixMilli(next.AsOf))
	if err != nil {
		return false, err
	}
	h := hold(verified, signed)
	if last != nil && h.head().compare(last.head()) <= 0 {
		return false, fmt.Errorf("%w: version %d.%d is held, %d.%d came next", errOutrun,
			last.summary.Incarnation, last.summary.Sequence, h.summary.Incarnation, h.summary.Sequence)
	}
	h.confirmed = time.Now()
	if err := t.put(h, own.region); err != nil {
		return false, err
	}
	t.mu.Lock()
	t.ledger.merge(h)
	t.mu.Unlock()
	return true, nil
}

// draft makes the summary that the region would publish now, without its
// version.
func (t *Totals) draft(campaign survey.Campaign) (Summary, error) {
	policy, err := policyByName(campaign.Policy)
	if err != nil {
		return Summary{}, err
	}
	policyHash, err := policy.hash()
	if err != nil {
		return Summary{}, err
	}
	definitions, err := survey.DefinitionsByID(campaign.Definitions)
	if err != nil {
		return Summary{}, err
	}
	dictionary, err := dictionaryHash(definitions)
	if err != nil {
		return Summary{}, err
	}
	index := t.options.Facts.Index()
	cells, answers, err := t.options.Records.Cells(campaign.Cycle)
	if err != nil {
		return Summary{}, err
	}
	released := policy.release(cells)
	slices.SortFunc(released, compareCells)
	status := SummaryOpen
	if campaign.State == survey.CampaignClosed {
		status = SummaryFinal
	}
	return Summary{
		Format: summaryFormat, Federation: t.options.Federation, Region: t.options.Region, Cycle: campaign.Cycle,
		RegistryIndex: index,
		Questionnaire: campaign.Questionnaire, Definitions: campaign.Definitions, Policy: campaign.Policy,
		DictionaryHash: dictionary, PolicyHash: policyHash,
		AsOf: time.Now().UnixMilli(), AnswersIn: answers, AnswersReleased: answers, ClaimsCount: answers,
		Status: status, Cells: released,
	}, nil
}

// sameContent reports whether both say the same, whenever they were signed.
func sameContent(a, b Summary) bool {
	return a.Questionnaire == b.Questionnaire && a.Definitions == b.Definitions && a.Policy == b.Policy &&
		a.DictionaryHash == b.DictionaryHash && a.PolicyHash == b.PolicyHash &&
		a.AnswersIn == b.AnswersIn && a.AnswersReleased == b.AnswersReleased &&
		a.ClaimsRoot == b.ClaimsRoot && a.ClaimsCount == b.ClaimsCount &&
		a.Status == b.Status && slices.Equal(a.Cells, b.Cells)
}
