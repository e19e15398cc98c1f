package disclosure

import "github.com/ahsn-network/tracker/store/survey"

// Transferable returns the headline metrics in which another region may count the company's answer
// of a closed cycle to this one, in the definitions' order. In has that cycle's answers; Known are
// those that any other region has by now. For the region's own figures the transfer is like a
// withdrawal: another region can subtract the answer. So the rest of every cell must pass the rule,
// and every batch in which the company left must be safe without it.
func Transferable(state State, in Input, company survey.Identifier) []string {
	p := newPlanner(state, in)
	at, counted := p.answers[company]
	if unknown := state.Lost || !state.Complete; !counted || unknown && !in.Policy.Immediate() {
		return nil // the batches in which it left are not known
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
			if has && (in.Policy.Immediate() || p.transferable(m, &in.Answers[at], part) &&
				p.batchesSafeWithout(m, company, known)) {
				out = append(out, m.ID)
			}
		}
	}
	return out
}

// transferable reports whether the metric's figure is safe without one company, in the whole and in
// every breakdown that the company is in.
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

// safeWithout reports whether one cell is safe without the company. A cell that an audience does
// not see is safe from it. A breakdown is judged for the members alone: the public can find nobody
// in it whom the members cannot.
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
	return members.residualSafe(rest, []Part{of}) &&
		(public.Primary(whole) != "" || public.residualSafe(rest, []Part{of}))
}

// batchesSafeWithout reports whether every batch in which the company left is safe without the
// companies that are known elsewhere.
func (p *planner) batchesSafeWithout(m survey.Metric, company survey.Identifier,
	known map[survey.Identifier]bool) bool {
	c := p.cell(m.ID)
	e := c.entry(company)
	if e == nil {
		return true // it came after the figures were final
	}
	for _, s := range e.Steps {
		if rest := c.batchWithout(s.Batch, known); !rest.protect(p.in.Policy, m) {
			return false
		}
	}
	return true
}
