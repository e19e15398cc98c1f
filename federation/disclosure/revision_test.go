package disclosure_test

import (
	"math"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

// manyRevisions follow each certified year of the script.
const manyRevisions = 3

// cellName is one cell of a region: a metric whole, or in one sector.
type cellName struct{ metric, sector string }

// edition is what one region's final figures of one revision say, and which
// answer of which company is in each cell.
type edition struct {
	cells   map[cellName]survey.Cell
	list    []survey.Cell
	holding map[cellName]map[int]int
}

// edition reads what the region's state says of its newest final figures. A
// breakdown is of the edition that it last left with.
func (c *campaign) edition(region int, cells []survey.Cell) edition {
	e := edition{cells: map[cellName]survey.Cell{}, list: cells, holding: map[cellName]map[int]int{}}
	state := c.states[region]
	for _, cell := range cells {
		if slices.Contains(attacked, cell.Metric) && (cell.Dimension == "" || cell.Dimension == survey.BySector) {
			e.cells[cellName{cell.Metric, cell.Key}] = cell
		}
	}
	for _, cell := range state.Cells {
		if slices.Contains(attacked, cell.Metric) {
			e.holding[cellName{cell.Metric, ""}] = c.holding(cell)
		}
	}
	for _, metric := range attacked {
		base := 0
		for _, b := range state.Bases {
			if b.Family == metric && b.Dimension == survey.BySector { // the last one stands
				base = b.Snapshot
			}
		}
		for _, sector := range sectors {
			name := cellName{metric, sector}
			e.holding[name] = map[int]int{}
			for _, f := range state.Snapshots[base] {
				if !slices.Contains(f.Keys, disclosure.Key{Dimension: survey.BySector, Key: sector}) {
					continue
				}
				for _, v := range f.Values {
					if v.Metric == metric {
						i := number(f.Organisation)
						e.holding[name][i] = c.answerWith(i, metric, v.Value)
					}
				}
			}
		}
	}
	return e
}

// revise takes the closed campaign through revisions under a policy, and returns
// what each region said in each. In every revision the region planted has one
// lone late correction; the others have late answers, corrections and
// withdrawals, more or fewer of them.
func (c *campaign) revise(policy disclosure.Policy, planted int) [][]edition {
	var out [][]edition
	first := make([]edition, len(c.final))
	for region := range c.final {
		first[region] = c.edition(region, c.final[region])
	}
	out = append(out, first)
	c.policy = policy
	for range manyRevisions {
		next := make([]edition, len(c.final))
		for region := range c.final {
			c.late(region, region == planted)
			last := out[len(out)-1][region]
			revised := disclosure.Revise(c.states[region], c.input(region, true), last.list)
			c.states[region] = revised.State
			next[region] = c.edition(region, revised.Cells)
		}
		out = append(out, next)
	}
	return out
}

// late is what becomes known in one region after its figures were final.
func (c *campaign) late(region int, alone bool) {
	if alone && len(c.counted[region]) > 0 {
		c.correct(c.counted[region][c.random.IntN(len(c.counted[region]))], 0.2+c.random.Float64()*5)
		return
	}
	for range c.random.IntN(4) * c.random.IntN(10) {
		i := len(c.companies)
		c.companies = append(c.companies, company{id: identifierOf(i), region: region, sector: sectors[c.random.IntN(len(sectors))], answers: []map[string]int64{c.answer()}})
		c.count(i)
	}
	for range c.random.IntN(3) * c.random.IntN(6) {
		if n := len(c.counted[region]); n > 0 {
			c.correct(c.counted[region][c.random.IntN(n)], math.Exp(c.random.NormFloat64()))
		}
	}
	if n := len(c.counted[region]); n > 0 && c.random.IntN(4) == 0 {
		c.uncount(c.counted[region][c.random.IntN(n)])
	}
}

// revisions attacks with the differences between every two revisions that the
// members saw: of each cell, of what the shown sectors leave over of the whole,
// and of two such differences in which something cancels.
func (c *campaign) revisions(editions [][]edition) (placed, targets int) {
	for region := range c.final {
		for _, metric := range attacked {
			for _, own := range []int{(region + 1) % len(c.final), -1} {
				a := newAttacker(c, metric, own)
				for later := range editions {
					for earlier := range later {
						a.differences(editions[earlier][region], editions[later][region])
					}
				}
				a.conclude()
				placed += a.placed()
				targets += len(a.most)
			}
		}
	}
	return placed, targets
}

// differences reads what changed in each cell between two revisions. What leaves
// for the first time differs from nothing: it is under the rule of the close.
func (a *attacker) differences(before, after edition) {
	if before.cells[cellName{a.metric, ""}].Contributors == 0 {
		return
	}
	whole, rest, shown := net{}, net{}, 0
	for _, sector := range append([]string{""}, sectors...) {
		name := cellName{a.metric, sector}
		was, now := before.cells[name], after.cells[name]
		if sector != "" && (was.Flag.Withheld() || now.Flag.Withheld()) {
			continue
		}
		d := difference(before.holding[name], after.holding[name], now.Value-was.Value)
		a.readNet(d)
		if sector == "" {
			whole = d
			continue
		}
		rest = rest.plus(d)
		shown++
	}
	if shown > 0 {
		a.readNet(whole.plus(rest.negative()))
	}
}

// net is a sum of answers, some of them negative, that is known to be a number.
type net struct {
	times map[term]int
	value int64
}

func difference(before, after map[int]int, value int64) net {
	n := net{map[term]int{}, value}
	plus, minus := between(before, after)
	for _, t := range plus {
		n.times[t]++
	}
	for _, t := range minus {
		n.times[t]--
	}
	return n
}

func (n net) plus(other net) net {
	out := net{map[term]int{}, n.value + other.value}
	for _, times := range []map[term]int{n.times, other.times} {
		for t, k := range times {
			if out.times[t] += k; out.times[t] == 0 {
				delete(out.times, t)
			}
		}
	}
	return out
}

func (n net) negative() net {
	out := net{map[term]int{}, -n.value}
	for t, k := range n.times {
		out.times[t] = -k
	}
	return out
}

func (a *attacker) readNet(n net) {
	var plus, minus []term
	for t, k := range n.times {
		for range max(k, 0) {
			plus = append(plus, t)
		}
		for range max(-k, 0) {
			minus = append(minus, t)
		}
	}
	slices.SortFunc(plus, inOrder)
	slices.SortFunc(minus, inOrder)
	a.read(plus, minus, n.value, n.value)
}

func inOrder(a, b term) int {
	if a.company != b.company {
		return a.company - b.company
	}
	return a.answer - b.answer
}

// A certified year is revised, with a lone late correction among the rest: what
// the members see change from one revision to another places nobody.
func TestAttackerPlacesNobodyByRevisions(t *testing.T) {
	policy := standard(t)
	tried, moved, lone := 0, 0, 0
	for seed := range uint64(manyCampaigns(t, 1000)) {
		sizes := sizesOf(seed)
		planted := int(seed) % len(sizes)
		c := simulate(seed+2_000_000, policy, sizes, -1)
		editions := c.revise(policy, planted)
		placed, targets := c.revisions(editions)
		if placed > 0 {
			t.Fatalf("campaign %d: %d companies placed from what its revisions changed", seed, placed)
		}
		tried += targets
		for region := range sizes {
			for r := range manyRevisions {
				changed := editions[r+1][region].cells[cellName{"money", ""}] != editions[r][region].cells[cellName{"money", ""}]
				if changed {
					moved++
				}
				if changed && region == planted {
					lone++
				}
			}
		}
	}
	if moved == 0 || lone > 0 {
		t.Errorf("%d figures were revised, %d of them by a lone correction", moved, lone)
	}
	t.Logf("%d answers tried, nobody placed within 10 %%; %d regional figures revised, none by a lone correction", tried, moved)
}

// The same script finds companies when the rule for revisions is broken.
func TestAttackerFindsCompaniesByBrokenRevisions(t *testing.T) {
	whole := standard(t)
	live := disclosure.Policy{Name: "live", Members: disclosure.Audience{Contributors: 1}, Public: whole.Public, Batch: 1, RoundCount: 1, RoundMoney: 1}
	noPercent := whole
	noPercent.Members.Percent = 0
	for name, broken := range map[string]disclosure.Policy{"every correction at once": live, "no p% for revisions": noPercent} {
		t.Run(name, func(t *testing.T) {
			found := 0
			for seed := range uint64(8) {
				sizes := sizesOf(seed)
				c := simulate(seed+2_000_000, whole, sizes, -1)
				placed, _ := c.revisions(c.revise(broken, int(seed)%len(sizes)))
				found += placed
			}
			if found == 0 {
				t.Error("the script found nobody")
			}
			t.Logf("%d companies placed within 10 %% in 8 campaigns", found)
		})
	}
}
