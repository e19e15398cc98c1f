package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// measuring adds up what the region recorded of its own work, in the metrics of
// the current definitions. What was estimated or modelled has metrics of its
// own: it never enters what was counted.
type measuring struct {
	cells map[survey.Cell]*survey.Cell // by metric, dimension and key
	names survey.ProgrammeList
}

// measuredKinds are the records of the region's own work that [Store.Measures]
// adds up.
func measuredKinds() []survey.RecordKind {
	return []survey.RecordKind{survey.RecordMeasures, survey.RecordSafetyMeasures, survey.RecordStakeholders, survey.RecordFunding}
}

// Measures returns the cells of the region's own work in the cycle: what its
// programmes and safety measures count, its stakeholder survey and its funding,
// by metric, dimension and key. Contributors are records. No company's figure
// is in them. Deleted records count nowhere.
func (s *Store) Measures(cycle survey.Cycle) ([]survey.Cell, error) {
	m := measuring{cells: map[survey.Cell]*survey.Cell{}, names: survey.Programmes()}
	takes := map[survey.RecordKind]func(survey.Record) error{
		survey.RecordMeasures:       func(r survey.Record) error { return m.measure(r, "programme") },
		survey.RecordSafetyMeasures: func(r survey.Record) error { return m.measure(r, "safety") },
		survey.RecordStakeholders:   m.stakeholders,
		survey.RecordFunding:        m.funding,
	}
	err := s.view(func(t *txn) error {
		for _, kind := range measuredKinds() {
			err := t.records().each(kind, func(r survey.Record) (bool, error) {
				if r.Deleted || r.Cycle() != cycle {
					return true, nil
				}
				return true, takes[kind](r)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add up the measures of %s: %w", cycle, err)
	}
	out := make([]survey.Cell, 0, len(m.cells))
	for _, c := range m.cells {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b survey.Cell) int {
		return cmp.Or(strings.Compare(a.Metric, b.Metric), strings.Compare(string(a.Dimension), string(b.Dimension)), strings.Compare(a.Key, b.Key))
	})
	return out, nil
}

// add adds to the whole and to one key of a breakdown.
func (m *measuring) add(metric string, dimension survey.Dimension, key string, value int64) error {
	places := []survey.Cell{{Metric: metric}}
	if dimension != "" {
		places = append(places, survey.Cell{Metric: metric, Dimension: dimension, Key: key})
	}
	for _, place := range places {
		c := m.cells[place]
		if c == nil {
			c = &survey.Cell{Metric: place.Metric, Dimension: place.Dimension, Key: place.Key}
			m.cells[place] = c
		}
		sum, ok := survey.AddChecked(c.Value, value)
		if !ok {
			return fmt.Errorf("%w: the region's total of %s would not fit", survey.ErrInvalid, metric)
		}
		c.Value = sum
		c.Contributors++
	}
	return nil
}

// measured reports whether a figure was counted, not estimated or modelled, nor
// an upper limit.
func measured(r survey.Record, field string) bool {
	qualifier, basis := r.Text(field+"_qualifier"), r.Text(field+"_basis")
	return (qualifier == "" || qualifier == string(survey.QualifierExact) || qualifier == string(survey.QualifierAtLeast)) &&
		(basis == "" || basis == "measured")
}

// measure takes a programme's or a safety measure. One whose name is not
// declared is counted as a measure; its value cannot be added to others.
func (m *measuring) measure(r survey.Record, work string) error {
	programme := m.names.Programme(r.Text("programme"))
	if err := m.add(work+"_measures", survey.ByProgramme, programme, 1); err != nil {
		return err
	}
	of := m.names.Measure(r.Text("name"))
	value, given := r.Number("value")
	if of == "" || !given {
		return nil
	}
	metric := work + "_" + of
	if !measured(r, "value") {
		metric += "_estimated"
	}
	return m.add(metric, survey.ByProgramme, programme, value)
}

// stakeholders takes one result of ss-1: how many answered, how many of them
// were positive.
func (m *measuring) stakeholders(r survey.Record) error {
	group := m.names.Group(r.Text("group"))
	for _, part := range []string{"answered", "positive"} {
		value, _ := r.Number(part)
		if err := m.add("stakeholder_"+r.Text("question")+"_"+part, survey.ByGroup, group, value); err != nil {
			return err
		}
	}
	return nil
}

func (m *measuring) funding(r survey.Record) error {
	amount, given := r.Number("amount")
	if !given {
		return nil
	}
	metric := "funding"
	if !measured(r, "amount") {
		metric = "funding_estimated"
	}
	return m.add(metric, "", "", amount)
}

// countedAdoptions returns what the region's records of adoptions say of each
// organisation's products in the cycle: sites and patients, in order of
// organisation. It goes through the release rules like an answer. Sequence is
// not given; the breakdowns are those of the organisation's activity.
func (t *txn) countedAdoptions(cycle survey.Cycle) (out []CountedAnswer, err error) {
	sums := map[survey.Identifier]*aggregate{}
	err = t.records().each(survey.RecordAdoptions, func(r survey.Record) (bool, error) {
		if r.Deleted || r.Cycle() != cycle {
			return true, nil
		}
		id, err := t.canonical(r.Organisation())
		if err != nil {
			return false, err
		}
		if sums[id] == nil {
			sums[id] = &aggregate{}
		}
		return true, sums[id].addAdoption(r)
	})
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		a, _, err := t.activities().read(activityKey{cycle, id})
		if err != nil {
			return nil, err
		}
		if c := sums[id].adoptions(id, a); c != nil {
			out = append(out, *c)
		}
	}
	return out, nil
}

// addAdoption adds the sites and the patients of one adoption.
func (a *aggregate) addAdoption(r survey.Record) error {
	for _, field := range []string{"sites", "patients"} {
		value, given := r.Number(field)
		if !given {
			continue
		}
		metric := "adoption_" + field
		if !measured(r, field) {
			metric += "_estimated"
		}
		if err := a.add(survey.Contribution{Metric: metric, Value: value}, 1); err != nil {
			return err
		}
	}
	return nil
}

// adoptions shows the sums of one organisation's adoptions, nil for none.
func (a *aggregate) adoptions(id survey.Identifier, of activityRecord) *CountedAnswer {
	if len(a.Sums) == 0 {
		return nil
	}
	c := &CountedAnswer{Organisation: id, Sector: survey.SectorKey(of.Sector), Size: survey.SizeKey(of.Size), Stage: survey.KeyUnknown,
		Support: []string{survey.KeyUnknown}}
	for _, m := range a.Sums {
		c.Values = append(c.Values, survey.Contribution{Metric: m.Metric, Value: m.Value})
	}
	return c
}

// AreaFigures are what the counted answers and records of the organisations in
// one area add up to, in order of the metrics' ids. They are for the region's
// own staff: no release rule is applied, and they never leave the node.
type AreaFigures struct {
	Area          string       `json:"area"`
	Organisations int          `json:"organisations"` // that lie in it
	Answers       int          `json:"answers"`       // of them that are counted
	Figures       []AreaFigure `json:"figures"`
}

// AreaFigure is the sum of one metric, in its unit.
type AreaFigure struct {
	Metric       string `json:"metric"`
	Value        int64  `json:"value"`
	Contributors int64  `json:"contributors"`
}

// AreaFigures returns the cycle's figures of every area in which the region's
// records show an organisation, in order of the codes.
func (s *Store) AreaFigures(cycle survey.Cycle) ([]AreaFigures, error) {
	fail := func(err error) error { return fmt.Errorf("figures of %s by area: %w", cycle, err) }
	areas := map[survey.Identifier][]string{}
	sums, out := map[string]*aggregate{}, map[string]*AreaFigures{}
	err := s.view(func(t *txn) error {
		return t.records().each(survey.RecordAreas, func(r survey.Record) (bool, error) {
			id, err := t.canonical(r.Organisation())
			if err != nil || r.Deleted {
				return true, err
			}
			for _, area := range r.Areas() {
				if slices.Contains(areas[id], area) {
					continue // of an organisation that was merged into it
				}
				areas[id] = append(areas[id], area)
				if out[area] == nil {
					sums[area], out[area] = &aggregate{}, &AreaFigures{Area: area, Figures: []AreaFigure{}}
				}
				out[area].Organisations++
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, fail(err)
	}
	answers, err := s.Counted(cycle)
	if err != nil {
		return nil, fail(err)
	}
	activities, err := s.CountedActivities(cycle)
	if err != nil {
		return nil, fail(err)
	}
	for i, counted := range slices.Concat(answers, activities) {
		for _, area := range areas[counted.Organisation] {
			if i < len(answers) {
				out[area].Answers++
			}
			for _, c := range counted.Values {
				if err := sums[area].add(c, 1); err != nil {
					return nil, fail(err)
				}
			}
		}
	}
	var list []AreaFigures
	for _, area := range slices.Sorted(maps.Keys(out)) {
		for _, sum := range sums[area].Sums {
			out[area].Figures = append(out[area].Figures, AreaFigure(sum))
		}
		list = append(list, *out[area])
	}
	return list, nil
}
