package disclosure_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// moving is a company between two years: last is who surveyed it in the first,
// now in the second, -1 for nobody. Handed says that last handed it over,
// counts that it lets now count what it said.
type moving struct {
	id        survey.Identifier
	value     int64
	last, now int
	handed    bool
	given     bool
	counts    bool
}

// carelessness is what a broken rule does not look at, and whether part of the
// first year's answers left while it was open.
type carelessness struct {
	batches   bool
	leftovers bool // what remains of the region that hands over
	given     bool // what others know of those who did not answer again
	all       bool // anything: who was handed over counts
}

// twoYears are some regions' figures of one year, and what their matched panels
// say of it in the next.
type twoYears struct {
	random    *rand.Rand
	companies []moving
	figures   []holding
	taken     int // companies counted after a hand-over
	batches   bool
}

// holding is one figure that left a region, and who is in it.
type holding struct {
	value int64
	of    map[int]bool // companies
	panel bool
}

// regionsMoving is how many regions there are.
const regionsMoving = 3

// draw makes the companies of a few regions, and where they are a year later.
func draw(seed uint64) *twoYears {
	y := &twoYears{random: rand.New(rand.NewPCG(seed, 11))}
	random := y.random
	for region := range regionsMoving {
		again, moves, handed := random.Float64(), random.Float64(), random.Float64()
		large := math.Exp(random.NormFloat64())
		for range []int{6, 9, 14, 25, 40}[random.IntN(5)] {
			c := moving{id: identifierOf(len(y.companies)), last: region, now: -1}
			if random.Float64() > 0.3 {
				c.value = int64(math.Exp(random.NormFloat64()*1.2) * large * 1000)
			}
			switch {
			case random.Float64() < again:
				c.now = region
			case random.Float64() < moves:
				c.now = (region + 1 + random.IntN(regionsMoving-1)) % regionsMoving
				c.handed = random.Float64() < handed
			}
			y.companies = append(y.companies, c)
		}
	}
	return y
}

// pass lets both years go by: companies are handed over one after the other.
func (y *twoYears) pass(policy disclosure.Policy, careless carelessness) *twoYears {
	y.batches = careless.batches
	states := make([]disclosure.State, regionsMoving)
	for region := range states {
		states[region] = y.survey(region, policy, careless.batches)
	}
	for _, i := range y.random.Perm(len(y.companies)) {
		if c := &y.companies[i]; c.handed {
			c.counts = careless.leftovers || careless.all ||
				slices.Contains(disclosure.Transferable(states[c.last], y.year(c.last, policy, i), c.id), "money")
			c.given = true
		}
	}
	for region := range states {
		y.match(region, policy, careless)
	}
	return y
}

// year is what a region knows of its first year when company i is handed over.
func (y *twoYears) year(region int, policy disclosure.Policy, i int) disclosure.Input {
	in := disclosure.Input{Policy: policy, Definitions: figures, Closed: true}
	for k, c := range y.companies {
		if c.last == region {
			in.Answers = append(in.Answers, disclosure.Answer{Organisation: c.id, Values: moneyOf(c.value), Known: c.given || k == i})
		}
	}
	return in
}

// survey lets the first year's figures leave, with batches some while it is open
// and the rest at the close.
func (y *twoYears) survey(region int, policy disclosure.Policy, batches bool) disclosure.State {
	var state disclosure.State
	all := disclosure.Input{Policy: policy, Definitions: figures}
	for _, c := range y.companies {
		if c.last == region {
			all.Answers = append(all.Answers, disclosure.Answer{Organisation: c.id, Values: moneyOf(c.value)})
		}
	}
	for part := range all.Answers {
		in := all
		in.Answers, in.Closed = all.Answers[:part+1], part+1 == len(all.Answers)
		if !in.Closed && !(batches && part == len(all.Answers)*2/3) {
			continue
		}
		out := disclosure.Plan(state, in)
		state = out.State
		for _, cell := range state.Cells {
			h := holding{value: cell.Value, of: map[int]bool{}}
			for _, e := range cell.Entries {
				if cell.Metric == "money" && e.In {
					h.of[number(e.Organisation)] = true
				}
			}
			if len(h.of) > 0 {
				y.figures = append(y.figures, h)
			}
		}
	}
	return state
}

// match closes the second year of one region.
func (y *twoYears) match(region int, policy disclosure.Policy, careless carelessness) {
	in := disclosure.Input{Policy: policy, Definitions: figures, Closed: true}
	h := holding{of: map[int]bool{}, panel: true}
	for i, c := range y.companies {
		answer := disclosure.Answer{Organisation: c.id, Values: moneyOf(c.value)}
		taken := c.now == region && c.handed && c.counts
		if c.now == region {
			in.Answers = append(in.Answers, answer)
		}
		switch {
		case c.last == region:
			answer.Known = c.handed && !careless.given && !careless.all
			in.Before = append(in.Before, answer)
		case taken && careless.all:
			in.Before = append(in.Before, answer)
		case taken:
			in.Taken = append(in.Taken, disclosure.Taken{Answer: answer, Metrics: []string{"money"}})
		}
		if c.now == region && (c.last == region || taken) {
			h.of[i] = true
		}
	}
	for _, cell := range disclosure.Plan(disclosure.State{}, in).Cells {
		switch {
		case cell.Metric != "money" || cell.Dimension != survey.ByPanel || cell.Flag.Withheld():
		case cell.Key == survey.PanelTaken:
			y.taken += int(cell.Contributors)
		case cell.Key == survey.PanelBefore:
			h.value = cell.Value
			if int(cell.Contributors) < len(h.of) { // who was taken over was left out
				for i, c := range y.companies {
					if c.last != region {
						delete(h.of, i)
					}
				}
			}
			y.figures = append(y.figures, h)
		}
	}
}

func moneyOf(value int64) []survey.Contribution {
	return []survey.Contribution{{Metric: "money", Value: value}}
}

// knowing is what an attacker knows by itself: a region all that its companies
// said and what was handed over to it, a company its own answer.
func (y *twoYears) knowing(region, own int) map[int]bool {
	known := map[int]bool{}
	for i, c := range y.companies {
		if i == own || region >= 0 && (c.last == region || c.handed && c.now == region) {
			known[i] = true
		}
	}
	return known
}

// placed returns whom the attacker places within 10 % by everything that left,
// all combinations included, and could not without the panels. From below the
// batches of the first year say too much of a few already without hand-overs.
func (y *twoYears) placed(known map[int]bool) int {
	before, after := y.bounds(known, false), y.bounds(known, true)
	found := 0
	for i, c := range y.companies {
		if y.batches {
			before[i][0], after[i][0] = 0, 0
		}
		if !known[i] && c.value > 0 && near(after[i], c.value) && !near(before[i], c.value) {
			found++
		}
	}
	return found
}

func near(b [2]float64, value int64) bool {
	x := float64(value)
	return 10*(b[1]-x) < x*(1-1e-6) || 10*(x-b[0]) < x*(1-1e-6)
}

// bounds is the least and the most that every company can have said.
func (y *twoYears) bounds(known map[int]bool, panels bool) [][2]float64 {
	var read []holding
	for _, h := range y.figures {
		if panels || !h.panel {
			read = append(read, h)
		}
	}
	// Companies that are in the same figures cannot be told apart: they are one
	// unknown, of which each may be all or, if there are others, nothing.
	at, members := map[string]int{}, [][]int{}
	for i := range y.companies {
		if known[i] {
			continue
		}
		in := make([]byte, len(read))
		for k, h := range read {
			if h.of[i] {
				in[k] = 1
			}
		}
		g, found := at[string(in)]
		if !found {
			g = len(members)
			at[string(in)] = g
			members = append(members, nil)
		}
		members[g] = append(members[g], i)
	}
	p := program{rows: make([][]float64, len(read)), right: make([]float64, len(read))}
	for k, h := range read {
		p.rows[k] = make([]float64, len(members))
		p.right[k] = float64(h.value)
		for i := range h.of {
			if known[i] {
				p.right[k] -= float64(y.companies[i].value)
			}
		}
		for g, of := range members {
			if h.of[of[0]] {
				p.rows[k][g] = 1
			}
		}
	}
	out := make([][2]float64, len(y.companies))
	for g, of := range members {
		low, high := -p.most(g, -1), p.most(g, 1)
		if len(of) > 1 {
			low = 0
		}
		for _, i := range of {
			out[i] = [2]float64{low, high}
		}
	}
	return out
}

// attack lets every region and the largest companies try.
func (y *twoYears) attack() int {
	found := y.placed(y.knowing(-1, -1))
	for region := range regionsMoving {
		found += y.placed(y.knowing(region, -1))
	}
	largest := make([]int, len(y.companies))
	for i := range largest {
		largest[i] = i
	}
	slices.SortFunc(largest, func(a, b int) int { return int(y.companies[b].value - y.companies[a].value) })
	for _, own := range largest[:4] {
		found += y.placed(y.knowing(-1, own))
	}
	return found
}

// Whatever moves between regions with or without a hand-over: all figures of
// both years together, and what each region and company knows, place nobody
// that was not placed without the matched panels.
func TestAttackerPlacesNobodyByHandovers(t *testing.T) {
	taken := 0
	for seed := range uint64(manyCampaigns(t, 1000)) {
		y := draw(seed).pass(standard(t), carelessness{batches: seed%2 == 1})
		if found := y.attack(); found > 0 {
			t.Fatalf("years %d: %d companies placed", seed, found)
		}
		taken += y.taken
	}
	if taken == 0 {
		t.Error("nobody was matched after a hand-over")
	}
	t.Logf("%d companies matched after a hand-over, nobody placed", taken)
}

// The same attack finds companies under rules that leave something out.
func TestAttackerFindsCompaniesByBrokenHandovers(t *testing.T) {
	noPercent := standard(t)
	noPercent.Members.Percent = 0
	for name, broken := range map[string]struct {
		policy   disclosure.Policy
		careless carelessness
	}{
		"what others know of those who are gone": {standard(t), carelessness{given: true}},
		"who was handed over counts":             {standard(t), carelessness{all: true}},
		"no p%":                                  {noPercent, carelessness{}},
	} {
		t.Run(name, func(t *testing.T) {
			found := 0
			for seed := uint64(0); seed < 4000 && found == 0; seed++ {
				found += draw(seed).pass(broken.policy, broken.careless).attack()
			}
			if found == 0 {
				t.Error("nobody was found")
			}
		})
	}
}

// What a region that hands over has left must hide without those who went: the
// largest is 20 times as large as those who hid it, and as those at the new
// region, which hide those well enough.
func TestSpareKeepsWhatIsLeftSafe(t *testing.T) {
	moved := func(careless carelessness) *twoYears {
		y := &twoYears{random: rand.New(rand.NewPCG(1, 1))}
		add := func(n int, c moving) {
			for range n {
				c.id = identifierOf(len(y.companies))
				y.companies = append(y.companies, c)
			}
		}
		add(1, moving{value: 100_000, last: 0, now: 0})
		add(5, moving{value: 10, last: 0, now: -1})
		add(14, moving{value: 5_000, last: 0, now: 1, handed: true})
		add(7, moving{value: 500, last: 1, now: 1})
		add(7, moving{value: 500, last: 1, now: -1})
		return y.pass(standard(t), careless)
	}
	y := moved(carelessness{})
	if found := y.attack(); found > 0 || y.taken == 0 || y.taken == 14 {
		t.Errorf("%d companies placed; %d of 14 count after the hand-over, want some", found, y.taken)
	}
	if found := moved(carelessness{leftovers: true}).attack(); found == 0 {
		t.Error("whatever is left: nobody was found")
	}
}

// The same holds for each breakdown: the others of their sector may be fewer.
func TestSpareKeepsBreakdownsSafe(t *testing.T) {
	in := disclosure.Input{Policy: standard(t), Definitions: figures, Closed: true}
	for i := range 40 {
		value, sector := int64(5_000), sectors[0]
		switch {
		case i == 0:
			value = 100_000 // 14 hide it in its sector
		case i >= 15:
			value, sector = 50_000, sectors[1]
		}
		in.Answers = append(in.Answers, disclosure.Answer{Organisation: identifierOf(i), Values: moneyOf(value),
			Keys: []disclosure.Key{{Dimension: survey.BySector, Key: sector}}})
	}
	state := disclosure.Plan(disclosure.State{}, in).State
	given := map[string]int{}
	for i := range in.Answers {
		if i == 0 || len(disclosure.Transferable(state, in, identifierOf(i))) == 0 {
			continue
		}
		in.Answers[i].Known = true
		given[in.Answers[i].Keys[0].Key]++
	}
	// 10 % of 100,000 need two of 5,000 beside the largest two to stay, so that five
	// must stay of both sectors, and of all of them ten.
	if given[sectors[0]] != 10 || given[sectors[1]] != 20 {
		t.Errorf("given on: %v", given)
	}
	if left := disclosure.Transferable(disclosure.State{}, in, identifierOf(39)); left != nil {
		t.Errorf("without knowing how the figures left: %v", left)
	}
}
