package respond_test

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/node/respond"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	ours      = survey.Region("otv")
	thisCycle = survey.Cycle("2022-23")
	oursID    = survey.Identifier("GB-COH:99000002")
	endedID   = survey.Identifier("GB-COH:99000004")
	doneID    = survey.Identifier("GB-COH:99000005")
	lastYear  = `{"q01":"yes","q02":["otv"],"q03":12,"q04":2,"q05":1,"q06":0,"q07":{"equity":50000},"q08":20000,"q10":1}`
)

var (
	update  = flag.Bool("update", false, "write the golden pages anew")
	morning = time.Date(2023, time.July, 14, 9, 5, 0, 0, time.UTC)
)

func daysAgo(n int) time.Time { return morning.AddDate(0, 0, -n) }

// canned is what the form needs of the registry and of this region's answers,
// in memory.
type canned struct {
	mu            sync.Mutex
	editions      *survey.Editions
	organisations []survey.Organisation
	campaigns     []survey.Campaign
	holder        survey.Region // of every company
	responses     map[string]survey.Response
	shared        map[survey.Identifier]survey.Sharing
}

func company(number, name string) survey.Organisation {
	id := survey.Identifier("GB-COH:" + number)
	return survey.Organisation{ID: id, Name: name, Kind: survey.KindCompany, Identifiers: []survey.Identifier{id}, Status: survey.StatusActive,
		Sector: survey.SectorDigital, SizeBand: survey.SizeSmall, Postcode: "OX4", LeadRegion: ours}
}

func newCanned() *canned {
	return &canned{holder: ours, responses: map[string]survey.Response{}, shared: map[survey.Identifier]survey.Sharing{},
		organisations: []survey.Organisation{company("99000002", "Isis Wound Care Ltd"), company("99000004", "Thames Robotics Ltd"), company("99000005", "Cherwell Diagnostics plc")},
		campaigns: []survey.Campaign{{Cycle: "2021-22", Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", State: survey.CampaignClosed},
			{Cycle: thisCycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", State: survey.CampaignOpen, Opens: "2023-06-01", Closes: "2023-09-30"}}}
}

func (c *canned) Campaigns() []survey.Campaign { return c.campaigns }

func (c *canned) FederationStatus() survey.FederationStatus {
	return survey.FederationStatus{Quorum: survey.Quorum{Voters: 15, Reachable: 7, Needed: 8}}
}

func (c *canned) Organisation(id survey.Identifier) (survey.Organisation, error) {
	for _, o := range c.organisations {
		if o.ID == id {
			return o, nil
		}
	}
	return survey.Organisation{}, fmt.Errorf("organisation %s: %w", id, survey.ErrNotFound)
}

func (c *canned) SetSharing(_ context.Context, _ survey.Request, _ survey.Cycle, id survey.Identifier, sharing survey.Sharing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared[id] = sharing
	return nil
}

func (c *canned) RecordResponse(_ context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, data []byte) (survey.ResponseResult, error) {
	if c.holder != ours {
		return survey.ResponseResult{}, &survey.Refusal{Code: survey.RefusedAlreadyClaimed, Holder: c.holder}
	}
	q, _ := c.editions.Questionnaire("nq-1")
	answers, problems, perr := survey.ParseAnswers(q, data)
	if perr != nil || len(problems) > 0 {
		return survey.ResponseResult{}, &survey.FaultyAnswers{Problems: problems}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := survey.Response{Cycle: cycle, Organisation: id, Version: 1, State: survey.ResponseAccepted, Complete: q.Complete(answers), Answers: answers, Actor: request.Actor, At: morning}
	r.Counted = r.Complete && r.State == survey.ResponseAccepted
	c.responses[string(cycle)+string(id)] = r
	return survey.ResponseResult{State: r.State, Complete: r.Complete, Version: 1, Counted: r.Counted}, nil
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

// links are canned survey links whose secrets are words.
type links struct {
	mu     sync.Mutex
	byID   map[string]store.SurveyLink
	secret map[string]string
	drafts map[string]store.SurveyDraft
}

func newLinks() *links {
	l := &links{byID: map[string]store.SurveyLink{}, secret: map[string]string{}, drafts: map[string]store.SurveyDraft{}}
	l.put("fresh", store.SurveyLink{ID: "51", Organisation: oursID, Email: "pat@isis.example", Contact: "Pat Lee"})
	l.put("ended", store.SurveyLink{ID: "52", Organisation: endedID, Revoked: daysAgo(1)})
	l.put("sent", store.SurveyLink{ID: "53", Organisation: doneID, Opened: daysAgo(9), Begun: daysAgo(9), Complete: daysAgo(8), Email: "jo@cherwell.example"})
	return l
}

func (l *links) put(secret string, link store.SurveyLink) {
	link.Cycle, link.Created, link.Expires, link.Actor = thisCycle, daysAgo(18), morning.AddDate(0, 3, 0), 77
	l.byID[link.ID], l.secret[secret] = link, link.ID
}

func (l *links) change(id string, do func(*store.SurveyLink)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	link, ok := l.byID[id]
	if !ok {
		return survey.ErrNotFound
	}
	do(&link)
	l.byID[id] = link
	return nil
}

func (l *links) SurveyLinkBySecret(secret string) (store.SurveyLink, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	link, ok := l.byID[l.secret[secret]]
	if !ok {
		return link, store.ErrUnauthenticated
	}
	if !link.Good(morning) {
		return link, store.ErrLinkEnded
	}
	return link, nil
}

func (l *links) MarkSurveyLink(_ context.Context, id string, stage store.LinkStage, consent bool) error {
	return l.change(id, func(x *store.SurveyLink) {
		x.Opened = morning
		if stage != store.LinkOpened {
			x.Begun = morning
		}
		if stage == store.LinkComplete {
			x.Complete, x.Consent = morning, consent
		}
	})
}

func (l *links) SurveyDraft(id string) (store.SurveyDraft, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drafts[id], nil
}

func (l *links) SaveSurveyDraft(_ context.Context, id, question string, fields map[string][]string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.drafts[id]
	next := map[string]map[string][]string{question: fields}
	for q, f := range d.Fields {
		if q != question {
			next[q] = f
		}
	}
	l.drafts[id] = store.SurveyDraft{Version: d.Version + 1, Saved: morning, Fields: next}
	return nil
}

func (l *links) DropSurveyDraft(_ context.Context, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.drafts, id)
	return nil
}

// site is a browser before the form over canned rooms.
type site struct {
	*pagetest.Browser
	form  *respond.Form
	rooms *canned
	links *links
}

func newSite(t *testing.T, change ...func(*respond.Options)) *site {
	t.Helper()
	s := &site{rooms: newCanned(), links: newLinks()}
	options := respond.Options{Region: ours, Organisations: s.rooms, Campaigns: s.rooms, Responses: s.rooms, Sharing: s.rooms, Links: s.links, Federation: s.rooms,
		Now: func() time.Time { return morning }}
	for _, c := range change {
		c(&options)
	}
	s.rooms.editions = options.Editions
	form, err := respond.New(options)
	if err != nil {
		t.Fatal(err)
	}
	s.form, s.Browser = form, pagetest.NewBrowser(t, form)
	return s
}
