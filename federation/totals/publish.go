package totals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/notifier"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// publishDelay gathers changes: a summary is signed at most so often.
	publishDelay = 250 * time.Millisecond
	publishRetry = 2 * time.Second
)

// publisher signs this region's summaries.
type publisher struct {
	life      context.Context
	options   Options
	roster    roster
	archive   summaryArchive
	writing   semaphore
	summaries *heldSummaries
	discovery *discovery
	releaser  *releaser
	problems  *problems

	last publication // the holder of writing has it
}

// publication says when all was published last. While nothing of it has changed,
// there is nothing to read again: every node that wants the newest figures asks.
type publication struct {
	records  <-chan struct{} // closed when the records change
	registry string          // see registryState
}

// run publishes when the region's figures, the campaigns or the roster change.
// It returns when Close is called.
func (p *publisher) run() {
	p.discovery.discover(p.life, true)
	due, seen := true, ""
	records := p.options.Records.Watch()
	for {
		registry := p.options.Registry.Watch()
		if now := p.registryState(); now != seen {
			due, seen = true, now
		}

		if due {
			// Only a publication below may replace a watch that may have fired
			// while this loop paused.
			records = p.options.Records.Watch()
			if err := p.Publish(p.life); err != nil {
				// Another attempt may succeed without a change.
				if !notifier.Pause(p.life, publishRetry) {
					return
				}
				continue
			}
			due = false
		}

		select {
		case <-p.life.Done():
			return
		case <-registry:
		case <-records:
			due = true
		}
		if !notifier.Pause(p.life, publishDelay) {
			return
		}
	}
}

// registryState writes down all of the registry that a summary depends on. The
// registry changes with every claim; most changes are no reason to read the
// records.
func (p *publisher) registryState() string {
	var b strings.Builder
	for _, c := range p.options.Registry.Campaigns() {
		fmt.Fprintf(&b, "%s %s %s %s %s,", c.Cycle, c.Questionnaire, c.Definitions, c.Policy, c.State)
	}
	if m, ok := p.roster.member(p.roster.self); ok {
		fmt.Fprintf(&b, "%d %x", m.Generation, m.Key)
	}
	return b.String()
}

// unchanged reports whether a publication now would repeat the last one. The
// caller holds the right to write.
func (p *publisher) unchanged() bool {
	if p.last.records == nil || p.last.registry != p.registryState() {
		return false
	}
	select {
	case <-p.last.records:
		return false
	default:
		return true
	}
}

var (
	errNotMember = errors.New("the roster does not list this node's key for its region")
	errBehind    = errors.New("the region's records have not followed the registry to the close yet")
	errOutdated  = errors.New("other nodes hold a newer summary that this region signed and this node does not know: " +
		"its data is older than what it published; it publishes again after it rejoined the federation")
)

// Publish signs a new summary for every open or closed campaign whose figures
// changed since the last one, keeps it, and lets the others know. A region
// without answers publishes an empty summary, so that it is not missing. The
// status names the campaigns that could not be published; the returned error has
// those for which another attempt is worth while. It waits for the archive's disk
// and, before the first summary of a campaign, for other nodes, at most
// discoverTimeout.
func (p *publisher) Publish(ctx context.Context) error {
	p.discovery.discover(ctx, false)
	if err := p.writing.acquire(ctx); err != nil {
		return err
	}
	defer p.writing.release()
	if p.unchanged() {
		return nil
	}
	now := publication{p.options.Records.Watch(), p.registryState()} // from before anything is read
	p.last = publication{}

	var again []error
	published, failed := false, false
	for _, campaign := range p.options.Registry.Campaigns() {
		if campaign.State != survey.CampaignOpen && !closed(campaign) {
			continue
		}
		// It would sign a number that it may have signed before.
		if !p.discovery.ready(campaign.Cycle) {
			again = append(again, errUndiscovered)
			continue
		}
		changed, err := p.publish(campaign, 0)
		published, failed = published || changed, failed || err != nil
		if err = p.note(campaign.Cycle, err); err != nil {
			again = append(again, err)
		}
	}

	if published && p.options.Announce != nil {
		p.options.Announce()
	}
	// A failed campaign is tried again at the next call.
	if len(again) == 0 && !failed {
		p.last = now
	}
	return errors.Join(again...)
}

// note keeps the outcome of publishing one campaign in the status. It returns the
// error if another attempt is worth while.
func (p *publisher) note(cycle survey.Cycle, err error) error {
	if err == nil {
		p.problems.resolve(problemPublish, p.roster.self, cycle)
		return nil
	}
	err = fmt.Errorf("publish %s: %w", cycle, err)
	if errors.Is(err, errBehind) {
		return err // it passes by itself
	}
	p.problems.report(problemPublish, Problem{Region: p.roster.self, Cycle: cycle, Text: err.Error()})
	if errors.Is(err, disclosure.ErrPolicyUnknown) || errors.Is(err, errOutdated) || errors.Is(err, errNotMember) {
		return nil // only another change of the registry helps
	}
	return err
}

// publish signs one campaign's summary if it differs from the last, for a
// revision of its figures that may be later than the last one's. The caller
// holds the right to write.
func (p *publisher) publish(campaign survey.Campaign, revision int) (changed bool, err error) {
	self, ok := p.roster.member(p.roster.self)
	if !ok || !self.Key.Equal(p.options.Key.Public()) {
		return false, errNotMember
	}
	if p.discovery.outdated(campaign.Cycle, self.Generation) {
		return false, errOutdated
	}
	p.problems.resolve(problemOutdated, self.Region, campaign.Cycle)

	last := p.summaries.get(slot{self.Region, campaign.Cycle})
	next, leaving, err := p.draft(campaign, last, revision)
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

	// The number, and all that leaves under it, is on the disk before the signature
	// exists.
	version, err := p.reserve(campaign.Cycle, self.Generation, leaving)
	if err != nil {
		return false, err
	}
	next.Incarnation, next.Sequence = version.Incarnation, version.Sequence
	h, err := p.sign(next, self)
	if err != nil {
		return false, err
	}
	if last != nil && h.head().compare(last.head()) <= 0 {
		return false, fmt.Errorf("%w: version %d.%d is held, %d.%d came next", errOutdated,
			last.summary.Incarnation, last.summary.Sequence, h.summary.Incarnation, h.summary.Sequence)
	}

	if err := p.archive.put(h, self.Region); err != nil {
		return false, err
	}
	p.summaries.merge(h)
	return true, nil
}

// reserve returns the next version of this region's own summary: under the
// member's generation, unless the archive is ahead of this node's registry.
func (p *publisher) reserve(cycle survey.Cycle, generation uint64, leaving *leaving) (summaries.Version, error) {
	if err := p.options.Releases.RaiseIncarnation(generation); err != nil && !errors.Is(err, summaries.ErrStale) {
		return summaries.Version{}, err
	}
	if leaving != nil {
		return p.releaser.commit(cycle, leaving)
	}
	return p.options.Releases.Reserve(cycle)
}

// sign signs the summary and verifies it as the others will: a summary that they
// would refuse is not sent.
func (p *publisher) sign(next Summary, self survey.Member) (*held, error) {
	signed, err := Sign(p.options.Key, next)
	if err != nil {
		return nil, err
	}
	verified, err := Verify(signed, p.options.Federation, self, time.UnixMilli(next.AsOf))
	if err != nil {
		return nil, err
	}
	h := hold(verified, signed)
	h.confirmed = time.Now()
	return h, nil
}

// draft makes the summary that the region would publish now, without its
// version, and the state of all that leaves with it, nil if the policy needs none.
// After the close it is the final summary for ever: later answers are for the
// next revision.
func (p *publisher) draft(campaign survey.Campaign, last *held, revision int) (Summary, *leaving, error) {
	policy, err := disclosure.ByName(campaign.Policy)
	if err != nil {
		return Summary{}, nil, err
	}
	definitions, dictionary, err := definitionsOf(p.options.Editions, campaign)
	if err != nil {
		return Summary{}, nil, err
	}

	final := last != nil && last.summary.Status == SummaryFinal
	if closed(campaign) && final && revision <= int(last.summary.Revision) {
		return last.summary, nil, nil
	}
	if cursor := p.options.Records.Cursor(); closed(campaign) && cursor < campaign.Version {
		return Summary{}, nil, fmt.Errorf("%w: change %d of %d", errBehind, cursor, campaign.Version)
	}

	d := &draft{policy: policy, definitions: definitions, last: last, revising: final && closed(campaign)}
	d.summary = Summary{
		Format: summaryFormat, Federation: p.options.Federation, Region: p.options.Region, Cycle: campaign.Cycle,
		RegistryIndex: p.options.Registry.Index(),
		Questionnaire: campaign.Questionnaire, Definitions: campaign.Definitions, Policy: campaign.Policy,
		DictionaryHash: dictionary, PolicyHash: policy.Hash(),
		AsOf: time.Now().UnixMilli(), Status: SummaryOpen,
	}
	if closed(campaign) {
		d.summary.Status, d.summary.Revision = SummaryFinal, uint32(revision)
	}
	if p.options.Stricter != nil {
		d.policy = policy.Stricter(*p.options.Stricter)
	}

	leaving, err := p.releaser.fill(d)
	if err != nil {
		return Summary{}, nil, err
	}
	slices.SortFunc(d.summary.Cells, compareCells)
	return d.summary, leaving, nil
}

// sameContent reports whether both have the same content, whenever they were
// signed.
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
