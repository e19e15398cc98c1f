package state

import (
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// ClaimCompanies asks for the organisations to survey them in the cycle.
func ClaimCompanies(cycle survey.Cycle, ids []survey.Identifier) []Command {
	return listCommands(typeClaim, cycle, ids)
}

// ChangeClaims asks for one step of each of the claims.
func ChangeClaims(cycle survey.Cycle, changes []survey.ClaimChange) []Command {
	return listCommands(typeChangeClaims, cycle, changes)
}

// LapseClaims notes that the time of the claims is over.
func LapseClaims(cycle survey.Cycle, due []survey.ClaimChange) []Command {
	commands := ChangeClaims(cycle, due)
	for i := range commands {
		commands[i] = commands[i].from(levelLapse)
	}
	return commands
}

// claimAll claims the organisations of a list for the origin, one by one. Only the order in the log
// decides which region is first.
func (w *claimWork) claimAll(b *Body) []survey.Outcome {
	payload, refusal := w.readIdentifiers(b)
	if refusal != nil {
		return w.refuseRow(refusal.Code, refusal.Detail)
	}
	if refusal := w.notOpen(payload.Cycle); refusal != nil {
		return w.refuseAll(payload.Items, refusal)
	}

	seen := make(map[survey.Identifier]bool, len(payload.Items))
	outcomes := make([]survey.Outcome, len(payload.Items))
	for i, id := range payload.Items {
		outcomes[i] = w.claimOne(b.Origin, payload.Cycle, id, seen)
	}
	return outcomes
}

// claimOne claims one organisation; seen has those that stand earlier in the list.
func (w *claimWork) claimOne(origin survey.Region, cycle survey.Cycle, id survey.Identifier,
	seen map[survey.Identifier]bool) survey.Outcome {
	number := w.next()
	o := w.organisation(id)
	if o == nil {
		return Refused(id, number, survey.RefusedUnknownOrganisation, "add the organisation first")
	}
	if seen[o.ID] {
		return Refused(o.ID, number, survey.RefusedDuplicateInList, "the same organisation stands earlier in this list")
	}
	seen[o.ID] = true

	var old *survey.Claim
	if known := w.claim(cycle, o.ID); known != nil {
		old = &known.Claim
	}

	switch {
	case (old == nil || old.Free()) && o.NoSurvey != "":
		return Refused(o.ID, number, survey.RefusedDoNotSurvey, fmt.Sprintf(
			"in the campaign of %s it asked not to be surveyed; if it agrees again, lift that first", o.NoSurvey))
	case old == nil || old.Free():
	case old.Region == origin:
		return survey.Outcome{Status: survey.OutcomeMine, ID: o.ID, Number: number, Claim: old}
	default:
		out := Refused(o.ID, number, survey.RefusedAlreadyClaimed, "")
		out.Refusal.Holder, out.Refusal.Since = old.Region, old.ClaimedAt
		return out
	}

	// Checked last, so that only claims that would be granted count.
	if w.overLimit(origin) {
		return Refused(o.ID, number, survey.RefusedTooMany,
			fmt.Sprintf("a region may claim %d companies an hour: claim the rest later", grantsPerHour))
	}
	w.countGrant(origin)

	now := instant(w.clock())
	claim := survey.Claim{Organisation: o.ID, Cycle: cycle, Region: origin, State: survey.Claimed,
		Token: number, ClaimedAt: now, ChangedAt: now}
	if old != nil {
		claim.Before = old.Before
	}

	w.putClaim(old, &claim, number)
	w.makeEligible(cycle, o.ID, survey.EligibleClaimed, number, nil)
	return survey.Outcome{Status: survey.OutcomeGranted, ID: o.ID, Number: number, Claim: &claim}
}

// putClaim stores the claim's new state and counts it.
func (w *claimWork) putClaim(old, claim *survey.Claim, number uint64) {
	w.storeClaim(claim, number)
	w.countClaim(old, claim)
}

// countClaim takes the claim's old state out of the counts and puts the new one
// in. old is nil for a first claim.
func (w *work) countClaim(old, current *survey.Claim) {
	t := w.tally(current.Cycle)
	supported := w.support(current.Cycle, current.Organisation) != nil
	if old != nil {
		t.add(old, supported, -1)
	}
	t.add(current, supported, 1)
	w.putTally(t)
}

// changeClaims takes the claims of a list through one action each.
func (w *claimWork) changeClaims(b *Body) []survey.Outcome {
	var payload changesPayload
	if err := Decode(b.Payload, &payload); err != nil || len(payload.Items) == 0 || len(payload.Items) > maxRowItems {
		return w.refuseRow(survey.RefusedInvalid, "the list of changes cannot be read")
	}

	closed := w.notOpen(payload.Cycle)
	late := w.takesLate(payload.Cycle)
	outcomes := make([]survey.Outcome, len(payload.Items))
	for i := range payload.Items {
		item := &payload.Items[i]
		// After the close a holder may still correct how a claim ended.
		if closed != nil && !(late && slices.Contains(lateActions, item.Action)) {
			outcomes[i] = Refused(item.Organisation, w.next(), closed.Code, closed.Detail)
			continue
		}
		outcomes[i] = w.changeClaim(b, payload.Cycle, item)
	}
	return outcomes
}

func (w *claimWork) changeClaim(b *Body, cycle survey.Cycle, item *survey.ClaimChange) survey.Outcome {
	number := w.next()
	if problem := w.changeProblem(b, item); problem != "" {
		return Refused(item.Organisation, number, survey.RefusedInvalid, problem)
	}

	o := w.organisation(item.Organisation)
	if o == nil {
		return Refused(item.Organisation, number, survey.RefusedUnknownOrganisation,
			"no organisation has this identifier")
	}

	known := w.claim(cycle, o.ID)
	// An organisation that was merged away after the close keeps its own claim.
	if own := w.claim(cycle, w.ownOrganisation(item.Organisation).ID); own != nil && !own.Claim.Free() {
		known = own
	}

	if known == nil || known.Claim.Free() {
		return Refused(o.ID, number, survey.RefusedNotClaimed, "nobody holds it: claim it")
	}

	next, refusal := transition(known.Claim, w.guards.token(*item, &known.Claim), b.Origin, *item)
	if refusal == nil && item.Action == survey.ActionLapse {
		refusal = w.notDue(known)
	}
	if refusal != nil {
		return survey.Outcome{Status: survey.OutcomeRefused, ID: o.ID, Number: number, Refusal: refusal}
	}
	if next == nil {
		current := known.Claim
		return survey.Outcome{Status: survey.OutcomeUnchanged, ID: o.ID, Number: number, Claim: &current}
	}

	next.ChangedAt = instant(w.clock())
	// A request by another region must not make the holder's token stale.
	if item.Action != survey.ActionRequest {
		next.Token = number
	}
	if item.Action == survey.ActionAccept {
		next.ClaimedAt = next.ChangedAt
	}

	w.putClaim(&known.Claim, next, number)
	w.noteDoNotSurvey(o, &known.Claim, next, number)
	if next.Free() {
		w.dropEligible(cycle, o.ID)
	}
	return survey.Outcome{Status: survey.OutcomeChanged, ID: o.ID, Number: number, Claim: next}
}

// lateActions are the steps that the holder may still take after the close: it records a late
// answer, or corrects how the claim ended. They count in the next revision only.
var lateActions = []survey.ClaimAction{survey.ActionRespond, survey.ActionDecline, survey.ActionUnreachable,
	survey.ActionIneligible, survey.ActionReopen, survey.ActionWithdraw}

// takesLate reports whether the cycle's campaign is over and still takes late
// answers.
func (w *claimWork) takesLate(cycle survey.Cycle) bool {
	c := w.campaign(cycle)
	return c != nil && w.level() >= levelNational &&
		(c.State == survey.CampaignClosed || c.State == survey.CampaignCertified)
}

// changeProblem returns the first fault in a change, whatever the claim's state; "" means none.
func (w *claimWork) changeProblem(b *Body, item *survey.ClaimChange) string {
	step, known := steps[item.Action]
	switch {
	case !normalised(item.Organisation):
		return "the identifier is not in its normal form"
	// Replicas of older versions do not know the lapse.
	case !known, item.Action == survey.ActionLapse && b.Version < levelLapse:
		return "unknown action"
	case item.Reason != "" && !slices.Contains(survey.ReasonCodes(), item.Reason):
		return "unknown reason"
	case step.reason && item.Reason == "":
		return fmt.Sprintf("to %s needs a reason", item.Action)
	case item.Action != survey.ActionOffer && item.OfferTo != "":
		return "only an offer names another region"
	case item.Action == survey.ActionOffer && (item.OfferTo == b.Origin || !w.activeMember(item.OfferTo)):
		return "offer it to another region of the federation"
	}
	return ""
}

// actor is the party that may take a step.
type actor int

const (
	holder   actor = iota // the region that holds the claim
	offered               // the region it is offered to
	stranger              // any other region
	anyone                // the holder too
)

// step is one line of the transition table. An empty to means: see move.
type step struct {
	by     actor
	from   []survey.ClaimState
	to     survey.ClaimState
	reason bool // must be given
}

// open are the states of a claim that its holder is still working on.
var open = []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Declined, survey.Unreachable, survey.Ineligible}

// coded are the outcomes that a coded reason explains.
var coded = []survey.ClaimState{survey.Declined, survey.Unreachable, survey.Ineligible}

// steps is the whole life of a claim after it was granted.
var steps = map[survey.ClaimAction]step{
	survey.ActionContact:     {by: holder, from: []survey.ClaimState{survey.Claimed}, to: survey.Contacted},
	survey.ActionRespond:     {by: holder, from: []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Declined, survey.Unreachable}, to: survey.Responded},
	survey.ActionDecline:     {by: holder, from: []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Unreachable}, to: survey.Declined, reason: true},
	survey.ActionUnreachable: {by: holder, from: []survey.ClaimState{survey.Claimed, survey.Contacted}, to: survey.Unreachable},
	survey.ActionIneligible:  {by: holder, from: []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Declined, survey.Unreachable}, to: survey.Ineligible},
	survey.ActionReopen:      {by: holder, from: []survey.ClaimState{survey.Responded, survey.Declined, survey.Unreachable, survey.Ineligible}, to: survey.Contacted, reason: true},
	survey.ActionRelease:     {by: holder, from: open, to: survey.Released},
	survey.ActionOffer:       {by: holder, from: open, to: survey.Transferring},
	survey.ActionWithdraw:    {by: holder, from: []survey.ClaimState{survey.Transferring}},
	survey.ActionAccept:      {by: offered, from: []survey.ClaimState{survey.Transferring}},
	survey.ActionRefuse:      {by: offered, from: []survey.ClaimState{survey.Transferring}},
	survey.ActionRequest:     {by: stranger},
	survey.ActionLapse:       {by: anyone, from: leased, to: survey.Released},
}

// transition returns the claim after the region's action under the token, nil if the claim is in
// that state already, or the refusal. No other function changes a held claim; the caller sets the
// number and the time.
func transition(c survey.Claim, token uint64, region survey.Region, change survey.ClaimChange) (*survey.Claim, *survey.Refusal) {
	step := steps[change.Action]
	if refusal := forbidden(step.by, &c, region, change.Action); refusal != nil {
		return nil, refusal
	}
	// A request needs no token, since only the holder follows it.
	if step.by == stranger {
		return request(c, region), nil
	}

	if change.Token != token {
		return nil, refuse(survey.RefusedStaleToken,
			fmt.Sprintf("the claim changed since: it is %s now; its token is %d", c.State, c.Token))
	}

	there := c.State == step.to && c.State != survey.Transferring
	switch {
	case there && (change.Reason == "" || change.Reason == c.Reason || !slices.Contains(coded, c.State)):
		return nil, nil
	case there: // the same outcome for another reason: a correction
	case !slices.Contains(step.from, c.State):
		return nil, refuse(survey.RefusedInvalidTransition,
			fmt.Sprintf("a claim that is %s cannot take the step %q", c.State, change.Action))
	}
	return move(c, step, change), nil
}

// forbidden says why the region may not take the step.
func forbidden(by actor, c *survey.Claim, region survey.Region, action survey.ClaimAction) *survey.Refusal {
	notHolder := &survey.Refusal{Code: survey.RefusedNotHolder, Holder: c.Region, Since: c.ClaimedAt}
	switch {
	case by == holder && region != c.Region:
		return notHolder
	case by == stranger && region == c.Region:
		return refuse(survey.RefusedInvalidTransition, "the claim is yours already")
	case by == offered && c.State != survey.Transferring:
		return refuse(survey.RefusedInvalidTransition,
			fmt.Sprintf("a claim that is %s cannot take the step %q: it is not on offer", c.State, action))
	case by == offered && region != c.OfferedTo:
		return notHolder
	}
	return nil
}

func request(c survey.Claim, region survey.Region) *survey.Claim {
	if slices.Contains(c.RequestedBy, region) {
		return nil
	}
	c.RequestedBy = addRegion(slices.Clone(c.RequestedBy), region)
	return &c
}

// move returns the claim after an allowed step.
func move(c survey.Claim, step step, change survey.ClaimChange) *survey.Claim {
	switch change.Action {
	case survey.ActionLapse:
		return lapse(c)
	case survey.ActionOffer:
		c.Resume, c.OfferedTo = c.State, change.OfferTo
	case survey.ActionWithdraw, survey.ActionRefuse:
		step.to = c.Resume
		c.Resume, c.OfferedTo = "", ""
		change.Reason = c.Reason // the claim is as it was
	case survey.ActionAccept:
		// The company's answer stays; a contact was made by the other region.
		step.to = c.Resume
		if step.to == survey.Contacted {
			step.to = survey.Claimed
		}
		taken := c.OfferedTo
		c.Before = holders(c)
		c.RequestedBy = without(c.RequestedBy, taken)
		c.Region, c.Resume, c.OfferedTo = taken, "", ""
		change.Reason = c.Reason
	case survey.ActionRelease:
		c.Before = holders(c)
		c.Region, c.RequestedBy, c.ClaimedAt = "", nil, time.Time{}
	}

	// An offer without a reason keeps the claim's.
	if change.Action == survey.ActionOffer && change.Reason == "" {
		change.Reason = c.Reason
	}

	c.State, c.Reason = step.to, change.Reason
	return &c
}

// lapse returns the claim after its time is over. An unanswered offer ends first: the holder has
// the claim back, for another term.
func lapse(c survey.Claim) *survey.Claim {
	if c.State == survey.Transferring {
		c.State, c.Resume, c.OfferedTo = c.Resume, "", ""
		if !slices.Contains(coded, c.State) { // else the reason is the company's
			c.Reason = survey.ReasonLapsed
		}
		return &c
	}
	c = freed(c)
	c.Reason = survey.ReasonLapsed
	return &c
}
