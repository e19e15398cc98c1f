package store

import (
	"maps"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// applyMerge notes that the organisation was merged into another one, or that this was undone. It
// moves the answers and records concerned to their canonical organisations, including those of a
// circle of merges that this change ends.
func (t mirrorTx) applyMerge(o survey.Organisation, on occasion) error {
	var alias aliasRecord
	known, err := t.Get(aliasesBucket, []byte(o.ID), &alias)
	if err != nil || alias.Into == o.MergedInto {
		return err
	}

	// Before the alias changes: afterwards these organisations could not be found.
	homes, err := t.circle(o.ID)
	if err == nil && len(homes) == 0 {
		var home survey.Identifier
		home, err = t.canonical(o.ID)
		homes = append(homes, home)
	}
	if err != nil {
		return err
	}

	if o.MergedInto != "" {
		err = t.Put(aliasesBucket, []byte(o.ID), aliasRecord{Into: o.MergedInto})
	} else if known {
		err = t.Delete(aliasesBucket, []byte(o.ID))
	}
	if err != nil {
		return err
	}

	cycles, err := t.cycles()
	if err != nil {
		return err
	}

	for _, home := range homes {
		if err := t.activities().followMerges(home, on); err != nil {
			return err
		}
		for _, cycle := range cycles {
			if err := t.responses().followMerges(cycle, home, on); err != nil {
				return err
			}
		}
	}
	return nil
}

// followMerges moves each version of the organisation's answers to the canonical organisation of
// the one that it was recorded for. Versions that meet are ordered by time and numbered anew; the
// newest counts.
func (t responseTx) followMerges(cycle survey.Cycle, from survey.Identifier, on occasion) error {
	versions, err := t.versions(cycle, from)
	if err != nil || len(versions) == 0 {
		return err
	}

	homes := map[survey.Identifier][]*responseRecord{}
	for _, r := range versions {
		if r.RecordedFor == "" {
			r.RecordedFor = from
		}
		home, err := t.canonical(r.RecordedFor)
		if err != nil {
			return err
		}

		// A version may have been recorded for any of several merged organisations.
		homes[home] = append(homes[home], r)
	}

	if len(homes[from]) == len(versions) {
		return nil
	}

	// Withdrawn as a whole: the numbers of the remaining versions change too.
	if err := t.withdraw(cycle, from, versions, on); err != nil {
		return err
	}
	wanted := versions[len(versions)-1].Wanted

	for _, home := range slices.Sorted(maps.Keys(homes)) {
		moved := homes[home]
		if home != from {
			if err := t.auditChange(on, "response.move", string(recordKey(cycle, from)), string(home)); err != nil {
				return err
			}

			// Versions that meet are numbered anew, so the resident ones are withdrawn too.
			resident, err := t.versions(cycle, home)
			if err != nil {
				return err
			}
			if err := t.withdraw(cycle, home, resident, on); err != nil {
				return err
			}
			moved = mergeByTime(resident, moved)
		}

		if err := t.putVersions(cycle, home, moved, wanted, on); err != nil {
			return err
		}
	}

	return t.dropClaim(cycle, from)
}

// withdraw deletes all versions of an organisation's answers, and their part of the aggregates, the
// outbox and the copies for other regions.
func (t responseTx) withdraw(cycle survey.Cycle, id survey.Identifier, versions []*responseRecord, on occasion) error {
	if len(versions) == 0 {
		return nil
	}

	// Only the newest version counts; the earlier ones are history.
	current := versions[len(versions)-1]
	if current.Counted != nil {
		if err := t.recount(cycle, id, current, nil, on); err != nil {
			return err
		}
	}

	for _, r := range versions[:len(versions)-1] {
		if err := t.Delete(historyBucket, historyKey(cycle, id, r.Version)); err != nil {
			return err
		}
	}

	if err := t.outbox().plan(cycle, id, nil, on); err != nil {
		return err
	}
	if err := t.planSharing(cycle, id, nil, claimRecord{}, on); err != nil {
		return err
	}
	if err := t.changeCycle(cycle, func(r *cycleRecord) { r.Responses-- }); err != nil {
		return err
	}
	return t.Delete(responsesBucket, recordKey(cycle, id))
}

// mergeByTime merges two lists of versions by the time of recording, without
// changing the order within either.
func mergeByTime(a, b []*responseRecord) []*responseRecord {
	var out []*responseRecord
	for len(a) > 0 && len(b) > 0 {
		if b[0].At.Before(a[0].At) {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// putVersions writes versions, oldest first, under the organisation. Sector and size are those of
// its own newest answers, if there are any.
func (t responseTx) putVersions(cycle survey.Cycle, id survey.Identifier, versions []*responseRecord,
	wanted bool, on occasion) error {
	var own *responseRecord
	for _, r := range versions {
		if r.RecordedFor == id || r.RecordedFor == "" {
			own = r
		}
	}

	for i, r := range versions[:len(versions)-1] {
		r.Version, r.Counted = uint64(i+1), nil
		if err := t.Put(historyBucket, historyKey(cycle, id, r.Version), r); err != nil {
			return err
		}
	}

	current := versions[len(versions)-1]
	current.Version = uint64(len(versions))
	current.Counted = nil
	current.Wanted = current.Wanted || wanted

	// The classification of the moved answers is that of the other organisation.
	if own != nil {
		current.Sector, current.Size = own.Sector, own.Size
	} else if o, ok := t.store.recent.of(id); ok {
		current.Sector, current.Size = o.sector, o.size
	}

	if err := t.changeCycle(cycle, func(r *cycleRecord) { r.Responses++ }); err != nil {
		return err
	}
	return t.settle(cycle, id, current, on)
}

// dropClaim deletes another region's claim from the mirror once no answers here need it.
func (t responseTx) dropClaim(cycle survey.Cycle, id survey.Identifier) error {
	claim, known, err := t.claim(cycle, id)
	if err != nil || !known || claim.mine(t.store.region) {
		return err
	}
	r, err := t.response(cycle, id)
	if err != nil || r != nil {
		return err
	}
	return t.Delete(claimsBucket, recordKey(cycle, id))
}
