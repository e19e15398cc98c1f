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
func (q *Queue) Tick(policy Policy, known func(survey.Identifier) bool) (cells []survey.Cell, answers int64) {
	q.refresh()
	q.policy = policy
	q.turn++
	waits := q.head.Lost
	if !q.head.Lost {
		if known != nil {
			q.refreshKnown(known)
		}
		for k := range q.units {
			q.releaseUnit(k)
		}
		waits = q.countWaiting()
	}
	return q.headlineCells(waits), q.head.Answers
}

// refreshKnown asks of those who may leave whether another region may know their answer.
func (q *Queue) refreshKnown(known func(survey.Identifier) bool) {
	for _, u := range q.units {
		for _, list := range [][]*company{u.fresh, u.changed} {
			for _, c := range list {
				if c.seen != q.turn && c.counts && !c.answer.Record {
					c.seen, c.answer.Known = q.turn, known(c.answer.Organisation)
				}
			}
		}
	}
	q.turn++ // so that count sees them anew
}

// releaseUnit lets the unit's next batch leave if there is a safe one.
func (q *Queue) releaseUnit(at int) {
	u := q.units[at]
	leaving := u.fresh[:q.batchSize(u)]
	if len(leaving) == 0 && (len(u.changed) == 0 || q.policy.Batch > 1) {
		return
	}
	batches := make([]contributors, len(u.columns))
	for i, k := range u.columns {
		for _, c := range leaving {
			if part, has := c.part(k); has {
				batches[i].add(part)
			}
		}
	}
	joined := slices.DeleteFunc(slices.Clone(u.changed), func(c *company) bool { return !q.join(u, batches, c) })
	if len(leaving)+len(joined) == 0 {
		return
	}
	for _, k := range u.columns {
		for _, c := range leaving {
			if part, has := c.part(k); has {
				q.leave(c, k, part, true)
			}
		}
		q.columns[k].kept = true
		q.columns[k].cell.Batches++
	}
	u.fresh = slices.Clone(u.fresh[len(leaving):])
	for _, c := range slices.Concat(leaving, joined) {
		if c.standing[at] == standingChanged {
			u.drop(c, standingChanged)
		}
		c.standing[at] = u.standing(c)
		u.insert(c, c.standing[at])
	}
}

// join lets one correction, transfer or withdrawal leave with the batch if the
// new companies in it hide the change, and if the batches that the company was
// in before are still safe without it.
func (q *Queue) join(u *unitQueue, batches []contributors, c *company) bool {
	for i, k := range u.columns {
		e, m := c.entries[k], u.unit[i]
		part, _ := c.part(k)
		if e == nil || part.Value == e.Value || e.Waived {
			continue
		}
		with := batches[i]
		with.target = max(with.target, part.Value-e.Value, e.Value-part.Value)
		if !batchSafe(q.policy, m, with) {
			return false
		}
		for _, s := range e.Steps {
			if before, yes, no := q.columns[k].batchWithout(k, s.Batch, c); !restSafe(q.policy, m, before) || yesNo(m) && (yes < minEach || no < minEach) {
				return false
			}
		}
	}
	for _, k := range u.columns {
		if part, in := c.part(k); c.entries[k] != nil || in {
			q.leave(c, k, part, in)
		}
	}
	return true
}

// leave makes the company's part in a column what it is now, in its next batch.
func (q *Queue) leave(c *company, k int, part Part, in bool) {
	col, e := q.columns[k], c.entries[k]
	found := e != nil
	if !found {
		e = &Entry{Organisation: c.answer.Organisation}
		c.entries[k] = e
	}
	before := *e
	col.cell.move(e, found, part, in, col.cell.Batches)
	col.updateTallies(c, before, e)
	if len(e.Steps) > len(before.Steps) {
		col.addToBatch(col.cell.Batches, c)
	}
	q.unsaved[c] = true
}

// batchSafe asks more of what leaves than of what left or stays: a company in it
// may become known to another region later.
func batchSafe(policy Policy, m survey.Metric, c contributors) bool {
	return yesNo(m) || c.safeAfterLoss(policy.Members.Percent)
}

func restSafe(policy Policy, m survey.Metric, c contributors) bool {
	return yesNo(m) || c.safe(policy.Members.Percent)
}

// batchSize returns how many of the pending companies leave: as many of the oldest
// as the hold-back allows, so that they are safe and those that stay too.
func (q *Queue) batchSize(u *unitQueue) int {
	n := len(u.fresh)
	least := int(q.policy.Batch)
	most := n - int(q.policy.HoldBack)
	if most < least {
		return 0
	}
	safe := make([]bool, n+1)
	for cut := range safe {
		safe[cut] = cut >= least && cut <= most
	}
	for i, k := range u.columns {
		q.excludeUnsafe(u.unit[i], k, u.fresh, safe)
	}
	for cut := most; cut >= least; cut-- {
		if safe[cut] {
			return cut
		}
	}
	return 0
}

// excludeUnsafe takes away the cuts at which the metric's batch, or what stays, is not
// safe.
func (q *Queue) excludeUnsafe(m survey.Metric, k int, fresh []*company, safe []bool) {
	var leaves, rest contributors
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
		if leaves.protecting < q.policy.Batch || !batchSafe(q.policy, m, leaves) || yesNo(m) && q.policy.Batch > 1 && (yes < minEach || no < minEach) {
			safe[i+1] = false
		}
	}
	for i := len(fresh) - 1; i > 0; i-- {
		if part, has := fresh[i].part(k); has {
			rest.add(part)
		}
		if q.policy.HoldBack > 0 && (rest.protecting < q.policy.Batch || !restSafe(q.policy, m, rest)) {
			safe[i] = false
		}
	}
}

// countWaiting sets how many answers have left whole, and reports whether anybody
// waits.
func (q *Queue) countWaiting() bool {
	waiting, any := int64(0), false
	for _, u := range q.units {
		for _, list := range [][]*company{u.fresh, u.changed} {
			for _, c := range list {
				any = true
				if c.seen != q.turn && c.counts && !c.answer.Record {
					c.seen = q.turn
					waiting++
				}
			}
		}
	}
	q.head.Answers = q.answers - waiting
	return any
}

// headlineCells are the headline cells as they last left. All carry the same flag while
// any answer waits: which metrics it adds to is its own business.
func (q *Queue) headlineCells(waits bool) []survey.Cell {
	if q.counted == 0 && !slices.ContainsFunc(q.columns, func(c *column) bool { return c.kept }) {
		return nil
	}
	var out []survey.Cell
	for _, u := range q.units {
		for _, k := range u.columns {
			c := &q.columns[k].cell
			cell := survey.Cell{Metric: c.Metric, Value: c.Value, Contributors: c.Contributors}
			switch {
			case q.head.Lost || len(u.changed) > 0:
				cell.Flag = survey.CellChanging
			case waits:
				cell.Flag = survey.CellWaiting
			}
			out = append(out, cell)
		}
	}
	return out
}
