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

// activitiesBucket holds one value for each cycle and organisation with
// records in it: cycle/organisation.
const activitiesBucket boltfile.Bucket = "activities"

// activityTx is a transaction on what the region did with organisations: their
// records' places, and what these count.
type activityTx struct{ *txn }

func (t *txn) activities() activityTx { return activityTx{t} }

// placeRecord is what one record says of its organisation in one cycle. It
// stands under the organisation that merges have made of the one recorded.
type placeRecord struct {
	Cycle    survey.Cycle          `cbor:"1,keyasint,omitempty"`
	Category string                `cbor:"2,keyasint,omitempty"`
	Values   []survey.Contribution `cbor:"3,keyasint,omitempty"`
	Deleted  bool                  `cbor:"4,keyasint,omitempty"`
	Supports bool                  `cbor:"5,keyasint,omitempty"`
}

// activityRecord is what the region did with one organisation in one cycle, as
// far as it is counted. An organisation is one contributor, however many
// records it has: the release rules look at contributors.
type activityRecord struct {
	Sector  survey.Sector   `cbor:"1,keyasint,omitempty"`
	Size    survey.SizeBand `cbor:"2,keyasint,omitempty"`
	Counted *countedRecord  `cbor:"3,keyasint,omitempty"`
}

type activityKey struct {
	cycle survey.Cycle
	id    survey.Identifier
}

// activityChange says that an organisation's records in a cycle changed, and
// its sector and size if they were told.
type activityChange struct {
	on       occasion
	sector   survey.Sector
	size     survey.SizeBand
	classify bool
}

// disturb notes that the activity is to be counted anew before the commit.
func (t activityTx) disturb(key activityKey, on occasion) {
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

// eachPlace calls do with the place of every record of the organisation, of
// one kind or (empty) of all, in order of kind and id.
func (t *txn) eachPlace(id survey.Identifier, kind survey.RecordKind, do func(survey.RecordKind, string, placeRecord) (bool, error)) error {
	return boltfile.Values(t.Tx, placesBucket, placePrefix(id, kind), func(key []byte, place *placeRecord) (bool, error) {
		of, recordID, _ := strings.Cut(string(key[len(id)+1:]), "/")
		return do(survey.RecordKind(of), recordID, *place)
	})
}

// place puts a record at its organisation.
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
		t.dueActivities[activityKey{place.Cycle, id}] = activityChange{on: on, sector: w.Sector, size: w.SizeBand, classify: true}
	default:
		t.disturb(activityKey{place.Cycle, id}, on)
	}
	return nil
}

// unplace takes a record away from its organisation.
func (t activityTx) unplace(r survey.Record, on occasion) error {
	id, err := t.canonical(r.Organisation())
	if err != nil || id == "" {
		return err
	}
	if cycle := r.Cycle(); cycle != "" {
		t.disturb(activityKey{cycle, id}, on)
	}
	t.Touch()
	t.places = append(t.places, placeChange{key: placeKey(id, r.Kind, r.ID), turn: len(t.places), gone: true})
	return nil
}

// placeChange puts a record at its organisation, or takes it away. Turn is its
// place among the transaction's changes.
type placeChange struct {
	key   string
	turn  int
	gone  bool
	place placeRecord
}

// flushPlaces writes the places that were kept back, in the order of their
// keys: bbolt splits its pages at the commit only, so that a large list in any
// other order would shift each page as often as it has rows. Of several changes
// of one place the last one is what it is.
func (t activityTx) flushPlaces() error {
	slices.SortFunc(t.places, func(a, b placeChange) int { return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.turn, b.turn)) })
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

// reclassify follows a change of the organisation in the registry,
// unless the cycle is final.
func (t activityTx) reclassify(cycle survey.Cycle, o survey.Organisation, final bool, on occasion) error {
	key := activityKey{cycle, o.ID}
	a, found, err := t.read(key)
	if err != nil || !found || final || a.Sector == o.Sector && a.Size == o.SizeBand {
		return err
	}
	t.dueActivities[key] = activityChange{on: on, sector: o.Sector, size: o.SizeBand, classify: true}
	return nil
}

// recountDue counts anew what the transaction's records have changed.
func (t activityTx) recountDue() error {
	if err := t.flushPlaces(); err != nil {
		return err
	}
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

// recount brings the aggregates, and what the registry is told of
// support, in line with the organisation's records in the cycle.
func (t activityTx) recount(key activityKey, change activityChange) error {
	t.recounted[key] = true // what was adopted of it may have changed alone
	a, found, err := t.read(key)
	if err != nil {
		return err
	}
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

// wanted adds up what the organisation's records in the cycle count,
// nil for nothing. any says whether there are records at all, supports whether
// one of them shows that the region supported the organisation.
func (t activityTx) wanted(key activityKey, a activityRecord) (want *countedRecord, any, supports bool, err error) {
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
		Definitions: survey.CurrentDefinitions, Sector: survey.SectorKey(a.Sector), Size: survey.SizeKey(a.Size), Stage: survey.KeyUnknown,
		Support: supportKeys(given),
	}
	for _, sum := range sums.Sums {
		want.Values = append(want.Values, survey.Contribution{Metric: sum.Metric, Value: sum.Value})
	}
	return want, true, supports, nil
}

// supportKeys returns the given categories in the order of the options, or
// the key for not known.
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

// rehome moves the places of an organisation's records to where the
// merges lead from the organisation that each was recorded for.
func (t activityTx) rehome(from survey.Identifier, on occasion) error {
	if err := t.flushPlaces(); err != nil {
		return err
	}
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
		w := RecordWrite{}
		if cycle := m.record.Cycle(); cycle != "" {
			t.disturb(activityKey{cycle, from}, on)
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

// CountedActivities returns what the region's records add to the cycle's
// aggregates, one entry for each organisation, in the order in which they were
// counted. With [Store.Counted] it is all that [Store.Cells] adds up.
func (s *Store) CountedActivities(cycle survey.Cycle) ([]CountedAnswer, error) {
	var list []CountedAnswer
	err := s.view(func(t *txn) (err error) {
		list, err = t.activities().counted(cycle)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the counted records of %s: %w", cycle, err)
	}
	return list, nil
}

func (t activityTx) counted(cycle survey.Cycle) (list []CountedAnswer, err error) {
	err = boltfile.Values(t.Tx, activitiesBucket, string(cycle)+"/", func(key []byte, a *activityRecord) (bool, error) {
		_, id := splitRecordKey(key)
		if counted := a.Counted.answer(id); counted != nil {
			list = append(list, *counted)
		}
		return true, nil
	})
	inOrderOfCounting(list)
	return list, err
}
