package registry

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/federation/registry/search"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxListItems bounds one list: a few times the companies that all regions
// support in a year.
const maxListItems = 100_000

// maxCompared bounds a list whose names are compared with all known ones; a longer one is matched
// by its names.
const maxCompared = 50

// Codes that a campaign gets when its opener names none.
const (
	usualQuestionnaire = "nq-1"
	usualDefinitions   = "md-1"
)

// Writer asks for changes of the registry in the name of this node's region. All
// methods may be called at the same time.
type Writer struct {
	options       *Options // Region, Key and Federation
	machine       *machine
	search        *search.Index
	replicate     func(context.Context, []state.Body) ([][]byte, error) // into the log
	awaitFounding func(context.Context) error
}

// AddOrganisations adds organisations to the registry and returns one outcome for each, in their
// order: created, exists, updated, or refused with possible-duplicates, identifier-conflict or
// invalid. Outcome.ID is the organisation's id. It blocks until the list is applied on this node,
// at most Timing.Hold for each few thousand items. In a short list an item without an identifier is
// also compared with the organisations that this node knows: names a letter or two away are
// possible duplicates until they are confirmed as none of them.
//
// Errors: survey.ErrInvalid (the request itself is wrong), survey.ErrNoQuorum and
// state.ErrNeedsUpgrade (nothing was recorded), survey.ErrUnknownOutcome (ask again with the same
// request id at this node: nothing is recorded twice).
func (w *Writer) AddOrganisations(ctx context.Context, request survey.Request,
	items []survey.NewOrganisation) ([]survey.Outcome, error) {
	l, err := w.newList(request, len(items))
	if err != nil {
		return nil, fmt.Errorf("add organisations: %w", err)
	}

	// A retry must get its first outcome, and not meet the organisation that it made itself.
	fresh := !w.machine.view().Knows(w.options.Region, request.ID) && len(items) <= maxCompared

	var adding []survey.NewOrganisation
	for _, item := range items {
		ready, problem := state.PrepareOrganisation(w.options.Key, w.options.Region, request.ID, item)
		if problem != "" {
			l.refuse(state.FirstIdentifier(&ready), survey.RefusedInvalid, problem)
			continue
		}
		if fresh {
			if refusal := w.search.Refusal(w.machine.current.Load(), &ready); refusal != nil {
				l.outcomes = append(l.outcomes, survey.Outcome{Status: survey.OutcomeRefused, Refusal: refusal})
				continue
			}
		}
		l.expect()
		adding = append(adding, ready)
	}

	return w.writeList(ctx, l, state.AddOrganisations(adding))
}

// OpenCampaign opens the survey of one cycle: proposed (a second region must
// consent, by the same or by Endorse; until then the campaign is planned),
// created (it is open), exists (it is open with the same terms, or this region
// proposed it already), or refused with campaign-exists or invalid. Empty
// questionnaire, definitions and policy mean nq-1, md-1 and the one that the
// federation was founded with; another policy must not be laxer. Blocks and
// fails as AddOrganisations.
func (w *Writer) OpenCampaign(ctx context.Context, request survey.Request, c survey.Campaign) (survey.Outcome, error) {
	if c.Policy == "" {
		if err := w.awaitFounding(ctx); err != nil {
			return survey.Outcome{}, fmt.Errorf("open campaign %s: %w", c.Cycle, err)
		}
	}

	terms := survey.Campaign{Cycle: c.Cycle, Questionnaire: cmp.Or(c.Questionnaire, usualQuestionnaire),
		Definitions: cmp.Or(c.Definitions, usualDefinitions), Policy: cmp.Or(c.Policy, w.machine.view().Policy()),
		Opens: c.Opens, Closes: c.Closes}

	if err := w.checkRequest(request); err != nil {
		return survey.Outcome{}, fmt.Errorf("open campaign: %w", err)
	}

	// A cycle may be written in several ways.
	if cycle, err := survey.ParseCycle(string(c.Cycle)); err == nil {
		terms.Cycle = cycle
	}
	if problem := state.CampaignProblem(&terms); problem != "" {
		return state.Refused("", 0, survey.RefusedInvalid, problem), nil
	}

	return w.writeAs(ctx, request, state.OpenCampaign(terms), "open campaign %s", c.Cycle)
}

// AddSupported records that this region supported the organisations in the
// cycle, which makes them eligible. Outcomes in the order of ids: created,
// exists, or refused with unknown-organisation, unknown-campaign,
// campaign-not-open, duplicate-in-list or invalid. Blocks and fails as
// AddOrganisations.
func (w *Writer) AddSupported(ctx context.Context, request survey.Request, cycle survey.Cycle,
	ids []survey.Identifier) ([]survey.Outcome, error) {
	return w.writeIdentifiers(ctx, request, cycle, ids, state.AddSupported)
}

// Claim claims the organisations of the list for this region. Outcomes in the
// order of ids: granted, mine (already), or refused with already-claimed (which
// names holder and since), unknown-organisation, unknown-campaign,
// campaign-not-open, duplicate-in-list or invalid. Blocks and fails as
// AddOrganisations.
func (w *Writer) Claim(ctx context.Context, request survey.Request, cycle survey.Cycle,
	ids []survey.Identifier) ([]survey.Outcome, error) {
	return w.writeIdentifiers(ctx, request, cycle, ids, state.ClaimCompanies)
}

// ChangeClaims takes each claim of the list one step further. Outcomes in the
// order of changes: changed, unchanged (it was so already), or refused with
// not-claimed, not-holder, stale-token (whose detail has the current state),
// invalid-transition, unknown-organisation, unknown-campaign, campaign-not-open
// or invalid. Blocks and fails as AddOrganisations.
func (w *Writer) ChangeClaims(ctx context.Context, request survey.Request, cycle survey.Cycle,
	changes []survey.ClaimChange) ([]survey.Outcome, error) {
	l, cycle, err := w.newCycleList(request, cycle, len(changes))
	if err != nil {
		return nil, fmt.Errorf("change claims: %w", err)
	}

	var steps []survey.ClaimChange
	for _, change := range changes {
		id, err := survey.ParseIdentifier(string(change.Organisation))
		if err != nil {
			l.refuse("", survey.RefusedInvalid, err.Error())
			continue
		}
		change.Organisation = id
		l.expect()
		steps = append(steps, change)
	}

	return w.writeList(ctx, l, state.ChangeClaims(cycle, steps))
}

// writeIdentifiers writes a list of organisations as the commands.
func (w *Writer) writeIdentifiers(ctx context.Context, request survey.Request, cycle survey.Cycle,
	ids []survey.Identifier,
	commands func(survey.Cycle, []survey.Identifier) []state.Command) ([]survey.Outcome, error) {
	l, cycle, err := w.newCycleList(request, cycle, len(ids))
	if err != nil {
		return nil, fmt.Errorf("list of organisations: %w", err)
	}

	var parsed []survey.Identifier
	seen := make(map[survey.Identifier]bool, len(ids))
	for _, raw := range ids {
		id, err := survey.ParseIdentifier(string(raw))
		switch {
		case err != nil:
			l.refuse("", survey.RefusedInvalid, err.Error())
		case seen[id]:
			l.refuse(id, survey.RefusedDuplicateInList, "the same organisation stands earlier in this list")
		default:
			l.expect()
			parsed = append(parsed, id)
		}
		seen[id] = true
	}

	return w.writeList(ctx, l, commands(cycle, parsed))
}

// list is a list on its way to the log. Faulty items were refused here, without a number; the
// others wait for their outcomes.
type list struct {
	request  survey.Request
	outcomes []survey.Outcome
	sent     []int // places in outcomes of the items that go to the log
}

func (w *Writer) newList(request survey.Request, n int) (*list, error) {
	if err := w.checkRequest(request); err != nil {
		return nil, err
	}
	if n == 0 || n > maxListItems {
		return nil, fmt.Errorf("%w: a list has 1 to %d items, this one has %d", survey.ErrInvalid, maxListItems, n)
	}
	return &list{request: request, outcomes: make([]survey.Outcome, 0, n)}, nil
}

// newCycleList is newList for a list of the cycle, which it returns in its normal form.
func (w *Writer) newCycleList(request survey.Request, cycle survey.Cycle, n int) (*list, survey.Cycle, error) {
	l, err := w.newList(request, n)
	if err == nil {
		cycle, err = survey.ParseCycle(string(cycle))
	}
	return l, cycle, err
}

func (l *list) refuse(id survey.Identifier, code survey.RefusalCode, detail string) {
	l.outcomes = append(l.outcomes, state.Refused(id, 0, code, detail))
}

// expect keeps the next place for the outcome of an item that goes to the log.
func (l *list) expect() {
	l.sent = append(l.sent, len(l.outcomes))
	l.outcomes = append(l.outcomes, survey.Outcome{})
}

// writeList brings the list's items to the log and puts their outcomes into their
// places.
func (w *Writer) writeList(ctx context.Context, l *list, commands []state.Command) ([]survey.Outcome, error) {
	if len(commands) == 0 {
		return l.outcomes, nil
	}

	bodies := make([]state.Body, len(commands))
	// The first row has the request's own id, the others a part number after it.
	for i, c := range commands {
		request := l.request
		if i > 0 {
			request.ID += "/" + strconv.Itoa(i+1)
		}
		bodies[i] = w.body(request, c)
	}

	outcomes, err := w.writeRows(ctx, bodies)
	if err != nil {
		return nil, fmt.Errorf("write %d items: %w", len(l.sent), err)
	}

	next := 0
	for i, c := range commands {
		for j := range c.Items() {
			o := outcomes[i][0] // a refusal of the whole row
			if len(outcomes[i]) == c.Items() {
				o = outcomes[i][j]
			}
			l.outcomes[l.sent[next]] = o
			next++
		}
	}
	return l.outcomes, nil
}

// write brings a single row to the log and returns its outcome.
func (w *Writer) write(ctx context.Context, request survey.Request, c state.Command) (survey.Outcome, error) {
	if err := w.checkRequest(request); err != nil {
		return survey.Outcome{}, err
	}

	outcomes, err := w.writeRows(ctx, []state.Body{w.body(request, c)})
	if err != nil {
		return survey.Outcome{}, err
	}
	return outcomes[0][0], nil
}

// writeAs is write with an error that says what this node was doing.
func (w *Writer) writeAs(ctx context.Context, request survey.Request, c state.Command, doing string,
	args ...any) (survey.Outcome, error) {
	outcome, err := w.write(ctx, request, c)
	if err != nil {
		err = fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err)
	}
	return outcome, err
}

// writeRows brings the rows to the log and returns the outcomes of each, at least one. Rows that
// some regions could not read yet never reach the log.
func (w *Writer) writeRows(ctx context.Context, bodies []state.Body) ([][]survey.Outcome, error) {
	// Before the founding there is no level to compare with.
	if v := w.machine.view(); v.Founded() {
		if refusal := v.TooNew(&bodies[0]); refusal != nil {
			return [][]survey.Outcome{{{Status: survey.OutcomeRefused, Refusal: refusal}}}, nil
		}
	}

	encoded, err := w.replicate(ctx, bodies)
	if err != nil {
		return nil, err
	}

	all := make([][]survey.Outcome, len(encoded))
	for i, data := range encoded {
		outcomes, err := state.DecodeOutcomes(data)
		if err != nil || len(outcomes) == 0 {
			return nil, fmt.Errorf("%w: recorded, but the answer cannot be read: %v", survey.ErrUnknownOutcome, err)
		}
		all[i] = outcomes
	}
	return all, nil
}

func (w *Writer) checkRequest(request survey.Request) error {
	if !state.ValidRequestID(request.ID, state.MaxRequestID) {
		return fmt.Errorf("%w: a request id has 1 to %d printable characters", survey.ErrInvalid, state.MaxRequestID)
	}
	return nil
}

// body returns a row of this region, by this node's clock.
func (w *Writer) body(request survey.Request, c state.Command) state.Body {
	return c.By(state.Author{Federation: w.options.Federation, Region: w.options.Region, Request: request,
		Time: time.Now().UnixMilli()})
}
