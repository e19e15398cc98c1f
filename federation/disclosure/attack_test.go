package disclosure_test

import (
	"math"
	"slices"
)

// term is one answer of one company: an unknown of the attacker.
type term struct{ company, answer int }

// apart keeps a company's places in several regions apart in one list.
const apart = 1_000_000

func (a *attacker) companyOf(t term) *company { return &a.c.companies[t.company%apart] }

// statement is one thing that the attacker read: the plus terms less the minus
// terms are between low and high.
type statement struct {
	plus, minus []term
	low, high   int64
}

// attacker knows all claim states, so who is in every published figure, and
// some companies' answers. It keeps what follows for every answer.
type attacker struct {
	c        *campaign
	metric   string
	region   int // its own: the answers of its own companies are known to it; -1 for a company
	least    map[term]int64
	most     map[term]int64
	exact    map[term]bool
	changes  map[int]bool // companies of which one change became known alone
	combined []statement
}

func newAttacker(c *campaign, metric string, region int) *attacker {
	return &attacker{c: c, metric: metric, region: region, least: map[term]int64{}, most: map[term]int64{},
		exact: map[term]bool{}, changes: map[int]bool{}}
}

func (a *attacker) truth(t term) int64 { return a.companyOf(t).answers[t.answer][a.metric] }

// knows reports whether the company's answers are the attacker's own, now or
// before a transfer.
func (a *attacker) knows(t term) bool {
	o := a.companyOf(t)
	return a.region >= 0 && o.region == a.region || slices.Contains(o.before, a.region)
}

// between is what two lists of who is in a figure say of its difference.
func between(before, after map[int]int) (plus, minus []term) {
	for i, k := range after {
		if old, in := before[i]; !in || old != k {
			plus = append(plus, term{i, k})
		}
	}
	for i, k := range before {
		if now, in := after[i]; !in || now != k {
			minus = append(minus, term{i, k})
		}
	}
	return plus, minus
}

// read takes in one statement, without what the attacker knows itself.
func (a *attacker) read(plus, minus []term, low, high int64) {
	s := statement{low: low, high: high}
	for _, t := range plus {
		if a.knows(t) {
			s.low, s.high = s.low-a.truth(t), s.high-a.truth(t)
		} else {
			s.plus = append(s.plus, t)
		}
	}
	for _, t := range minus {
		if a.knows(t) {
			s.low, s.high = s.low+a.truth(t), s.high+a.truth(t)
		} else {
			s.minus = append(s.minus, t)
		}
	}
	if len(s.plus)+len(s.minus) > 0 {
		a.combined = append(a.combined, s)
	}
}

// step is what one version of a figure changed of the last.
type step struct {
	plus, minus []term
	value       int64
}

// watch reads a series of figures: every one, every step, every difference of
// two in which a company appears twice, and every two such steps.
func (a *attacker) watch(values []int64, holding []map[int]int, fuzz int64) {
	var steps []step
	for k := range values {
		before, last := map[int]int{}, int64(0)
		if k > 0 {
			before, last = holding[k-1], values[k-1]
		}
		plus, minus := between(before, holding[k])
		steps = append(steps, step{plus, minus, values[k] - last})
		a.read(plus, minus, values[k]-last-fuzz, values[k]-last+fuzz)
		plus, minus = between(nil, holding[k])
		a.read(plus, minus, values[k]-fuzz, values[k]+fuzz)
	}
	for k := range steps {
		seen := make([]bool, len(a.c.companies))
		steps[k].again(seen)
		for j := k - 1; j >= 0; j-- {
			if steps[j].again(seen) && j > 0 {
				plus, minus := between(holding[j-1], holding[k])
				a.read(plus, minus, values[k]-values[j-1]-fuzz, values[k]-values[j-1]+fuzz)
			}
			if both := combine(steps[k].plus, steps[k].minus, steps[j].plus, steps[j].minus); both != nil {
				value := steps[k].value + steps[j].value
				a.read(both[0], both[1], value-2*fuzz, value+2*fuzz)
			}
		}
	}
}

// again marks the step's companies and reports whether one was marked before.
func (s step) again(seen []bool) bool {
	again := false
	for _, list := range [][]term{s.plus, s.minus} {
		for _, t := range list {
			again = again || seen[t.company%apart]
			seen[t.company%apart] = true
		}
	}
	return again
}

// combine adds two steps, nil if nothing cancels.
func combine(plus, minus, plus2, minus2 []term) [][]term {
	if len(minus)+len(minus2) == 0 {
		return nil
	}
	net := map[term]int{}
	for _, t := range plus {
		net[t]++
	}
	for _, t := range plus2 {
		net[t]++
	}
	cancelled := false
	for _, list := range [][]term{minus, minus2} {
		for _, t := range list {
			if net[t] > 0 {
				cancelled = true
			}
			net[t]--
		}
	}
	if !cancelled {
		return nil
	}
	out := make([][]term, 2)
	for t, n := range net {
		switch {
		case n > 0:
			out[0] = append(out[0], t)
		case n < 0:
			out[1] = append(out[1], t)
		}
	}
	return out
}

// conclude follows the statements until nothing more follows.
func (a *attacker) conclude() {
	for range 3 {
		moved := false
		for _, s := range a.combined {
			moved = a.follow(s) || moved
		}
		if !moved {
			break
		}
	}
	for _, s := range a.combined {
		a.alone(s)
	}
}

// follow narrows every answer in the statement by the bounds of the others.
func (a *attacker) follow(s statement) bool {
	plusMost, plusLeast := a.sums(s.plus)
	minusMost, minusLeast := a.sums(s.minus)
	moved := false
	for _, t := range s.plus {
		high := add(s.high, minusMost)
		low := s.low + minusLeast - sub(plusMost, a.upper(t))
		moved = a.narrow(t, low, sub(high, plusLeast-a.least[t])) || moved
	}
	for _, t := range s.minus {
		high := sub(add(plusMost, -s.low), minusLeast-a.least[t])
		low := plusLeast - s.high - sub(minusMost, a.upper(t))
		moved = a.narrow(t, low, high) || moved
	}
	return moved
}

const endless = math.MaxInt64 / 4

func add(a, b int64) int64 {
	if a >= endless || b >= endless {
		return endless
	}
	return a + b
}

func sub(a, b int64) int64 {
	if a >= endless {
		return endless
	}
	return a - b
}

func (a *attacker) upper(t term) int64 {
	if most, known := a.most[t]; known {
		return most
	}
	return endless
}

func (a *attacker) sums(terms []term) (most, least int64) {
	for _, t := range terms {
		most = add(most, a.upper(t))
		least += a.least[t]
	}
	return most, least
}

func (a *attacker) narrow(t term, low, high int64) bool {
	moved := false
	if high < a.upper(t) {
		a.most[t] = high
		moved = true
	}
	if low > a.least[t] && low > -endless {
		a.least[t] = low
		moved = true
	}
	return moved
}

// alone looks for figures of one company. An attacker that is no region is the
// second largest company in each figure, and knows its own answer.
func (a *attacker) alone(s statement) {
	one := map[int]bool{}
	for _, t := range append(slices.Clone(s.plus), s.minus...) {
		one[t.company] = true
	}
	if len(one) == 1 && s.high-s.low <= 1 && s.low != 0 {
		for i := range one {
			a.changes[i] = true
		}
	}
	if a.region >= 0 || len(s.minus) > 0 || len(s.plus) < 2 {
		return
	}
	first, second := term{company: -1}, term{company: -1}
	for _, t := range s.plus {
		switch {
		case first.company < 0 || a.truth(t) > a.truth(first):
			first, second = t, first
		case second.company < 0 || a.truth(t) > a.truth(second):
			second = t
		}
	}
	if high := s.high - a.truth(second); high < a.upper(first) {
		a.most[first] = high
	}
}

// placed returns the companies that the attacker placed within 10 %: it has an
// upper or lower bound of one answer, or the exact change of one.
func (a *attacker) placed() int {
	found := map[int]bool{}
	for i := range a.changes {
		found[i] = true
	}
	for t, most := range a.most {
		x := a.truth(t)
		if x > 0 && (10*(most-x) < x || 10*(x-a.least[t]) < x) {
			found[t.company] = true
		}
	}
	return len(found)
}
