package registry

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxListItems bounds one list: a few times the companies that all regions
// support in a year.
const maxListItems = 100_000

// Codes that a campaign gets when its opener names none.
const (
	usualQuestionnaire = "nq-1"
	usualDefinitions   = "md-1"
)

// AddOrganisations adds organisations to the registry and returns one outcome
// for each, in their order: created, exists, updated, or refused with
// possible-duplicates, identifier-conflict or invalid. Outcome.ID is the
// organisation's id. It blocks until the list is applied on this node, at most
// Timing.Hold for each few thousand items. One that is added by itself, without
// an identifier, is also compared with what this node knows: names a letter or
// two away are possible duplicates until they are confirmed as none of them.
//
// Errors: survey.ErrInvalid (the request itself is wrong), survey.ErrNoQuorum
// and ErrNeedsUpgrade (nothing was recorded), survey.ErrUnknownOutcome (ask
// again with the same request id at this node: what was recorded is not
// recorded twice).
func (r *Registry) AddOrganisations(ctx context.Context, request survey.Request, items []survey.NewOrganisation) ([]survey.Outcome, error) {
	l, err := r.newList(typeAddOrganisations, request, "", len(items))
	if err != nil {
		return nil, fmt.Errorf("add organisations: %w", err)
	}
	// A retry must get its first outcome, not meet what it made itself.
	fresh := r.machine.view().request(r.options.Region, request.ID) == nil && len(items) <= maxCompared
	for _, item := range items {
		ready, problem := r.readyOrganisation(request, item)
		if problem != "" {
			l.refuse(firstIdentifier(&ready), survey.RefusedInvalid, problem)
			continue
		}
		if fresh {
			if refusal := r.similarTo(&ready); refusal != nil {
				l.outcomes = append(l.outcomes, survey.Outcome{Status: survey.OutcomeRefused, Refusal: refusal})
				continue
			}
		}
		l.add(ready)
	}
	return r.writeList(ctx, l)
}

// OpenCampaign opens the survey of one cycle: proposed (a second region must
// consent, by the same or by Endorse; until then the campaign is planned),
// created (it is open), exists (it is open with the same terms, or this region
// proposed it already), or refused with campaign-exists or invalid. Empty
// questionnaire, definitions and policy mean nq-1, md-1 and the one that the
// federation was founded with; another policy must not be laxer. Blocks and
// fails as AddOrganisations.
func (r *Registry) OpenCampaign(ctx context.Context, request survey.Request, c survey.Campaign) (survey.Outcome, error) {
	if c.Policy == "" {
		if err := r.awaitFounding(ctx); err != nil {
			return survey.Outcome{}, fmt.Errorf("open campaign %s: %w", c.Cycle, err)
		}
	}
	terms := survey.Campaign{Cycle: c.Cycle, Questionnaire: c.Questionnaire, Definitions: c.Definitions,
		Policy: c.Policy, Opens: c.Opens, Closes: c.Closes}
	for _, code := range []struct {
		is    *string
		usual string
	}{{&terms.Questionnaire, usualQuestionnaire}, {&terms.Definitions, usualDefinitions}, {&terms.Policy, r.machine.view().federation().Policy}} {
		if *code.is == "" {
			*code.is = code.usual
		}
	}
	if err := r.checkRequest(request); err != nil {
		return survey.Outcome{}, fmt.Errorf("open campaign: %w", err)
	}
	if cycle, err := survey.ParseCycle(string(c.Cycle)); err == nil {
		terms.Cycle = cycle
	}
	if problem := campaignProblem(&terms); problem != "" {
		return refused("", 0, survey.RefusedInvalid, problem), nil
	}
	body := r.body(typeOpenCampaign, request, mustEncode(campaignPayload{Campaign: terms}))
	outcomes, err := r.writeRows(ctx, []rowBody{body})
	if err != nil {
		return survey.Outcome{}, fmt.Errorf("open campaign %s: %w", c.Cycle, err)
	}
	return outcomes[0][0], nil
}

// AddSupported records that this region supported the organisations in the
// cycle, which makes them eligible. Outcomes in the order of ids: created,
// exists, or refused with unknown-organisation, unknown-campaign,
// campaign-not-open, duplicate-in-list or invalid. Blocks and fails as
// AddOrganisations.
func (r *Registry) AddSupported(ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	return r.writeIdentifiers(ctx, typeAddSupported, request, cycle, ids)
}

// Claim claims the organisations of the list for this region. Outcomes in the
// order of ids: granted, mine (already), or refused with already-claimed (which
// names holder and since), unknown-organisation, unknown-campaign,
// campaign-not-open, duplicate-in-list or invalid. Blocks and fails as
// AddOrganisations.
func (r *Registry) Claim(ctx context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	return r.writeIdentifiers(ctx, typeClaim, request, cycle, ids)
}

// ChangeClaims takes each claim of the list one step further. Outcomes in the
// order of changes: changed, unchanged (it was so already), or refused with
// not-claimed, not-holder, stale-token (whose detail has the current state),
// invalid-transition, unknown-organisation, unknown-campaign, campaign-not-open
// or invalid. Blocks and fails as AddOrganisations.
func (r *Registry) ChangeClaims(ctx context.Context, request survey.Request, cycle survey.Cycle, changes []survey.ClaimChange) ([]survey.Outcome, error) {
	l, err := r.newList(typeChangeClaims, request, cycle, len(changes))
	if err != nil {
		return nil, fmt.Errorf("change claims: %w", err)
	}
	for _, change := range changes {
		id, err := survey.ParseIdentifier(string(change.Organisation))
		if err != nil {
			l.refuse("", survey.RefusedInvalid, err.Error())
			continue
		}
		change.Organisation = id
		l.add(change)
	}
	return r.writeList(ctx, l)
}

func (r *Registry) writeIdentifiers(ctx context.Context, kind commandType, request survey.Request, cycle survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	l, err := r.newList(kind, request, cycle, len(ids))
	if err != nil {
		return nil, fmt.Errorf("list of organisations: %w", err)
	}
	seen := make(map[survey.Identifier]bool, len(ids))
	for _, raw := range ids {
		id, err := survey.ParseIdentifier(string(raw))
		switch {
		case err != nil:
			l.refuse("", survey.RefusedInvalid, err.Error())
		case seen[id]:
			l.refuse(id, survey.RefusedDuplicateInList, "the same organisation stands earlier in this list")
		default:
			l.add(id)
		}
		seen[id] = true
	}
	return r.writeList(ctx, l)
}

// list is a list on its way to the log: what is wrong was refused here, without
// a number; the rest is encoded.
type list struct {
	kind     commandType
	version  uint8 // of its rows
	request  survey.Request
	cycle    survey.Cycle
	outcomes []survey.Outcome
	sent     []int // places of the items in outcomes
	items    []cbor.RawMessage
}

func (r *Registry) newList(kind commandType, request survey.Request, cycle survey.Cycle, n int) (*list, error) {
	if err := r.checkRequest(request); err != nil {
		return nil, err
	}
	if n == 0 || n > maxListItems {
		return nil, fmt.Errorf("%w: a list has 1 to %d items, this one has %d", survey.ErrInvalid, maxListItems, n)
	}
	if kind != typeAddOrganisations {
		parsed, err := survey.ParseCycle(string(cycle))
		if err != nil {
			return nil, err
		}
		cycle = parsed
	}
	return &list{kind: kind, version: rowVersion, request: request, cycle: cycle, outcomes: make([]survey.Outcome, 0, n)}, nil
}

func (l *list) refuse(id survey.Identifier, code survey.RefusalCode, detail string) {
	l.outcomes = append(l.outcomes, refused(id, 0, code, detail))
}

func (l *list) add(item any) {
	l.sent = append(l.sent, len(l.outcomes))
	l.outcomes = append(l.outcomes, survey.Outcome{})
	l.items = append(l.items, mustEncode(item))
}

// parts cuts the items into what one row holds.
func (l *list) parts() [][]cbor.RawMessage {
	var parts [][]cbor.RawMessage
	start, size := 0, 0
	for i, item := range l.items {
		if i > start && (i-start == maxRowItems || size+len(item) > maxRowBytes) {
			parts = append(parts, l.items[start:i])
			start, size = i, 0
		}
		size += len(item)
	}
	return append(parts, l.items[start:])
}

// writeList proposes the list's items and puts their outcomes into their
// places.
func (r *Registry) writeList(ctx context.Context, l *list) ([]survey.Outcome, error) {
	if len(l.items) == 0 {
		return l.outcomes, nil
	}
	parts := l.parts()
	bodies := make([]rowBody, len(parts))
	for i, part := range parts {
		request := l.request
		if i > 0 {
			request.ID += "/" + strconv.Itoa(i+1)
		}
		bodies[i] = r.body(l.kind, request, mustEncode(listPayload{Parts: len(parts), Cycle: l.cycle, Items: part}))
		bodies[i].Version = l.version
	}
	outcomes, err := r.writeRows(ctx, bodies)
	if err != nil {
		return nil, fmt.Errorf("write %d items: %w", len(l.items), err)
	}
	next := 0
	for i, part := range parts {
		for j := range part {
			o := outcomes[i][0] // a refusal of the whole row
			if len(outcomes[i]) == len(part) {
				o = outcomes[i][j]
			}
			l.outcomes[l.sent[next]] = o
			next++
		}
	}
	return l.outcomes, nil
}

// writeRows proposes the rows and returns the outcomes of each, at least one. What some regions could not read yet never reaches the log.
func (r *Registry) writeRows(ctx context.Context, bodies []rowBody) ([][]survey.Outcome, error) {
	if v := r.machine.view(); v.federation().founded() {
		if refusal := v.tooNew(&bodies[0]); refusal != nil {
			return [][]survey.Outcome{{{Status: survey.OutcomeRefused, Refusal: refusal}}}, nil
		}
	}
	encoded, err := r.propose(ctx, bodies)
	if err != nil {
		return nil, err
	}
	all := make([][]survey.Outcome, len(encoded))
	for i, data := range encoded {
		outcomes, err := decodeOutcomes(data)
		if err != nil || len(outcomes) == 0 {
			return nil, fmt.Errorf("%w: recorded, but the answer cannot be read: %v", survey.ErrUnknownOutcome, err)
		}
		all[i] = outcomes
	}
	return all, nil
}

func (r *Registry) checkRequest(request survey.Request) error {
	if !validRequestID(request.ID, maxRequestID) {
		return fmt.Errorf("%w: a request id has 1 to %d printable characters", survey.ErrInvalid, maxRequestID)
	}
	return nil
}

// body is a row of this region. The intent time is shown, never decided by.
func (r *Registry) body(kind commandType, request survey.Request, payload []byte) rowBody {
	return rowBody{Version: rowVersion, Type: kind, Federation: r.options.Federation[:], Origin: r.options.Region,
		Actor: request.Actor, Request: request.ID, Intent: time.Now().UnixMilli(), Payload: payload, For: request.For}
}
