package disclosure

import (
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// Tick applies the release rule once to an open campaign. From each unit the
// oldest waiting companies leave as a batch if the batch and the companies that
// stay are both safe; else the unit keeps its figures. It returns the headline
// cells and the number of answers of which all figures are in them. known, if not
// nil, is asked again for every answer that may leave whether another region may
// know it.
func (q *Queue) Tick(policy Policy, known func(survey.Identifier) bool) (cells []survey.Cell, answers int64) {
	q.refresh()
	q.policy = policy
	if q.head.Lost {
		return q.headlineCells(true), q.head.Answers
	}

	if known != nil {
		q.refreshKnown(known)
	}
	for k := range q.units {
		q.releaseUnit(k)
	}
	waiting, some := q.countWaiting()
	q.head.Answers = q.answers - waiting
	return q.headlineCells(some), q.head.Answers
}

// eachWaiting calls do once for every answer that may leave.
func (q *Queue) eachWaiting(do func(c *company)) {
	q.turn++
	for _, u := range q.units {
		for _, list := range [][]*company{u.fresh, u.changed} {
			for _, c := range list {
				if c.seen != q.turn && c.counts && !c.answer.Record {
					c.seen = q.turn
					do(c)
				}
			}
		}
	}
}

// refreshKnown asks for the answers that may leave whether another region may
// know them.
func (q *Queue) refreshKnown(known func(survey.Identifier) bool) {
	q.eachWaiting(func(c *company) { c.answer.Known = known(c.answer.Organisation) })
}

// countWaiting returns the number of answers that have not left whole, and
// whether any part waits: of an answer, a record or a withdrawal.
func (q *Queue) countWaiting() (answers int64, some bool) {
	q.eachWaiting(func(*company) { answers++ })
	for _, u := range q.units {
		some = some || len(u.fresh)+len(u.changed) > 0
	}
	return answers, some
}

// releaseUnit lets the unit's next batch leave if there is a safe one.
func (q *Queue) releaseUnit(at int) {
	u := q.units[at]
	leaving := u.fresh[:q.batchSize(u)]
	if len(leaving) == 0 && (len(u.changed) == 0 || q.policy.Batch > 1) {
		return
	}

	// Corrections and withdrawals join where the new companies protect them.
	batch := make([]contributors, len(u.columns))
	for i, k := range u.columns {
		for _, c := range leaving {
			if part, has := c.part(k); has {
				batch[i].add(part)
			}
		}
	}
	var joined []*company
	for _, c := range slices.Clone(u.changed) {
		if q.safeBeside(u, batch, c) {
			q.leaveChanged(u, c)
			joined = append(joined, c)
		}
	}
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
	// Their standing is another now, in this unit alone.
	for _, c := range slices.Concat(leaving, joined) {
		if c.standing[at] == standingChanged {
			u.drop(c, standingChanged)
		}
		c.standing[at] = u.standing(c)
		u.insert(c, c.standing[at])
	}
}

// safeBeside reports whether one correction, transfer or withdrawal may leave with the batch: the
// new companies in the batch protect the change, and the company's earlier batches stay safe
// without it.
func (q *Queue) safeBeside(u *unitQueue, batch []contributors, c *company) bool {
	for i, k := range u.columns {
		e, m := c.entries[k], u.unit[i]
		part, _ := c.part(k)
		if e == nil || part.Value == e.Value || e.Waived {
			continue
		}

		with := batch[i]
		with.target = max(with.target, part.Value-e.Value, e.Value-part.Value)
		if !batchSafe(q.policy, m, with) {
			return false
		}
		// Two releases together could cancel the company in an earlier batch.
		for _, s := range e.Steps {
			if earlier := q.columns[k].batchWithout(k, s.Batch, c); !earlier.protect(q.policy, m) {
				return false
			}
		}
	}

	return true
}

// leaveChanged lets one correction, transfer or withdrawal leave in every column of the unit.
func (q *Queue) leaveChanged(u *unitQueue, c *company) {
	for _, k := range u.columns {
		if part, in := c.part(k); c.entries[k] != nil || in {
			q.leave(c, k, part, in)
		}
	}
}

// leave releases the company's part in a column with the column's next batch.
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

// batchSize returns how many of the waiting companies leave: as many of the
// oldest as the hold-back allows, so that they are safe and those that stay too.
func (q *Queue) batchSize(u *unitQueue) int {
	n := len(u.fresh)
	smallest, largest := int(q.policy.Batch), n-int(q.policy.HoldBack)
	if largest < smallest {
		return 0
	}
	safe := make([]bool, n+1)
	for size := range safe {
		safe[size] = size >= smallest && size <= largest
	}

	// Every metric of the unit may forbid sizes.
	for i, k := range u.columns {
		q.excludeUnsafe(u.unit[i], k, u.fresh, safe)
	}

	for size := largest; size >= smallest; size-- {
		if safe[size] {
			return size
		}
	}
	return 0
}

// excludeUnsafe marks the sizes of a batch as unsafe at which the metric's batch
// or the companies that stay are not safe.
func (q *Queue) excludeUnsafe(m survey.Metric, k int, fresh []*company, safe []bool) {
	var leaves, rest contributors
	for i, c := range fresh {
		if part, has := c.part(k); has {
			leaves.addAnswer(part, part.Value != 0)
		}
		few := leaves.protecting < q.policy.Batch
		unmixed := yesNo(m) && q.policy.Batch > 1 && !leaves.mixed()
		// With a batch of one, everything leaves at once.
		if few || unmixed || !batchSafe(q.policy, m, leaves) {
			safe[i+1] = false
		}
	}

	if q.policy.HoldBack == 0 {
		return
	}
	// The companies that stay leave at the close at the latest.
	for i := len(fresh) - 1; i > 0; i-- {
		if part, has := fresh[i].part(k); has {
			rest.add(part)
		}
		if rest.protecting < q.policy.Batch || !restSafe(q.policy, m, rest) {
			safe[i] = false
		}
	}
}

// batchSafe applies the p% rule to a leaving batch with one company to spare, so
// that it still holds when one of them becomes known to another region. The rule
// says nothing of metrics that count yes.
func batchSafe(policy Policy, m survey.Metric, c contributors) bool {
	return yesNo(m) || c.safeAfterLoss(policy.Members.Percent)
}

// restSafe applies the p% rule to the companies that stay.
func restSafe(policy Policy, m survey.Metric, c contributors) bool {
	return yesNo(m) || c.safe(policy.Members.Percent)
}

// headlineCells returns the released headline cells. All carry the same flag
// while any answer waits: otherwise the flags would say to which metrics it adds.
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
