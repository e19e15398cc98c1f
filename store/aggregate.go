package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// countedRecord is exactly how an answer, or an organisation's activity, was counted. It is
// subtracted with the same values, even if its sector or the definitions have changed since.
// Sequence is the order of counting over all cycles.
type countedRecord struct {
	Definitions string                `cbor:"1,keyasint"`
	Sequence    uint64                `cbor:"2,keyasint"`
	Sector      string                `cbor:"3,keyasint"`
	Size        string                `cbor:"4,keyasint"`
	Stage       string                `cbor:"5,keyasint"`
	Support     []string              `cbor:"6,keyasint"`
	Values      []survey.Contribution `cbor:"7,keyasint"`
}

// cycleRecord counts one cycle's answers. Version rises with every transaction that changes the
// cycle's aggregates.
type cycleRecord struct {
	Responses int64  `cbor:"1,keyasint"`
	AnswersIn int64  `cbor:"2,keyasint"`
	Version   uint64 `cbor:"3,keyasint"`
}

// aggregate is one key of one dimension: the sum of each metric, in order of the metrics' ids. A
// metric without contributors has no sum.
type aggregate struct {
	Sums  []metricSum `cbor:"1,keyasint"`
	dirty bool
}

type metricSum struct {
	Metric       string `cbor:"1,keyasint"`
	Value        int64  `cbor:"2,keyasint"`
	Contributors int64  `cbor:"3,keyasint"`
}

// add adds sign times the value, and sign contributors. It returns survey.ErrInvalid for a sum that
// does not fit into an int64.
func (a *aggregate) add(c survey.Contribution, sign int64) error {
	at, found := slices.BinarySearchFunc(a.Sums, c.Metric,
		func(s metricSum, metric string) int { return strings.Compare(s.Metric, metric) })
	if !found {
		a.Sums = slices.Insert(a.Sums, at, metricSum{Metric: c.Metric})
	}

	sum := &a.Sums[at]
	value, ok := survey.AddChecked(sum.Value, sign*c.Value)
	if !ok {
		return fmt.Errorf("%w: the region's total of %s would not fit", survey.ErrInvalid, c.Metric)
	}
	sum.Value = value
	sum.Contributors += sign

	if sum.Contributors == 0 {
		a.Sums = slices.Delete(a.Sums, at, at+1)
	}
	return nil
}

// aggregateKeys returns the keys under which c counts: the whole cycle, and one or more keys of
// each breakdown.
func aggregateKeys(cycle survey.Cycle, c *countedRecord) []string {
	keys := []string{
		aggregateKey(cycle, "", ""),
		aggregateKey(cycle, survey.BySector, c.Sector),
		aggregateKey(cycle, survey.BySize, c.Size),
		aggregateKey(cycle, survey.ByStage, c.Stage),
	}
	for _, support := range c.Support {
		keys = append(keys, aggregateKey(cycle, survey.BySupport, support))
	}
	return keys
}

func aggregateKey(cycle survey.Cycle, dimension survey.Dimension, key string) string {
	return string(cycle) + "/" + string(dimension) + "/" + key
}

// count adds c to the aggregates (sign 1) or subtracts it (sign -1).
func (t *txn) count(cycle survey.Cycle, c *countedRecord, sign int64) error {
	for _, key := range aggregateKeys(cycle, c) {
		a, err := t.aggregate(key)
		if err != nil {
			return err
		}
		t.Touch()
		a.dirty = true
		for _, contribution := range c.Values {
			if err := a.add(contribution, sign); err != nil {
				return err
			}
		}
	}
	t.changedCycles[cycle] = true
	return nil
}

// changeCycle changes the cycle's counters.
func (t *txn) changeCycle(cycle survey.Cycle, change func(*cycleRecord)) error {
	var record cycleRecord
	if _, err := t.Get(cyclesBucket, []byte(cycle), &record); err != nil {
		return err
	}
	change(&record)
	return t.Put(cyclesBucket, []byte(cycle), record)
}

// aggregate returns the decoded aggregate. The flush of the transaction writes it if it is dirty.
func (t *txn) aggregate(key string) (*aggregate, error) {
	if a, ok := t.aggregates[key]; ok {
		return a, nil
	}
	a := &aggregate{}
	if _, err := t.Get(aggregatesBucket, []byte(key), a); err != nil {
		return nil, err
	}
	t.aggregates[key] = a
	return a, nil
}

func (t *txn) flushAggregates() error {
	for key, a := range t.aggregates {
		switch {
		case !a.dirty:
		case len(a.Sums) == 0:
			if err := t.Delete(aggregatesBucket, []byte(key)); err != nil {
				return err
			}
		default:
			if err := t.Put(aggregatesBucket, []byte(key), a); err != nil {
				return err
			}
		}
	}

	// Once for a whole group of answers, so that its version rises by one.
	for cycle := range t.changedCycles {
		if err := t.changeCycle(cycle, func(r *cycleRecord) { r.Version++ }); err != nil {
			return err
		}
	}
	return nil
}

// Cells returns the region's own aggregates of the cycle with everything counted so far, in order
// of dimension ("" first), key and metric id, and the number of answers counted in them. A metric
// without contributors has no cell. They are private to the node: figures leave it through the
// disclosure rules only.
func (s *Store) Cells(cycle survey.Cycle) (cells []survey.Cell, answersIn int64, err error) {
	err = s.view(func(t *txn) error {
		var record cycleRecord
		if _, err := t.Get(cyclesBucket, []byte(cycle), &record); err != nil {
			return err
		}
		answersIn = record.AnswersIn

		prefix := string(cycle) + "/"
		return boltfile.Values(t.Tx, aggregatesBucket, prefix, func(key []byte, a *aggregate) (bool, error) {
			dimension, name, _ := strings.Cut(string(key[len(prefix):]), "/")
			for _, sum := range a.Sums {
				cells = append(cells, survey.Cell{Metric: sum.Metric, Dimension: survey.Dimension(dimension), Key: name,
					Value: sum.Value, Contributors: sum.Contributors})
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the aggregates of %s: %w", cycle, err)
	}
	return cells, answersIn, nil
}

// Cycles returns the cycles for which the region has answers, oldest first.
func (s *Store) Cycles() ([]survey.Cycle, error) { return read(s, (*txn).cycles, "list the cycles") }

func (t *txn) cycles() (cycles []survey.Cycle, err error) {
	keys, err := t.Keys(cyclesBucket, "")
	for _, key := range keys {
		cycles = append(cycles, survey.Cycle(key))
	}
	return cycles, err
}

// Version returns a number that rises whenever the cycle's aggregates change, 0 before the first
// answer. It keeps rising over restarts.
func (s *Store) Version(cycle survey.Cycle) (uint64, error) {
	var record cycleRecord
	err := s.view(func(t *txn) error {
		_, err := t.Get(cyclesBucket, []byte(cycle), &record)
		return err
	})
	return record.Version, err
}

// CountedItem is the contribution of one organisation's answer, activity or adoptions to the
// region's aggregates: its keys in the breakdowns and its values. Sequence rises in the order of
// counting; a correction or a new sector counts an answer anew.
type CountedItem struct {
	Organisation survey.Identifier
	Sequence     uint64
	Sector       string
	Size         string
	Stage        string
	Support      []string
	Values       []survey.Contribution
}

// Counted returns the answers that make up the cycle's aggregates, in the order in which they were
// counted. The disclosure rules need to know which contributors are new since the last release and
// how large the largest is.
func (s *Store) Counted(cycle survey.Cycle) ([]CountedItem, error) {
	return read(s, func(t *txn) ([]CountedItem, error) { return t.responses().counted(cycle) },
		"list the counted answers of %s", cycle)
}

func (t responseTx) counted(cycle survey.Cycle) (answers []CountedItem, err error) {
	err = boltfile.Values(t.Tx, responsesBucket, string(cycle)+"/", func(key []byte, r *responseRecord) (bool, error) {
		_, id := splitRecordKey(key)
		if a := r.Counted.item(id); a != nil {
			answers = append(answers, *a)
		}
		return true, nil
	})
	sortBySequence(answers)
	return answers, err
}

// definitionsOf returns the definitions by which answers count in the cycle: its campaign's, if
// this node knows them and they are for the questionnaire, else those for the questionnaire.
func (t responseTx) definitionsOf(cycle survey.Cycle, questionnaire string) (survey.Definitions, error) {
	var campaign campaignRecord
	if _, err := t.Get(campaignsBucket, []byte(cycle), &campaign); err != nil {
		return survey.Definitions{}, err
	}

	// A campaign may name definitions that this node has not been given yet.
	if d, err := t.store.editions.Definitions(campaign.Definitions); err == nil && d.Questionnaire == questionnaire {
		return d, nil
	}

	d, err := t.store.editions.DefinitionsFor(questionnaire)
	if err != nil {
		return survey.Definitions{ID: survey.CurrentDefinitions}, nil // they count none of its answers
	}
	return d, nil
}

// countedWith returns how the response counts now.
func (t responseTx) countedWith(cycle survey.Cycle, r *responseRecord) (*countedRecord, error) {
	// The definitions of today, unlike the subtraction, which uses those of the counting.
	definitions, err := t.definitionsOf(cycle, r.Answers.Questionnaire)
	if err != nil {
		return nil, err
	}
	return &countedRecord{
		Definitions: definitions.ID,
		Sector:      survey.SectorKey(r.Sector),
		Size:        survey.SizeKey(r.Size),
		Stage:       r.Answers.Stage(),
		Support:     r.Answers.Support(),
		Values:      definitions.Contributions(r.Answers),
	}, nil
}

// same reports whether both count alike, whatever their sequence numbers.
func (c *countedRecord) same(other *countedRecord) bool {
	if c == nil || other == nil {
		return c == other
	}
	return c.Definitions == other.Definitions && c.Sector == other.Sector && c.Size == other.Size &&
		c.Stage == other.Stage && slices.Equal(c.Support, other.Support) && slices.Equal(c.Values, other.Values)
}
