package disclosure

import "github.com/ahsn-network/tracker/store/survey"

// Transferable returns the headline metrics in which another region may count what
// the company said to this one in a closed cycle, in the definitions' order. In
// are that cycle's answers, Known those that any other region has by now. To be
// counted elsewhere is for the region's own figures what a withdrawal would be:
// somebody can take it away from them. So what is left of every cell must pass
// the rule, and every batch in which the company left must be safe without it.
func Transferable(state State, in Input, company survey.Identifier) []string {
	p := newPlanner(state, in)
	at, counted := p.answers[company]
	if unknown := state.Lost || !state.Complete; !counted || unknown && !in.Policy.Immediate() {
		return nil // nobody knows in which batches it left
	}
	known := make(map[survey.Identifier]bool, len(in.Answers))
	for i := range in.Answers {
		known[in.Answers[i].Organisation] = in.Answers[i].Known
	}
	known[company] = true
	var out []string
	for _, u := range units(in.Definitions) {
		for _, m := range u {
			part, has := in.Answers[at].part(m.ID)
			if has && (in.Policy.Immediate() || p.transferable(m, &in.Answers[at], part) && p.batchesSafeWithout(m, company, known)) {
				out = append(out, m.ID)
			}
		}
	}
	return out
}

// transferable reports whether the metric's figure is safe without one company, whole
// and in every breakdown that the company is in.
func (p *planner) transferable(m survey.Metric, company *Answer, of Part) bool {
	if !p.safeWithout(m, company, of, Key{}) {
		return false
	}
	for _, k := range company.Keys {
		if !p.safeWithout(m, company, of, k) {
			return false
		}
	}
	return true
}

// safeWithout is one cell's part of spares. What a circle does not see anyway is
// safe from it; in a breakdown the public finds nobody whom the members do not.
func (p *planner) safeWithout(m survey.Metric, company *Answer, of Part, key Key) bool {
	rest := make([]Part, 0, len(p.in.Answers))
	whole := []Part{of.unknown()}
	for i := range p.in.Answers {
		a := &p.in.Answers[i]
		if part, has := a.part(m.ID); has && a != company && holds(a.Keys, key) {
			rest, whole = append(rest, part), append(whole, part.unknown())
		}
	}
	members, public := p.in.Policy.Members, p.in.Policy.Public
	if (key != Key{}) {
		return members.Primary(whole) != "" || members.residualSafe(rest, []Part{of})
	}
	return members.residualSafe(rest, []Part{of}) && (public.Primary(whole) != "" || public.residualSafe(rest, []Part{of}))
}

// batchesSafeWithout reports whether every batch in which the company left is safe without
// those that are known elsewhere.
func (p *planner) batchesSafeWithout(m survey.Metric, company survey.Identifier, known map[survey.Identifier]bool) bool {
	c := p.cell(m.ID)
	e := c.entry(company)
	if e == nil {
		return true // it came after the figures were final
	}
	for _, s := range e.Steps {
		rest, yes, no := c.batchWithout(s.Batch, func(id survey.Identifier) bool { return known[id] })
		if !restSafe(p.in.Policy, m, rest) || yesNo(m) && (yes < minEach || no < minEach) {
			return false
		}
	}
	return true
}
