package disclosure

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Taken is a company's answer of the cycle before to another region, which handed it over. Metrics
// are those in which it may be counted here: see Transferable.
type Taken struct {
	Answer
	Metrics []string
}

// Supplement returns, for a policy under which everything leaves at once, the cells that the
// region's maintained aggregates do not have: those of matched companies, and of adoptions.
func Supplement(in Input) []survey.Cell {
	cube := newCube(in)
	out := cube.panel.cells(in)
	for _, c := range cube.cells {
		m, _ := in.Definitions.Metric(c.metric)
		if c.key.Dimension == survey.ByPanel || m.Record == survey.RecordAdoptions {
			out = append(out, survey.Cell{Metric: c.metric, Dimension: c.key.Dimension, Key: c.key.Key,
				Value: c.sum(), Contributors: int64(len(c.of))})
		}
	}
	return out
}

// panel has the companies that answered in both cycles, metric by metric. A company that gave the
// figure in one of them only is not matched, so that both sums are of the same companies. It is nil
// if the cycles cannot be matched.
type panel map[string]*matched

// matched has the parts of one metric in the cycle before: of companies that the region surveyed
// and that answered again, of those that it took over, and of those that it surveyed and that gave
// no figure again. both are the answers of this cycle that are matched.
type matched struct {
	again, taken, gone []Part
	both               map[int]bool
	hidden             bool
}

// newPanel matches the answers of both cycles, and decides for every metric whether the companies
// taken over may be in it.
func newPanel(in Input) panel {
	if len(in.Before)+len(in.Taken) == 0 {
		return nil
	}
	now := make(map[survey.Identifier]int, len(in.Answers))
	for i := range in.Answers {
		if !in.Answers[i].Record {
			now[in.Answers[i].Organisation] = i
		}
	}

	out := panel{}
	for _, m := range in.Definitions.Metrics {
		if m.Headline {
			out[m.ID] = match(in, m.ID, now)
		}
	}
	return out
}

// match makes one metric's part of newPanel; now has the place of each company's answer of this
// cycle.
func match(in Input, metric string, now map[survey.Identifier]int) *matched {
	m := &matched{both: map[int]bool{}}
	answered := func(id survey.Identifier) (int, bool) {
		i, found := now[id]
		if found {
			_, found = in.Answers[i].part(metric)
		}
		return i, found
	}

	for k := range in.Before {
		part, has := in.Before[k].part(metric)
		if !has {
			continue
		}
		if i, found := answered(in.Before[k].Organisation); found {
			m.again, m.both[i] = append(m.again, part), true
		} else {
			m.gone = append(m.gone, part)
		}
	}

	// The figures of the former cycle less the matched ones leave those of gone.
	m.hidden = !in.Policy.Members.residualSafe(m.again, nil) || !in.Policy.Members.residualSafe(m.gone, nil)

	var added []int
	for k := range in.Taken {
		part, has := in.Taken[k].part(metric)
		if i, found := answered(in.Taken[k].Organisation); has && found && !m.both[i] &&
			slices.Contains(in.Taken[k].Metrics, metric) {
			m.taken, added = append(m.taken, part), append(added, i)
		}
	}

	// All of the companies taken over are counted, or none.
	if m.hidden || !in.Policy.Members.residualSafe(m.again, m.taken) ||
		!in.Policy.Members.residualSafe(m.gone, m.taken) {
		m.taken, added = nil, nil // they stay companies that changed region
	}
	for _, i := range added {
		m.both[i] = true
	}
	return m
}

// residualSafe reports whether the sum of own and taken may be computed, and their difference.
// Another region knows the taken parts, so own alone must protect everyone, these included. Zeros
// pass.
func (a Audience) residualSafe(own, taken []Part) bool {
	if a.Contributors <= 1 && a.Percent == 0 {
		return true // it asks for nothing
	}

	var all contributors
	zero := true
	for _, p := range own {
		all.add(p)
		zero = zero && p.Value == 0
	}
	// The taken parts protect nobody.
	for _, p := range taken {
		p.Known = true
		all.add(p)
		zero = zero && p.Value == 0
	}

	return zero || all.protecting >= a.Contributors && all.safe(a.Percent)
}

// cells returns the matched companies' figures of the cycle before, and the number of those that
// were taken over, without a value. The totals of that cycle are known, so that the answers of the
// companies that did not answer again can be computed: they must pass the rule too.
func (p panel) cells(in Input) []survey.Cell {
	var out []survey.Cell
	for _, definition := range in.Definitions.Metrics {
		m := p[definition.ID]
		if m == nil || len(m.again)+len(m.taken) == 0 {
			continue
		}
		cell := survey.Cell{Metric: definition.ID, Dimension: survey.ByPanel, Key: survey.PanelBefore}
		if m.hidden {
			cell.Flag = survey.CellHidden
			out = append(out, cell)
			continue
		}

		for _, part := range slices.Concat(m.again, m.taken) {
			cell.Value += part.Value
			cell.Contributors++
		}
		if !in.Policy.Public.residualSafe(m.again, m.taken) || !in.Policy.Public.residualSafe(m.gone, m.taken) {
			cell.Flag = survey.CellMembers
		}

		out = append(out, cell)
		if n := len(m.taken); n > 0 {
			out = append(out, survey.Cell{Metric: definition.ID, Dimension: survey.ByPanel,
				Key: survey.PanelTaken, Contributors: int64(n), Flag: cell.Flag})
		}
	}
	return out
}

// key returns the place of an answer of this cycle in the panel, false if it has none.
func (p panel) key(metric string, answer int) (Key, bool) {
	m := p[metric]
	switch {
	case m == nil:
		return Key{}, false
	case m.both[answer]:
		return Key{survey.ByPanel, survey.PanelBoth}, true
	}
	return Key{survey.ByPanel, survey.PanelOnly}, true
}
