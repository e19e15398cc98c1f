package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// activitiesBucket has one value for each cycle and organisation with records in that cycle:
// cycle/organisation.
const activitiesBucket boltfile.Bucket = "activities"

// activityTx is a transaction on the region's work with organisations: where their records stand,
// and what those records count.
type activityTx struct{ *txn }

func (t *txn) activities() activityTx { return activityTx{t} }

// placeRecord is one record's contribution to its organisation in one cycle. It stands under the
// canonical organisation, which merges have made of the one recorded.
type placeRecord struct {
	Cycle    survey.Cycle          `cbor:"1,keyasint,omitempty"`
	Category string                `cbor:"2,keyasint,omitempty"`
	Values   []survey.Contribution `cbor:"3,keyasint,omitempty"`
	Deleted  bool                  `cbor:"4,keyasint,omitempty"`
	Supports bool                  `cbor:"5,keyasint,omitempty"`
}

// activityRecord is the counted part of the region's work with one organisation in one cycle. An
// organisation is one contributor, however many records it has, because the disclosure rules look
// at contributors.
type activityRecord struct {
	Sector  survey.Sector   `cbor:"1,keyasint,omitempty"`
	Size    survey.SizeBand `cbor:"2,keyasint,omitempty"`
	Counted *countedRecord  `cbor:"3,keyasint,omitempty"`
}

type activityKey struct {
	cycle survey.Cycle
	id    survey.Identifier
}

// activityChange says that an organisation's records in a cycle changed. With classify set, its
// sector and size change too.
type activityChange struct {
	on       occasion
	sector   survey.Sector
	size     survey.SizeBand
	classify bool
}

// markDue notes that the activity must be counted anew before the commit.
func (t activityTx) markDue(key activityKey, on occasion) {
	change := t.dueActivities[key]
	change.on = on
	t.dueActivities[key] = change
}

func placePrefix(id survey.Identifier, kind survey.RecordKind) string {
	if kind == "" {
		return string(id) + "/"
	}
	return string(id) + "/" + string(kind) + "/"
}

func placeKey(id survey.Identifier, kind survey.RecordKind, record string) string {
	return string(id) + "/" + string(kind) + "/" + record
}

func placeOf(r survey.Record) placeRecord {
	place := placeRecord{Cycle: r.Cycle(), Values: r.Contributions(), Deleted: r.Deleted, Supports: r.Supports()}
	if r.Kind == survey.RecordEngagements && !r.Deleted {
		place.Category = r.Text("category")
	}
	return place
}

// eachPlace calls do with the place of every record of the organisation in order of kind and id,
// until do returns false. An empty kind means all kinds.
func (t *txn) eachPlace(id survey.Identifier, kind survey.RecordKind,
	do func(survey.RecordKind, string, placeRecord) (bool, error)) error {
	prefix := placePrefix(id, kind)
	return boltfile.Values(t.Tx, placesBucket, prefix, func(key []byte, place *placeRecord) (bool, error) {
		of, recordID, _ := strings.Cut(string(key[len(id)+1:]), "/")
		return do(survey.RecordKind(of), recordID, *place)
	})
}

// place puts a record at its organisation when the transaction is flushed.
func (t activityTx) place(r survey.Record, w RecordWrite, on occasion) error {
	id, err := t.canonical(r.Organisation())
	if err != nil || id == "" {
		return err
	}

	place := placeOf(r)
	t.Touch()
	t.places = append(t.places, placeChange{key: placeKey(id, r.Kind, r.ID), turn: len(t.places), place: place})

	switch {
	case place.Cycle == "":
	case w.Sector != "" || w.SizeBand != "":
		change := activityChange{on: on, sector: w.Sector, size: w.SizeBand, classify: true}
		t.dueActivities[activityKey{place.Cycle, id}] = change
	default:
		t.markDue(activityKey{place.Cycle, id}, on)
	}
	return nil
}

// unplace removes a record from its organisation when the transaction is flushed.
func (t activityTx) unplace(r survey.Record, on occasion) error {
	id, err := t.canonical(r.Organisation())
	if err != nil || id == "" {
		return err
	}
	if cycle := r.Cycle(); cycle != "" {
		t.markDue(activityKey{cycle, id}, on)
	}

	t.Touch()
	t.places = append(t.places, placeChange{key: placeKey(id, r.Kind, r.ID), turn: len(t.places), gone: true})
	return nil
}

// placeChange puts a record at its organisation, or removes it. Turn numbers the changes of one
// transaction.
type placeChange struct {
	key   string
	turn  int
	gone  bool
	place placeRecord
}

// flushPlaces writes the places that the transaction holds back. It writes them in the order of
// their keys: bbolt splits its pages at the commit only, so that a large list in any other order
// would shift each page as often as it has rows. Of several changes of one place the last one
// counts.
func (t activityTx) flushPlaces() error {
	slices.SortFunc(t.places, func(a, b placeChange) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.turn, b.turn))
	})

	for i := range t.places {
		c := &t.places[i]
		if i+1 < len(t.places) && t.places[i+1].key == c.key {
			continue
		}
		if c.gone {
			if err := t.Delete(placesBucket, []byte(c.key)); err != nil {
				return err
			}
		} else if err := t.Put(placesBucket, []byte(c.key), &c.place); err != nil {
			return err
		}
	}
	t.places = nil
	return nil
}

func (t activityTx) read(key activityKey) (activityRecord, bool, error) {
	var a activityRecord
	found, err := t.Get(activitiesBucket, recordKey(key.cycle, key.id), &a)
	return a, found, err
}

// reclassify follows a change of the organisation in the registry. It does nothing in a final
// cycle.
func (t activityTx) reclassify(cycle survey.Cycle, o survey.Organisation, final bool, on occasion) error {
	key := activityKey{cycle, o.ID}
	a, found, err := t.read(key)
	if err != nil || !found || final || a.Sector == o.Sector && a.Size == o.SizeBand {
		return err
	}
	t.dueActivities[key] = activityChange{on: on, sector: o.Sector, size: o.SizeBand, classify: true}
	return nil
}

// recountDue counts the activities anew whose records the transaction has changed.
func (t activityTx) recountDue() error {
	if err := t.flushPlaces(); err != nil {
		return err
	}

	// In a fixed order, so that sequence numbers do not depend on the order of a map.
	keys := slices.SortedFunc(maps.Keys(t.dueActivities), func(a, b activityKey) int {
		return cmp.Or(cmp.Compare(a.cycle, b.cycle), cmp.Compare(a.id, b.id))
	})
	for _, key := range keys {
		if err := t.recount(key, t.dueActivities[key]); err != nil {
			return err
		}
	}
	clear(t.dueActivities)
	return nil
}

// recount brings the aggregates, and the support to be told to the registry, in line with the
// organisation's records in the cycle.
func (t activityTx) recount(key activityKey, change activityChange) error {
	// Noted even if the counted values stay the same: its adoptions may have changed alone.
	t.recounted[key] = true

	a, found, err := t.read(key)
	if err != nil {
		return err
	}

	// The registry may have told of a newer sector than the caller of the first record knew.
	if recent, ok := t.store.recent.of(key.id); ok && !found {
		a.Sector, a.Size = recent.sector, recent.size
	}
	if change.classify {
		a.Sector, a.Size = change.sector, change.size
	}

	want, any, supports, err := t.wanted(key, a)
	if err != nil {
		return err
	}

	// Subtracted as it was counted, whatever the sector or the definitions are by now.
	if !a.Counted.same(want) {
		if a.Counted != nil {
			if err := t.count(key.cycle, a.Counted, -1); err != nil {
				return err
			}
		}
		if want != nil {
			if want.Sequence, err = t.Next(aggregatesBucket); err != nil {
				return err
			}
			if err := t.count(key.cycle, want, 1); err != nil {
				return err
			}
		}
		a.Counted = want
	}

	if supports {
		if err := t.outbox().planSupported(key, change.on); err != nil {
			return err
		}
	}

	if !any {
		if !found {
			return nil
		}
		return t.Delete(activitiesBucket, recordKey(key.cycle, key.id))
	}
	return t.Put(activitiesBucket, recordKey(key.cycle, key.id), a)
}

// wanted adds up what the organisation's records in the cycle count; want is nil if they count
// nothing. any reports whether there are records at all, supports whether one of them shows that
// the region supported the organisation.
func (t activityTx) wanted(key activityKey, a activityRecord) (want *countedRecord, any, supports bool, err error) {
	// The organisation is one contributor: its records are summed up before they count.
	sums := aggregate{}
	given := map[string]bool{}

	err = t.eachPlace(key.id, "", func(_ survey.RecordKind, _ string, place placeRecord) (bool, error) {
		if place.Cycle != key.cycle {
			return true, nil
		}
		any, supports = true, supports || place.Supports
		if place.Category != "" {
			given[place.Category] = true
		}
		for _, c := range place.Values {
			if err := sums.add(c, 1); err != nil {
				return false, err
			}
		}
		return true, nil
	})

	if err != nil || len(sums.Sums) == 0 {
		return nil, any, supports, err
	}

	want = &countedRecord{
		Definitions: survey.CurrentDefinitions, Sector: survey.SectorKey(a.Sector), Size: survey.SizeKey(a.Size),
		Stage: survey.KeyUnknown, Support: supportKeys(given),
	}
	for _, sum := range sums.Sums {
		want.Values = append(want.Values, survey.Contribution{Metric: sum.Metric, Value: sum.Value})
	}
	return want, true, supports, nil
}

// supportKeys returns the given categories in the order of the options, or the key for unknown if
// none is given.
func supportKeys(given map[string]bool) []string {
	var keys []string
	for _, o := range survey.SupportCategories() {
		if given[o.Code] {
			keys = append(keys, o.Code)
		}
	}
	if keys == nil {
		keys = []string{survey.KeyUnknown}
	}
	return keys
}

// followMerges moves the places of an organisation's records to the canonical organisation of the
// one that each was recorded for.
func (t activityTx) followMerges(from survey.Identifier, on occasion) error {
	if err := t.flushPlaces(); err != nil {
		return err
	}

	// Collected first: a bucket must not be written while it is read.
	type move struct {
		record survey.Record
		home   survey.Identifier
	}

	var moves []move
	err := t.eachPlace(from, "", func(kind survey.RecordKind, id string, _ placeRecord) (bool, error) {
		k, err := t.kept(kind, id)
		if err != nil {
			return false, err
		}
		if k == nil {
			return false, t.Damaged(fmt.Sprintf("places %s %s: there is no such record", kind, id))
		}
		r := k.record(kind, id)
		home, err := t.canonical(r.Organisation())
		if home != from {
			moves = append(moves, move{r, home})
		}
		return true, err
	})
	if err != nil {
		return err
	}

	for _, m := range moves {
		if err := t.Delete(placesBucket, []byte(placePrefix(from, m.record.Kind)+m.record.ID)); err != nil {
			return err
		}

		// The place goes under the canonical organisation of the one recorded; both activities
		// change.
		w := RecordWrite{}
		if cycle := m.record.Cycle(); cycle != "" {
			t.markDue(activityKey{cycle, from}, on)
			// An organisation with records of its own in the cycle keeps its sector and size.
			if _, resident, err := t.read(activityKey{cycle, m.home}); err != nil {
				return err
			} else if old, found, err := t.read(activityKey{cycle, from}); err != nil {
				return err
			} else if found && !resident {
				w.Sector, w.SizeBand = old.Sector, old.Size
			}
		}

		if err := t.place(m.record, w, on); err != nil {
			return err
		}
	}
	return nil
}

// CountedActivities returns the contributions of the region's records to the
// cycle's aggregates, one item for each organisation, in the order in which they
// were counted. [Store.Cells] is the sum of these and of [Store.Counted].
func (s *Store) CountedActivities(cycle survey.Cycle) ([]CountedItem, error) {
	return read(s, func(t *txn) ([]CountedItem, error) { return t.activities().counted(cycle) },
		"list the counted records of %s", cycle)
}

func (t activityTx) counted(cycle survey.Cycle) (list []CountedItem, err error) {
	err = boltfile.Values(t.Tx, activitiesBucket, string(cycle)+"/", func(key []byte, a *activityRecord) (bool, error) {
		_, id := splitRecordKey(key)
		if counted := a.Counted.item(id); counted != nil {
			list = append(list, *counted)
		}
		return true, nil
	})
	sortBySequence(list)
	return list, err
}
