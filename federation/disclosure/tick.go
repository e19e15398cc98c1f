package disclosure

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Tick is one tick of the release rule, of a campaign that is open: for each
// unit the oldest pending companies leave as a batch if the batch and what stays
// are both safe; else the unit stays as it last left. It returns the headline
// cells and of how many answers all figures are in them. known, if not nil, is
// asked again of every answer that may leave whether another region may know it.
func (l *Ledger) Tick(policy Policy, known func(survey.Identifier) bool) (cells []survey.Cell, answers int64) {
	l.refresh()
	l.policy = policy
	l.turn++
	waits := l.head.Lost
	if !l.head.Lost {
		if known != nil {
			l.ask(known)
		}
		for k := range l.units {
			l.tick(k)
		}
		waits = l.count()
	}
	return l.open(waits), l.head.Answers
}

// ask asks of those who may leave whether another region may know their answer.
func (l *Ledger) ask(known func(survey.Identifier) bool) {
	for _, u := range l.units {
		for _, list := range [][]*company{u.fresh, u.changed} {
			for _, c := range list {
				if c.seen != l.turn && c.counts && !c.answer.Record {
					c.seen, c.answer.Known = l.turn, known(c.answer.Organisation)
				}
			}
		}
	}
	l.turn++ // so that count sees them anew
}

// tick lets the unit's next batch leave if there is a safe one.
func (l *Ledger) tick(at int) {
	u := l.units[at]
	leaving := u.fresh[:l.cut(u)]
	if len(leaving) == 0 && (len(u.changed) == 0 || l.policy.Batch > 1) {
		return
	}
	crowds := make([]crowd, len(u.columns))
	for i, k := range u.columns {
		for _, c := range leaving {
			if part, has := c.part(k); has {
				crowds[i].add(part)
			}
		}
	}
	joined := slices.DeleteFunc(slices.Clone(u.changed), func(c *company) bool { return !l.join(u, crowds, c) })
	if len(leaving)+len(joined) == 0 {
		return
	}
	for _, k := range u.columns {
		for _, c := range leaving {
			if part, has := c.part(k); has {
				l.leave(c, k, part, true)
			}
		}
		l.columns[k].kept = true
		l.columns[k].cell.Batches++
	}
	u.fresh = slices.Clone(u.fresh[len(leaving):])
	for _, c := range slices.Concat(leaving, joined) {
		if c.standing[at] == hasMoved {
			u.drop(c, hasMoved)
		}
		c.standing[at] = u.standing(c)
		u.insert(c, c.standing[at])
	}
}

// join lets one correction, transfer or withdrawal leave with the batch if the
// new companies in it hide the change, and if the batches that the company was
// in before are still safe without it.
func (l *Ledger) join(u *unitBook, crowds []crowd, c *company) bool {
	for i, k := range u.columns {
		e, m := c.entries[k], u.unit[i]
		part, _ := c.part(k)
		if e == nil || part.Value == e.Value || e.Waived {
			continue
		}
		with := crowds[i]
		with.target = max(with.target, part.Value-e.Value, e.Value-part.Value)
		if !lasts(l.policy, m, with) {
			return false
		}
		for _, s := range e.Steps {
			if before, yes, no := l.columns[k].crowd(k, s.Batch, c); !hides(l.policy, m, before) || yesNo(m) && (yes < mixed || no < mixed) {
				return false
			}
		}
	}
	for _, k := range u.columns {
		if part, in := c.part(k); c.entries[k] != nil || in {
			l.leave(c, k, part, in)
		}
	}
	return true
}

// leave makes the company's part in a column what it is now, in its next batch.
func (l *Ledger) leave(c *company, k int, part Part, in bool) {
	col, e := l.columns[k], c.entries[k]
	found := e != nil
	if !found {
		e = &Entry{Organisation: c.answer.Organisation}
		c.entries[k] = e
	}
	before := *e
	col.cell.move(e, found, part, in, col.cell.Batches)
	col.touched(c, before, e)
	if len(e.Steps) > len(before.Steps) {
		col.in(col.cell.Batches, c)
	}
	l.moved[c] = true
}

// lasts asks more of what leaves than of what left or stays: a company in it
// may become known to another region later.
func lasts(policy Policy, m survey.Metric, c crowd) bool {
	return yesNo(m) || c.lasts(policy.Members.Percent)
}

func hides(policy Policy, m survey.Metric, c crowd) bool {
	return yesNo(m) || c.protects(policy.Members.Percent)
}

// cut returns how many of the pending companies leave: as many of the oldest
// as the hold-back allows, so that they are safe and those that stay too.
func (l *Ledger) cut(u *unitBook) int {
	n := len(u.fresh)
	least := int(l.policy.Batch)
	most := n - int(l.policy.HoldBack)
	if most < least {
		return 0
	}
	safe := make([]bool, n+1)
	for cut := range safe {
		safe[cut] = cut >= least && cut <= most
	}
	for i, k := range u.columns {
		l.runs(u.unit[i], k, u.fresh, safe)
	}
	for cut := most; cut >= least; cut-- {
		if safe[cut] {
			return cut
		}
	}
	return 0
}

// runs takes away the cuts at which the metric's batch, or what stays, is not
// safe.
func (l *Ledger) runs(m survey.Metric, k int, fresh []*company, safe []bool) {
	var leaves, rest crowd
	var yes, no int64
	for i, c := range fresh {
		if part, has := c.part(k); has {
			leaves.add(part)
			switch {
			case part.Known || part.Waived:
			case part.Value == 0:
				no++
			default:
				yes++
			}
		}
		if leaves.hiding < l.policy.Batch || !lasts(l.policy, m, leaves) || yesNo(m) && l.policy.Batch > 1 && (yes < mixed || no < mixed) {
			safe[i+1] = false
		}
	}
	for i := len(fresh) - 1; i > 0; i-- {
		if part, has := fresh[i].part(k); has {
			rest.add(part)
		}
		if l.policy.HoldBack > 0 && (rest.hiding < l.policy.Batch || !hides(l.policy, m, rest)) {
			safe[i] = false
		}
	}
}

// count sets how many answers have left whole, and reports whether anybody
// waits.
func (l *Ledger) count() bool {
	waiting, any := int64(0), false
	for _, u := range l.units {
		for _, list := range [][]*company{u.fresh, u.changed} {
			for _, c := range list {
				any = true
				if c.seen != l.turn && c.counts && !c.answer.Record {
					c.seen = l.turn
					waiting++
				}
			}
		}
	}
	l.head.Answers = l.answers - waiting
	return any
}

// open are the headline cells as they last left. All carry the same flag while
// any answer waits: which metrics it adds to is its own business.
func (l *Ledger) open(waits bool) []survey.Cell {
	if l.counted == 0 && !slices.ContainsFunc(l.columns, func(c *column) bool { return c.kept }) {
		return nil
	}
	var out []survey.Cell
	for _, u := range l.units {
		for _, k := range u.columns {
			c := &l.columns[k].cell
			cell := survey.Cell{Metric: c.Metric, Value: c.Value, Contributors: c.Contributors}
			switch {
			case l.head.Lost || len(u.changed) > 0:
				cell.Flag = survey.CellChanging
			case waits:
				cell.Flag = survey.CellWaiting
			}
			out = append(out, cell)
		}
	}
	return out
}
