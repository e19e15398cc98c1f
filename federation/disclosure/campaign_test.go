package disclosure_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// figures are the definitions of the simulated campaigns: money is very
// skewed, posts less, and one opinion.
var figures = survey.Definitions{ID: "sim-1", Metrics: []survey.Metric{
	{ID: "jobs", Unit: survey.UnitFTE, Headline: true},
	{ID: "money", Unit: survey.UnitPence, Headline: true},
	{ID: "said", Unit: survey.UnitCount, Measure: survey.MeasureAnswered, Headline: true},
	{ID: "yes", Unit: survey.UnitCount, Measure: survey.MeasureAtLeast, Headline: true},
}, Derived: []survey.Metric{{ID: "rate", Headline: true, Formula: &survey.Formula{Kind: survey.FormulaRatio, Of: []string{"yes", "said"}}}}}

// attacked are the metrics that the attacker tries: amounts of one company.
var attacked = []string{"jobs", "money"}

var sectors = []string{"devices", "digital", "pharma", "services"}

const (
	campaignWeeks = 26
	campaignDays  = 7 * campaignWeeks
)

// company is one company with every answer it ever gave: the last one counts.
type company struct {
	id      survey.Identifier
	sector  string
	region  int
	before  []int // regions that held it earlier
	answers []map[string]int64
}

// publication is what a region's summary said at one time, and what the
// attacker knows of it: which answer of which company is in each cell.
type publication struct {
	day     int
	cells   map[string]survey.Cell
	holding map[string]map[int]int // metric -> company -> number of the answer
}

// campaign is one simulated campaign.
type campaign struct {
	random    *rand.Rand
	policy    disclosure.Policy
	companies []company
	counted   [][]int             // by region: companies in the order in which they were counted
	ledgers   []*disclosure.Queue // by region, while the campaign is open
	turn      uint64
	states    []disclosure.State
	published [][]publication // by region
	final     [][]survey.Cell // by region, at the close
	visible   [][]float64     // by region and week: released share of the counted money
	days      [][]func()
}

// simulate runs a campaign over regions of these sizes. planted is the region
// in which one released answer is corrected alone, -1 for none.
func simulate(seed uint64, policy disclosure.Policy, sizes []int, planted int) *campaign {
	c := &campaign{random: rand.New(rand.NewPCG(seed, 7)), policy: policy, counted: make([][]int, len(sizes)),
		states: make([]disclosure.State, len(sizes)), published: make([][]publication, len(sizes)),
		visible: make([][]float64, len(sizes)), days: make([][]func(), campaignDays)}
	for range sizes {
		c.ledgers = append(c.ledgers, disclosure.OpenQueue(disclosure.State{}, figures))
	}
	touched := make([]bool, len(sizes))
	for region, size := range sizes {
		for range size {
			c.invite(region, touched)
		}
	}
	if planted >= 0 && sizes[planted] > 0 {
		c.at(campaignDays-1, func() {
			c.correct(c.counted[planted][0], c.random.Float64()*20)
			touched[planted] = true
		})
	}
	for day, events := range c.days {
		for _, event := range events {
			event()
		}
		for region := range sizes {
			if touched[region] {
				c.tick(region, day, false)
				touched[region] = false
			}
			if day%7 == 6 {
				c.visible[region] = append(c.visible[region], c.share(region))
			}
		}
	}
	for region := range sizes {
		c.final = append(c.final, c.tick(region, campaignDays, true))
	}
	return c
}

func (c *campaign) at(day int, event func()) {
	if day < campaignDays {
		c.days[day] = append(c.days[day], event)
	}
}

// invite plans one company's answer and what becomes of it.
func (c *campaign) invite(region int, touched []bool) {
	i := len(c.companies)
	c.companies = append(c.companies, company{id: identifierOf(i), region: region,
		sector: sectors[c.random.IntN(len(sectors))]})
	day := int(float64(campaignDays) * math.Pow(c.random.Float64(), 1.3)) // most answer early
	c.at(day, func() {
		c.companies[i].answers = append(c.companies[i].answers, c.answer())
		c.count(i)
		touched[region] = true
	})
	switch p := c.random.Float64(); {
	case p < 0.05: // corrected
		c.at(day+1+c.random.IntN(60), func() {
			c.correct(i, math.Exp(c.random.NormFloat64()))
			touched[c.companies[i].region] = true
		})
	case p < 0.07: // transferred: the new region takes over what the company said
		to := c.random.IntN(len(c.counted))
		c.at(day+1+c.random.IntN(60), func() {
			o := &c.companies[i]
			c.uncount(i)
			o.before, o.region = append(o.before, o.region), to
			c.count(i)
			touched[region], touched[to] = true, true
		})
	case p < 0.08: // withdrawn
		c.at(day+1+c.random.IntN(60), func() {
			c.uncount(i)
			touched[c.companies[i].region] = true
		})
	}
}

// count counts a company's last answer, after all others.
func (c *campaign) count(i int) {
	r := c.companies[i].region
	c.counted[r] = append(c.counted[r], i)
	c.turn++
	a := c.said(i)
	a.Turn = c.turn
	c.ledgers[r].Set(a)
}

func (c *campaign) uncount(i int) {
	r := c.companies[i].region
	c.ledgers[r].Remove(c.companies[i].id)
	c.counted[r] = slices.DeleteFunc(c.counted[r], func(k int) bool { return k == i })
}

func (c *campaign) answer() map[string]int64 {
	a := map[string]int64{"money": 0, "jobs": 0, "said": 1, "yes": 0}
	if c.random.Float64() > 0.45 {
		a["money"] = int64(20_000_00 * math.Exp(2.2*c.random.NormFloat64()))
	}
	if c.random.Float64() > 0.2 {
		a["jobs"] = 50 * int64(1+4*math.Exp(1.1*c.random.NormFloat64()))
	}
	if c.random.Float64() < 0.73 {
		a["yes"] = 1
	}
	return a
}

// correct gives a company a new answer, factor times the last.
func (c *campaign) correct(i int, factor float64) {
	o := &c.companies[i]
	last := o.answers[len(o.answers)-1]
	next := map[string]int64{"said": 1, "yes": last["yes"]}
	for _, metric := range attacked {
		next[metric] = int64(float64(last[metric]) * factor)
	}
	o.answers = append(o.answers, next)
	if list := c.counted[o.region]; slices.Contains(list, i) {
		c.uncount(i)
		c.count(i)
	}
}

// input is what the region's release is decided from.
func (c *campaign) input(region int, closed bool) disclosure.Input {
	in := disclosure.Input{Policy: c.policy, Definitions: figures, Closed: closed}
	for _, i := range c.counted[region] {
		in.Answers = append(in.Answers, c.said(i))
	}
	return in
}

// said is a company's last answer.
func (c *campaign) said(i int) disclosure.Answer {
	o := &c.companies[i]
	last := o.answers[len(o.answers)-1]
	a := disclosure.Answer{Organisation: o.id, Known: len(o.before) > 0,
		Keys: []disclosure.Key{{Dimension: survey.BySector, Key: o.sector}}}
	for _, m := range figures.Metrics {
		a.Values = append(a.Values, survey.Contribution{Metric: m.ID, Value: last[m.ID]})
	}
	return a
}

// tick publishes what may leave the region on this day.
func (c *campaign) tick(region, day int, closed bool) []survey.Cell {
	var out disclosure.Release
	if closed {
		out = disclosure.Plan(c.states[region], c.input(region, closed))
	} else {
		out.Cells, out.Answers = c.ledgers[region].Tick(c.policy, nil)
		out.State = c.ledgers[region].State()
	}
	c.states[region] = out.State
	p := publication{day: day, cells: map[string]survey.Cell{}, holding: map[string]map[int]int{}}
	for _, cell := range out.Cells {
		if cell.Dimension == "" {
			p.cells[cell.Metric] = cell
		}
	}
	for _, cell := range out.State.Cells {
		if !slices.Contains(attacked, cell.Metric) {
			continue
		}
		p.holding[cell.Metric] = c.holding(cell)
	}
	c.published[region] = append(c.published[region], p)
	return out.Cells
}

// holding is which answer of which company is in a headline cell.
func (c *campaign) holding(cell disclosure.CellState) map[int]int {
	out := map[int]int{}
	for _, e := range cell.Entries {
		if e.In {
			i := number(e.Organisation)
			out[i] = c.answerWith(i, cell.Metric, e.Value)
		}
	}
	return out
}

func number(id survey.Identifier) (i int) {
	for _, c := range id[len("AHSN:"):] {
		i = 10*i + int(c-'0')
	}
	return i
}

// answerWith returns which of the company's answers has the value.
func (c *campaign) answerWith(i int, metric string, value int64) int {
	for k := len(c.companies[i].answers) - 1; k >= 0; k-- {
		if c.companies[i].answers[k][metric] == value {
			return k
		}
	}
	panic("a released value that no company gave")
}

// share is how much of the region's counted money is released.
func (c *campaign) share(region int) float64 {
	all, out := int64(0), int64(0)
	for _, i := range c.counted[region] {
		o := &c.companies[i]
		all += o.answers[len(o.answers)-1]["money"]
	}
	if n := len(c.published[region]); n > 0 {
		out = c.published[region][n-1].cells["money"].Value
	}
	if all == 0 {
		return 0
	}
	return min(1, float64(out)/float64(all))
}

func identifierOf(i int) survey.Identifier { return survey.Identifier(fmt.Sprintf("AHSN:%06d", i)) }
