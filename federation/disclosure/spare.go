package disclosure

import "github.com/ahsn-network/tracker/store/survey"

// Spare returns the headline metrics in which another region may count what
// the company said to this one in a closed cycle, in the definitions' order. In
// are that cycle's answers, Known those that any other region has by now. To be
// counted elsewhere is for the region's own figures what a withdrawal would be:
// somebody can take it away from them. So what is left of the whole must pass
// the rule, and every batch in which the company left must be safe without it.
func Spare(state State, in Input, company survey.Identifier) []string {
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
			if has && (in.Policy.Immediate() || p.spares(m, company, part) && p.splits(m, company, known)) {
				out = append(out, m.ID)
			}
		}
	}
	return out
}

// spares reports whether the metric's figure is safe without one company.
func (p *planner) spares(m survey.Metric, company survey.Identifier, of Part) bool {
	var rest []Part
	for i := range p.in.Answers {
		if part, has := p.in.Answers[i].part(m.ID); has && p.in.Answers[i].Organisation != company {
			rest = append(rest, part)
		}
	}
	taken := []Part{of}
	public := p.in.Policy.Public
	return p.in.Policy.Members.leavesOver(rest, taken) &&
		(public.Judge(append(rest, of)) != "" || public.leavesOver(rest, taken)) // the public does not see it anyway
}

// splits reports whether every batch in which the company left is safe without
// those that are known elsewhere.
func (p *planner) splits(m survey.Metric, company survey.Identifier, known map[survey.Identifier]bool) bool {
	c := p.cell(m.ID)
	e := c.entry(company)
	if e == nil {
		return true // it came after the figures were final
	}
	for _, s := range e.Steps {
		rest, yes, no := c.crowd(s.Batch, func(id survey.Identifier) bool { return known[id] })
		if !hides(p.in.Policy, m, rest) || yesNo(m) && (yes < mixed || no < mixed) {
			return false
		}
	}
	return true
}
