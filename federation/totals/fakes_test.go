package totals

import (
	"context"
	"maps"
	"math/rand"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

const cycle survey.Cycle = "2022-23"

var federation = identity.FederationID{1, 2, 3}

func keyOf(region survey.Region) *identity.Key {
	var seed [32]byte
	copy(seed[:], region)
	return identity.FromSeed(seed)
}

func memberOf(region survey.Region) survey.Member {
	return survey.Member{Region: region, Key: keyOf(region).Public(), Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}
}

// watched is a value with a channel that is closed when it changes.
type watched struct {
	mu   sync.Mutex
	next chan struct{}
}

func (w *watched) Watch() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		w.next = make(chan struct{})
	}
	return w.next
}

func (w *watched) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	if w.next != nil {
		close(w.next)
	}
	w.next = make(chan struct{})
}

// registry is a replica that all nodes of a test share.
type registry struct {
	watched
	campaigns []survey.Campaign
	members   []survey.Member
	counts    map[survey.Cycle]survey.CampaignCounts
	revisions map[survey.Cycle][]survey.Revision
	settled   map[revisionKey]map[survey.Region][]byte
	claims    []survey.Claim // by organisation
	supported map[survey.Cycle][]survey.Identifier
	index     uint64
}

func newRegistry(regions ...survey.Region) *registry {
	r := &registry{counts: map[survey.Cycle]survey.CampaignCounts{}, revisions: map[survey.Cycle][]survey.Revision{},
		settled: map[revisionKey]map[survey.Region][]byte{}}
	for _, region := range regions {
		r.members = append(r.members, memberOf(region))
	}
	r.open(cycle)
	return r
}

func (r *registry) open(c survey.Cycle) {
	r.change(func() {
		r.index++
		r.campaigns = append(r.campaigns, survey.Campaign{Cycle: c, Questionnaire: "nq-1", Definitions: "md-1", Policy: "open", State: survey.CampaignOpen})
		counts := survey.CampaignCounts{Cycle: c, Supported: 20, Eligible: 40, Claimed: 30, Responded: 18, ByRegion: map[survey.Region]survey.RegionCounts{}}
		for _, m := range r.members {
			counts.ByRegion[m.Region] = survey.RegionCounts{Supported: 9, Claimed: 10, Responded: 6}
		}
		r.counts[c] = counts
	})
}

func (r *registry) raise(region survey.Region) {
	r.change(func() {
		r.members = slices.Clone(r.members)
		for i := range r.members {
			if r.members[i].Region == region {
				r.members[i].Generation++
			}
		}
	})
}

func (r *registry) Campaign(c survey.Cycle) (survey.Campaign, error) {
	for _, campaign := range r.Campaigns() {
		if campaign.Cycle == c {
			return campaign, nil
		}
	}
	return survey.Campaign{}, survey.ErrNotFound
}

func (r *registry) Campaigns() []survey.Campaign {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.campaigns)
}

func (r *registry) Members() []survey.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members
}

func (r *registry) Counts(c survey.Cycle) (survey.CampaignCounts, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[c], nil
}

func (r *registry) Index() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.index
}

// archive is one node's disk, as summaries.Summaries keeps it.
type archive struct {
	mu          sync.Mutex
	incarnation uint64
	reserved    map[survey.Cycle]uint64
	released    map[survey.Cycle]summaries.Release
	parts       map[survey.Cycle]map[survey.Identifier][]byte // of the released
	kept        map[slot][]byte
	past        map[slot][]summaries.Summary
	confirmed   map[slot]time.Time
	evidence    []summaries.Evidence
}

func newArchive() *archive {
	return &archive{incarnation: 1, reserved: map[survey.Cycle]uint64{}, released: map[survey.Cycle]summaries.Release{},
		parts: map[survey.Cycle]map[survey.Identifier][]byte{}, kept: map[slot][]byte{}, past: map[slot][]summaries.Summary{}, confirmed: map[slot]time.Time{}}
}

func (a *archive) copy() *archive {
	a.mu.Lock()
	defer a.mu.Unlock()
	parts := map[survey.Cycle]map[survey.Identifier][]byte{}
	for c, of := range a.parts {
		parts[c] = maps.Clone(of)
	}
	return &archive{incarnation: a.incarnation, reserved: maps.Clone(a.reserved), released: maps.Clone(a.released), parts: parts, kept: maps.Clone(a.kept), past: maps.Clone(a.past), confirmed: maps.Clone(a.confirmed)}
}

func (a *archive) RaiseIncarnation(to uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if to < a.incarnation {
		return summaries.ErrStale
	}
	a.incarnation = to
	return nil
}

func (a *archive) Reserve(c survey.Cycle) (summaries.Version, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reserved[c]++
	return summaries.Version{Incarnation: a.incarnation, Sequence: a.reserved[c]}, nil
}

func (a *archive) Release(c survey.Cycle, state []byte, parts []summaries.ReleasePart, whole bool) (summaries.Version, error) {
	version, err := a.Reserve(c)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.parts[c] == nil || whole {
		a.parts[c] = map[survey.Identifier][]byte{}
	}
	for _, p := range parts {
		a.parts[c][p.Organisation] = p.State
	}
	a.released[c] = summaries.Release{Version: version, State: state}
	return version, err
}

func (a *archive) KeepRelease(c survey.Cycle) (summaries.Version, error) {
	version, err := a.Reserve(c)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.released[c] = summaries.Release{Version: version, State: a.released[c].State}
	return version, err
}

func (a *archive) Released(c survey.Cycle) (summaries.Release, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.released[c]
	for _, id := range slices.Sorted(maps.Keys(a.parts[c])) {
		out.Parts = append(out.Parts, summaries.ReleasePart{Organisation: id, State: a.parts[c][id]})
	}
	return out, nil
}

func (a *archive) Before(r survey.Region, c survey.Cycle, at time.Time) (summaries.Summary, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range slices.Backward(a.past[slot{r, c}]) {
		if !s.Meta.AsOf.After(at) {
			return s, nil
		}
	}
	return summaries.Summary{}, survey.ErrNotFound
}

func (a *archive) Put(r survey.Region, c survey.Cycle, v summaries.Version, signed []byte, m summaries.Meta) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.past[slot{r, c}] = append(slices.Clip(a.past[slot{r, c}]), summaries.Summary{Region: r, Cycle: c, Version: v, Signed: signed, Meta: m})
	a.kept[slot{r, c}] = signed
	return nil
}

func (a *archive) Confirm(r survey.Region, c survey.Cycle, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.confirmed[slot{r, c}] = at
}

func (a *archive) PutEvidence(r survey.Region, c survey.Cycle, v summaries.Version, first, second []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.evidence = append(a.evidence, summaries.Evidence{Region: r, Cycle: c, Version: v, First: first, Second: second})
	return nil
}

func (a *archive) Evidence() ([]summaries.Evidence, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.evidence), nil
}

func (a *archive) All(do func(survey.Region, survey.Cycle, []byte, time.Time)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s, data := range a.kept {
		do(s.region, s.cycle, data, a.confirmed[s])
	}
	return nil
}

// cube returns about 500 cells that add up, as a region's records have them.
func cube(random *rand.Rand) (cells []survey.Cell, answers int64) {
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		panic(err)
	}
	answers = 1 + random.Int63n(200)
	for _, m := range definitions.Metrics {
		dimensions, most := survey.Dimensions(), map[survey.Unit]int64{survey.UnitPence: 1e9, survey.UnitFTE: 1e5, survey.UnitCount: 300}[m.Unit]
		switch {
		case m.Record == survey.RecordStakeholders:
			dimensions = []survey.Dimension{survey.ByGroup}
		case m.Record == survey.RecordFunding:
			cells = append(cells, survey.Cell{Metric: m.ID, Value: random.Int63n(most), Contributors: 4})
			continue
		case m.OfRegion():
			dimensions = []survey.Dimension{survey.ByProgramme}
		}
		total := survey.Cell{Metric: m.ID}
		for _, dimension := range dimensions {
			for _, option := range survey.BreakdownKeys(dimension) {
				if m.OfRegion() && random.Intn(3) > 0 {
					continue // no region takes part in every programme
				}
				c := survey.Cell{Metric: m.ID, Dimension: dimension, Key: option.Code, Value: random.Int63n(most), Contributors: 1 + random.Int63n(9)}
				if dimension == dimensions[0] {
					total.Value += c.Value
					total.Contributors += c.Contributors
				}
				cells = append(cells, c)
			}
		}
		cells = append(cells, total)
	}
	return cells, answers
}

// summaryOf is a summary as the region would sign it.
func summaryOf(region survey.Region, incarnation, sequence uint64, cells []survey.Cell, answers int64) Summary {
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		panic(err)
	}
	dictionary, err := dictionaryHash(definitions)
	if err != nil {
		panic(err)
	}
	return Summary{
		Federation: federation, Region: region, Cycle: cycle, Incarnation: incarnation, Sequence: sequence,
		Questionnaire: "nq-1", Definitions: "md-1", Policy: "open", DictionaryHash: dictionary,
		AsOf: 1_700_000_000_000 + int64(sequence), AnswersIn: answers, AnswersReleased: answers, ClaimsCount: answers,
		Status: SummaryOpen, Cells: cells,
	}
}

func heldOf(t interface{ Fatal(...any) }, s Summary) *held {
	signed, err := Sign(keyOf(s.Region), s)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := Verify(signed, federation, memberOf(s.Region), time.UnixMilli(s.AsOf))
	if err != nil {
		t.Fatal(err)
	}
	return hold(verified, signed)
}

// nobody answers.
func nobody(ctx context.Context, _ survey.Region, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, errCut
}

// refused is a network without anyone.
func refused(context.Context, survey.Region, string, []byte) ([]byte, error) { return nil, errCut }
