package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// What follows are canned rooms: one region's view of a small nation on one
// morning.
const (
	ours      = survey.Region("otv")
	thisCycle = survey.Cycle("2022-23")
)

var morning = time.Date(2023, time.July, 14, 9, 5, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return morning.AddDate(0, 0, -n) }

// canned is a registry and this region's answers in memory.
type canned struct {
	mu            sync.Mutex
	editions      *survey.Editions
	organisations []survey.Organisation
	claims        map[survey.Identifier]survey.Claim
	last          map[survey.Identifier]survey.Claim
	campaigns     []survey.Campaign
	responses     map[string]survey.Response
	number        uint64
	requests      map[string][]survey.Outcome
	writeError    error
	status        survey.FederationStatus
	totals        survey.Totals
	shared        map[survey.Identifier]survey.Sharing
	copies        []survey.SharedResponse
	takeoverError error
	before        map[survey.Identifier]survey.Region // who held a company of ours before
	revisions     map[survey.Cycle][]survey.Revision
	proposals     []survey.Proposal
	table         string
	tableError    error
	signed        []string // the steps that were taken
}

func company(number, name string) survey.Organisation {
	id := survey.Identifier("GB-COH:" + number)
	return survey.Organisation{ID: id, Name: name, Kind: survey.KindCompany, Identifiers: []survey.Identifier{id}, Status: survey.StatusActive,
		Sector: survey.SectorDigital, SizeBand: survey.SizeSmall, Postcode: "OX4", LeadRegion: ours}
}

// Names of canned companies: some are what a hostile node would send.
const (
	freeID    = survey.Identifier("GB-COH:99000001")
	oursID    = survey.Identifier("GB-COH:99000002")
	theirsID  = survey.Identifier("GB-COH:99000003")
	hostileID = survey.Identifier("GB-COH:99000004")
	doneID    = survey.Identifier("GB-COH:99000005")
	offeredID = survey.Identifier("GB-COH:99000006")
	hostile   = `"><script>alert(1)</script> {{.}} Ltd`
)

func newCanned() *canned {
	c := &canned{claims: map[survey.Identifier]survey.Claim{}, last: map[survey.Identifier]survey.Claim{}, responses: map[string]survey.Response{}, shared: map[survey.Identifier]survey.Sharing{},
		requests: map[string][]survey.Outcome{}, number: 4000}
	c.organisations = []survey.Organisation{
		company("99000001", "Northfield Digital Health Ltd"), company("99000002", "Isis Wound Care Ltd"), company("99000003", "Solent Sensors Ltd"),
		company("99000004", hostile), company("99000005", "Cherwell Diagnostics plc"), company("99000006", "Thames Robotics Ltd"),
	}
	c.organisations[0].PreviousNames = []survey.NameSince{{Name: "Northfield Apps Ltd", AsOf: "2021-03-31"}}
	c.campaigns = []survey.Campaign{
		{Cycle: "2021-22", Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", State: survey.CampaignClosed},
		{Cycle: thisCycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", State: survey.CampaignOpen, Opens: "2023-06-01", Closes: "2023-09-30"},
	}
	c.hold(oursID, ours, survey.Contacted, 20)
	c.hold(theirsID, "wessex", survey.Claimed, 40)
	c.hold(doneID, ours, survey.Responded, 12)
	c.hold(hostileID, ours, survey.Claimed, 30)
	c.hold(offeredID, "wessex", survey.Transferring, 5)
	offered := c.claims[offeredID]
	offered.OfferedTo = ours
	c.claims[offeredID] = offered
	wanted := c.claims[hostileID]
	wanted.RequestedBy = []survey.Region{"wessex"}
	c.claims[hostileID] = wanted
	c.last[oursID] = survey.Claim{Organisation: oursID, Cycle: "2021-22", Region: ours, State: survey.Responded}
	c.status = survey.FederationStatus{Leader: "wessex", Quorum: survey.Quorum{Voters: 15, Reachable: 14, Needed: 8}}
	for _, r := range survey.Regions() {
		c.status.Regions = append(c.status.Regions, survey.RegionStatus{Region: r.Region, Name: r.Region.Name(), State: survey.MemberActive, Health: "alive", LastHeard: daysAgo(2)})
	}
	c.totals = cannedTotals()
	c.revisions, c.table = map[survey.Cycle][]survey.Revision{}, fmt.Sprintf("%x", tableOf(7))
	return c
}

// LiftDoNotSurvey lets a company be asked again.
func (c *canned) LiftDoNotSurvey(_ context.Context, _ survey.Request, id survey.Identifier) (survey.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.organisations {
		if c.organisations[i].ID == id {
			c.organisations[i].DoNotSurvey = ""
			return survey.Outcome{}, nil
		}
	}
	return survey.Outcome{Refusal: &survey.Refusal{Code: survey.RefusedUnknownOrganisation}}, nil
}

func (c *canned) hold(id survey.Identifier, region survey.Region, state survey.ClaimState, days int) {
	c.number++
	c.claims[id] = survey.Claim{Organisation: id, Cycle: thisCycle, Region: region, State: state, Token: c.number, ClaimedAt: daysAgo(days + 4), ChangedAt: daysAgo(days)}
}

func (c *canned) Organisation(id survey.Identifier) (survey.Organisation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.organisations {
		if slices.Contains(o.Identifiers, id) {
			return o, nil
		}
	}
	return survey.Organisation{}, fmt.Errorf("organisation %s: %w", id, survey.ErrNotFound)
}

func (c *canned) SearchOrganisations(text string, limit int) []survey.OrganisationMatch {
	var out []survey.OrganisationMatch
	want := survey.FoldName(text)
	for _, o := range c.organisations {
		matched := o.Name
		for _, p := range o.PreviousNames {
			if strings.Contains(survey.FoldName(p.Name), want) && !strings.Contains(survey.FoldName(o.Name), want) {
				matched = p.Name
			}
		}
		if len(out) < limit && (strings.Contains(survey.FoldName(matched), want) || strings.Contains(string(o.ID), strings.ToUpper(text))) {
			out = append(out, survey.OrganisationMatch{Organisation: o, Matched: matched, Score: 90})
		}
	}
	return out
}

func (c *canned) AddOrganisations(_ context.Context, _ survey.Request, add []survey.NewOrganisation) ([]survey.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writeError != nil {
		return nil, c.writeError
	}
	n := add[0]
	if len(n.Identifiers) > 0 {
		for _, o := range c.organisations {
			if o.ID == n.Identifiers[0] {
				return []survey.Outcome{{Status: survey.OutcomeExists, ID: o.ID}}, nil
			}
		}
	}
	if len(n.Identifiers) == 0 && len(n.ConfirmNot) == 0 {
		return []survey.Outcome{{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedPossibleDuplicates, Candidates: []survey.Identifier{freeID, hostileID}}}}, nil
	}
	id := survey.Identifier("AHSN:01H5")
	if len(n.Identifiers) > 0 {
		id = n.Identifiers[0]
	}
	c.organisations = append(c.organisations, survey.Organisation{ID: id, Name: n.Name, Kind: n.Kind, Identifiers: []survey.Identifier{id}})
	return []survey.Outcome{{Status: survey.OutcomeCreated, ID: id}}, nil
}

func (c *canned) Campaigns() []survey.Campaign { return c.campaigns }

func (c *canned) Counts(cycle survey.Cycle) (survey.CampaignCounts, error) {
	return survey.CampaignCounts{Cycle: cycle, Supported: 2831, Eligible: 2700, Claimed: 2210, Contacted: 640, Responded: 1240, Declined: 96, Unreachable: 61, Ineligible: 12,
		ByRegion: map[survey.Region]survey.RegionCounts{ours: {Claimed: 160, Responded: 92}, "wessex": {Claimed: 144, Responded: 80}}}, nil
}

func (c *canned) Supporters(survey.Cycle, survey.Identifier) []survey.Region {
	return []survey.Region{ours, "wessex"}
}

func (c *canned) ClaimOf(cycle survey.Cycle, id survey.Identifier) (survey.Claim, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := c.claims
	if cycle != thisCycle {
		from = c.last
	}
	claim, ok := from[id]
	if !ok || claim.Free() {
		return survey.Claim{}, fmt.Errorf("claim on %s: %w", id, survey.ErrNotFound)
	}
	return claim, nil
}

func (c *canned) Claims(f survey.ClaimFilter, _ string, limit int) ([]survey.Claim, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []survey.Claim
	for _, o := range c.organisations {
		claim, ok := c.claims[o.ID]
		if ok && f.Cycle == thisCycle && (f.Region == "" || claim.Region == f.Region) && (f.State == "" && !claim.Free() || claim.State == f.State) && (!f.Idle || idleCanned(claim)) && len(out) < limit {
			out = append(out, claim)
		}
	}
	return out, ""
}

func (c *canned) once(request survey.Request, do func() []survey.Outcome) ([]survey.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writeError != nil {
		return nil, c.writeError
	}
	if done, ok := c.requests[request.ID]; ok {
		return done, nil
	}
	c.requests[request.ID] = do()
	return c.requests[request.ID], nil
}

func (c *canned) Claim(_ context.Context, request survey.Request, cycle survey.Cycle, ids []survey.Identifier) ([]survey.Outcome, error) {
	return c.once(request, func() []survey.Outcome {
		var out []survey.Outcome
		for _, id := range ids {
			claim, held := c.claims[id]
			known := slices.ContainsFunc(c.organisations, func(o survey.Organisation) bool { return o.ID == id })
			switch {
			case !known:
				out = append(out, survey.Outcome{Status: survey.OutcomeRefused, ID: id, Refusal: &survey.Refusal{Code: survey.RefusedUnknownOrganisation}})
			case held && claim.Region == ours:
				out = append(out, survey.Outcome{Status: survey.OutcomeMine, ID: id, Claim: &claim})
			case held && !claim.Free():
				out = append(out, survey.Outcome{Status: survey.OutcomeRefused, ID: id, Refusal: &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt}})
			default:
				c.number++
				c.claims[id] = survey.Claim{Organisation: id, Cycle: cycle, Region: ours, State: survey.Claimed, Token: c.number, ClaimedAt: morning, ChangedAt: morning}
				out = append(out, survey.Outcome{Status: survey.OutcomeGranted, ID: id})
			}
		}
		return out
	})
}

func (c *canned) ChangeClaims(_ context.Context, request survey.Request, _ survey.Cycle, changes []survey.ClaimChange) ([]survey.Outcome, error) {
	return c.once(request, func() []survey.Outcome {
		change := changes[0]
		claim := c.claims[change.Organisation]
		if change.Action == survey.ActionRequest {
			claim.RequestedBy = append(claim.RequestedBy, ours)
			c.claims[change.Organisation] = claim
			return []survey.Outcome{{Status: survey.OutcomeChanged}}
		}
		if change.Token != claim.Token {
			return []survey.Outcome{{Status: survey.OutcomeRefused, Refusal: &survey.Refusal{Code: survey.RefusedStaleToken}}}
		}
		states := map[survey.ClaimAction]survey.ClaimState{survey.ActionContact: survey.Contacted, survey.ActionDecline: survey.Declined,
			survey.ActionUnreachable: survey.Unreachable, survey.ActionRelease: survey.Released, survey.ActionReopen: survey.Contacted}
		claim.State, claim.Reason = states[change.Action], change.Reason
		if claim.State == survey.Released {
			claim.Region = ""
		}
		c.number++
		claim.Token, claim.ChangedAt = c.number, morning
		c.claims[change.Organisation] = claim
		return []survey.Outcome{{Status: survey.OutcomeChanged}}
	})
}

func (c *canned) RecordResponse(_ context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, data []byte) (survey.ResponseResult, error) {
	claim, err := c.ClaimOf(cycle, id)
	if err == nil && claim.Region != ours {
		return survey.ResponseResult{}, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: claim.Region, Since: claim.ClaimedAt}
	}
	q, _ := c.editions.Questionnaire("nq-1")
	answers, problems, perr := survey.ParseAnswers(q, data)
	if perr != nil || len(problems) > 0 {
		return survey.ResponseResult{}, &survey.FaultyAnswers{Problems: problems}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.responses[string(cycle)+string(id)]
	if request.Seen != nil && *request.Seen != before.Version && !before.Answers.Same(answers) {
		return survey.ResponseResult{}, &survey.Refusal{Code: survey.RefusedAnswerChanged}
	}
	r := survey.Response{Cycle: cycle, Organisation: id, Version: before.Version + 1, State: survey.ResponseAccepted, Complete: q.Complete(answers), Answers: answers, Actor: request.Actor, At: morning}
	if err != nil {
		r.State = survey.ResponseProvisional
	}
	r.Counted = r.Complete && r.State == survey.ResponseAccepted
	c.responses[string(cycle)+string(id)] = r
	return survey.ResponseResult{State: r.State, Complete: r.Complete, Version: r.Version, Counted: r.Counted}, nil
}

func (c *canned) Response(_ context.Context, cycle survey.Cycle, id survey.Identifier) (survey.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.responses[string(cycle)+string(id)]
	if !ok {
		return r, fmt.Errorf("answers: %w", survey.ErrNotFound)
	}
	return r, nil
}

// answer puts an answer into the canned records.
func (c *canned) answer(cycle survey.Cycle, id survey.Identifier, data string) {
	q, _ := survey.QuestionnaireByID("nq-1")
	answers, problems, err := survey.ParseAnswers(q, []byte(data))
	if err != nil || len(problems) > 0 {
		panic(fmt.Sprint(err, problems))
	}
	c.responses[string(cycle)+string(id)] = survey.Response{Cycle: cycle, Organisation: id, Version: 1, State: survey.ResponseAccepted,
		Complete: q.Complete(answers), Counted: true, Answers: answers, At: daysAgo(8)}
}

func (c *canned) National(_ context.Context, q survey.TotalsQuery) (survey.Totals, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.totals
	t.Cycle, t.By, t.Mode = q.Cycle, q.By, survey.ModeCached
	if !q.AsOf.IsZero() {
		t.Mode, t.AsOf, t.Eligible, t.Responded, t.AnswerID = survey.ModeAsOf, q.AsOf, 0, 0, "0102030405060708"
		return t, nil
	}
	if q.Mode == survey.ModeCertified && c.tableError != nil {
		return t, c.tableError
	}
	if q.Mode == survey.ModeCertified {
		return c.certified(t, q)
	}
	if q.Cycle == "2021-22" {
		t.Figures = []survey.Figure{{Metric: "investment_leveraged", Value: 455_000_000_00, Unit: survey.UnitPence, Status: survey.FigureReported, Qualifier: survey.QualifierExact, Contributors: 1100}}
		t.ResponseRate, t.Eligible, t.Responded = 4100, 2500, 1025
		t.Rows = nil
		return t, nil
	}
	if q.By != survey.ByRegion {
		t.Rows = nil
		for i, o := range survey.BreakdownKeys(q.By) {
			t.Rows = append(t.Rows, survey.TotalsRow{Key: o.Code, Label: o.Label, Figures: figures(int64(i+1)*12, survey.FigureReported)})
		}
	}
	return t, nil
}

func (c *canned) FederationStatus() survey.FederationStatus { return c.status }

func figures(scale int64, status survey.FigureStatus) []survey.Figure {
	fig := func(metric string, value int64, unit survey.Unit) survey.Figure {
		f := survey.Figure{Metric: metric, Value: value * scale, Unit: unit, Status: status, Qualifier: survey.QualifierAtLeast, Contributors: 9 * scale, AsOf: daysAgo(1)}
		switch status {
		case survey.FigureHidden:
			f.Value, f.Reason = 0, "withheld to protect a company"
		case survey.FigureWaiting:
			f.Value, f.Reason, f.Contributors = 0, "answers are held back until there are more", 0
		case survey.FigureMissing:
			f.Value, f.Reason, f.Contributors = 0, "nothing has been heard of this region's figures", 0
		}
		return f
	}
	return []survey.Figure{fig("investment_leveraged", 3_120_000_00, survey.UnitPence), fig("jobs_created", 12550, survey.UnitFTE),
		fig("jobs_safeguarded", 4000, survey.UnitFTE), fig("jobs_created_or_safeguarded", 16550, survey.UnitFTE), fig("adoptions", 31, survey.UnitCount)}
}

func cannedTotals() survey.Totals {
	t := survey.Totals{Cycle: thisCycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", AnswerID: strings.Repeat("a1b2c3d4e5f60718", 4), Claimed: 2210, Responded: 1240, Eligible: 2700, ResponseRate: 4593}
	t.Figures = append(figures(137, survey.FigureReported), survey.Figure{Metric: "companies_supported", Value: 2831, Contributors: 2831, Unit: survey.UnitCount, Status: survey.FigureReported, Qualifier: survey.QualifierExact})
	for i := range t.Figures[:5] {
		t.Figures[i].Reason = "Health Innovation South West is missing"
	}
	t.NonResponse = survey.NonResponse{Unclaimed: 490, Open: 801, Declined: 96, Unreachable: 61, Items: []survey.ItemGap{
		{Metric: "investment_leveraged", Item: "q08", Given: 1102, Answers: 1240}, {Metric: "adoptions", Item: "q10", Given: 0, Answers: 1240}}}
	t.Coverage = survey.Coverage{Of: 15, Included: 14, Current: 13}
	for i, r := range survey.Regions() {
		row := survey.RegionCoverage{Region: r.Region, Status: survey.CoverageCurrent, AsOf: daysAgo(1), ConfirmedAt: morning, AnswersReleased: 80, AnswersIn: 89}
		status := survey.FigureReported
		switch r.Region {
		case "sw":
			row = survey.RegionCoverage{Region: r.Region, Status: survey.CoverageMissing, Reason: "never heard from for this cycle; the node was last heard 12 July 2023 16:20:11 UTC"}
			status = survey.FigureMissing
		case "nwc":
			row.Status, row.ConfirmedAt = survey.CoverageStale, daysAgo(2)
		case "kss":
			status = survey.FigureWaiting
		case "em":
			status = survey.FigureHidden
		}
		t.Coverage.Regions = append(t.Coverage.Regions, row)
		t.Rows = append(t.Rows, survey.TotalsRow{Key: string(r.Region), Label: r.Region.Name(), Figures: figures(int64(5+i), status)})
	}
	return t
}
