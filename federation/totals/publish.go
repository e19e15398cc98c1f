package totals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/federation/disclosure"
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
	problemTable    = "table"
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
// disclosure.ErrPolicyUnknown if the campaign's policy cannot be applied.
func (t *Totals) Publish(ctx context.Context) error {
	t.recall(ctx, false)
	if err := t.lock(ctx); err != nil {
		return err
	}
	defer t.unlock()
	if t.unchanged() {
		return nil
	}
	now := quiet{t.options.Records.Watch(), t.circumstances()} // from before anything is read
	t.quiet = quiet{}
	var problems []error
	published, failed := false, false
	for _, campaign := range t.options.Facts.Campaigns() {
		if campaign.State != survey.CampaignOpen && !closed(campaign) {
			continue
		}
		if t.speechless(campaign.Cycle) {
			problems = append(problems, errUnrecalled) // asked again a moment later
			continue
		}
		changed, err := t.publish(campaign, 0)
		published = published || changed
		if err != nil {
			failed = true
			err = fmt.Errorf("publish %s: %w", campaign.Cycle, err)
			if errors.Is(err, errBehind) {
				problems = append(problems, err) // a moment later
				continue
			}
			t.report(problemPublish, Problem{Region: t.options.Region, Cycle: campaign.Cycle, Text: err.Error()})
			if !errors.Is(err, disclosure.ErrPolicyUnknown) && !errors.Is(err, errOutrun) && !errors.Is(err, errNotMember) {
				problems = append(problems, err) // worth another attempt
			}
			continue
		}
		t.settle(problemPublish, t.options.Region, campaign.Cycle)
	}
	if published && t.options.Announce != nil {
		t.options.Announce()
	}
	if len(problems) == 0 && !failed {
		t.quiet = now
	}
	return errors.Join(problems...)
}

var (
	errNotMember = errors.New("the roster does not list this node's key for its region")
	errBehind    = errors.New("the region's records have not followed the registry to the close yet")
	errOutrun    = errors.New("other nodes hold a newer summary that this region signed and this node does not know: " +
		"its data is older than what it published; it publishes again after it rejoined the federation")
)

// publish signs one campaign's summary if it differs from the last, for a
// revision of its figures that may be later than the last one's. The caller
// holds the right to write.
func (t *Totals) publish(campaign survey.Campaign, revision int) (changed bool, err error) {
	self, ok := t.member(t.options.Region)
	if !ok || !self.Key.Equal(t.options.Key.Public()) {
		return false, errNotMember
	}
	own := slot{t.options.Region, campaign.Cycle}
	last, stopped := t.last(own, self.Generation)
	if stopped {
		return false, errOutrun
	}
	t.settle(problemOutrun, own.region, own.cycle)
	next, what, err := t.draft(campaign, last, revision)
	if err != nil {
		return false, err
	}
	if last != nil {
		if last.summary.Incarnation >= self.Generation && sameContent(last.summary, next) {
			return false, nil
		}
		next.Previous = last.hash
		next.AsOf = max(next.AsOf, last.summary.AsOf)
	}
	version, err := t.reserve(campaign.Cycle, self.Generation, what)
	if err != nil {
		return false, err
	}
	next.Incarnation, next.Sequence = version.Incarnation, version.Sequence
	h, err := t.sign(next, self)
	if err != nil {
		return false, err
	}
	if last != nil && h.head().compare(last.head()) <= 0 {
		return false, fmt.Errorf("%w: version %d.%d is held, %d.%d came next", errOutrun,
			last.summary.Incarnation, last.summary.Sequence, h.summary.Incarnation, h.summary.Sequence)
	}
	if err := t.put(h, own.region); err != nil {
		return false, err
	}
	t.mu.Lock()
	t.ledger.merge(h)
	t.mu.Unlock()
	return true, nil
}

// last returns this region's last summary, and whether others hold a newer one
// that this node forgot.
func (t *Totals) last(own slot, generation uint64) (last *held, stopped bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	outrun, stopped := t.outrun[own.cycle]
	if stopped && outrun.Incarnation < generation {
		delete(t.outrun, own.cycle)
		stopped = false
	}
	return t.ledger.slots[own], stopped
}

// sign signs the summary and reads it back as the others will: what they would
// refuse is not sent.
func (t *Totals) sign(next Summary, self survey.Member) (*held, error) {
	signed, err := Sign(t.options.Key, next)
	if err != nil {
		return nil, err
	}
	verified, err := Verify(signed, t.options.Federation, self, time.UnixMilli(next.AsOf))
	if err != nil {
		return nil, err
	}
	h := hold(verified, signed)
	h.confirmed = time.Now()
	return h, nil
}

// draft makes the summary that the region would publish now, without its
// version, and the state of what leaves with it, nil if the policy needs none.
// After the close it is the final summary for ever: what comes later is for
// the next revision.
func (t *Totals) draft(campaign survey.Campaign, last *held, revision int) (next Summary, what *leaving, err error) {
	policy, err := disclosure.ByName(campaign.Policy)
	if err != nil {
		return Summary{}, nil, err
	}
	definitions, err := t.options.Editions.Definitions(campaign.Definitions)
	if err != nil {
		return Summary{}, nil, err
	}
	dictionary, err := dictionaryHash(definitions)
	if err != nil {
		return Summary{}, nil, err
	}
	cut := last != nil && last.summary.Status == SummaryFinal
	if closed(campaign) && cut && revision <= int(last.summary.Revision) {
		return last.summary, nil, nil
	}
	if cursor := t.options.Records.Cursor(); closed(campaign) && cursor < campaign.Version {
		return Summary{}, nil, fmt.Errorf("%w: change %d of %d", errBehind, cursor, campaign.Version)
	}
	next = Summary{
		Format: summaryFormat, Federation: t.options.Federation, Region: t.options.Region, Cycle: campaign.Cycle,
		RegistryIndex: t.options.Facts.Index(),
		Questionnaire: campaign.Questionnaire, Definitions: campaign.Definitions, Policy: campaign.Policy,
		DictionaryHash: dictionary, PolicyHash: policy.Hash(),
		AsOf: time.Now().UnixMilli(), Status: SummaryOpen,
	}
	if closed(campaign) {
		next.Status, next.Revision = SummaryFinal, uint32(revision)
	}
	if t.options.Stricter != nil {
		policy = policy.Stricter(*t.options.Stricter)
	}
	release := t.release
	if cut && closed(campaign) {
		release = t.revise
	}
	if what, err = release(&next, policy, definitions, last); err != nil {
		return Summary{}, nil, err
	}
	slices.SortFunc(next.Cells, compareCells)
	return next, what, nil
}

// sameContent reports whether both say the same, whenever they were signed.
func sameContent(a, b Summary) bool {
	return a.Questionnaire == b.Questionnaire && a.Definitions == b.Definitions && a.Policy == b.Policy &&
		a.DictionaryHash == b.DictionaryHash && a.PolicyHash == b.PolicyHash &&
		a.AnswersIn == b.AnswersIn && a.AnswersReleased == b.AnswersReleased &&
		a.ClaimsRoot == b.ClaimsRoot && a.ClaimsCount == b.ClaimsCount &&
		a.Status == b.Status && a.Revision == b.Revision && slices.Equal(a.Cells, b.Cells)
}

// closed reports whether the campaign's final figures are due.
func closed(c survey.Campaign) bool {
	return c.State == survey.CampaignClosed || c.State == survey.CampaignCertified
}
