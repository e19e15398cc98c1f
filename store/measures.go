package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// measuring adds up the region's records of its own work, in the metrics of the current
// definitions. Estimated or modelled figures have metrics of their own and are never added to
// counted ones.
type measuring struct {
	cells map[survey.Cell]*survey.Cell // by metric, dimension and key
	names survey.ProgrammeList
}

// measuredKinds are the records of the region's own work that [Store.Measures]
// adds up.
func measuredKinds() []survey.RecordKind {
	return []survey.RecordKind{survey.RecordMeasures, survey.RecordSafetyMeasures, survey.RecordStakeholders,
		survey.RecordFunding}
}

// Measures returns the cells of the region's own work in the cycle by metric, dimension and key:
// its programmes and safety measures, its stakeholder survey and its funding. Contributors are
// records. The cells hold no company's figures. Deleted records count nowhere.
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

	// Sorted, because the cells come from a map.
	out := make([]survey.Cell, 0, len(m.cells))
	for _, c := range m.cells {
		out = append(out, *c)
	}

	slices.SortFunc(out, func(a, b survey.Cell) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(a.Key, b.Key))
	})
	return out, nil
}

// add adds the value to the metric's total and, with a dimension, to one key of that breakdown.
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

// measured reports whether a figure was counted: it is not estimated, modelled or an upper limit.
func measured(r survey.Record, field string) bool {
	qualifier, basis := r.Text(field+"_qualifier"), r.Text(field+"_basis")
	return slices.Contains([]string{"", string(survey.QualifierExact), string(survey.QualifierAtLeast)}, qualifier) &&
		(basis == "" || basis == "measured")
}

// measure adds a programme's or a safety measure. A measure whose name is not declared is counted,
// but its value has nothing to be added to.
func (m *measuring) measure(r survey.Record, work string) error {
	programme := m.names.Programme(r.Text("programme"))
	if err := m.add(work+"_measures", survey.ByProgramme, programme, 1); err != nil {
		return err
	}

	// Only a measure with a declared name and a value has a metric of its own.
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

// stakeholders adds one result of ss-1: how many people answered, and how many of them were
// positive.
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

// countedAdoptions returns the contributions of the region's records of adoptions: the sites and
// patients of each organisation's products in the cycle, in order of organisation. The disclosure
// rules treat them like answers. Sequence is 0; the breakdowns are those of the organisation's
// activity.
func (t *txn) countedAdoptions(cycle survey.Cycle) (out []CountedItem, err error) {
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

// adoptions returns the sums of one organisation's adoptions, nil for none.
func (a *aggregate) adoptions(id survey.Identifier, of activityRecord) *CountedItem {
	if len(a.Sums) == 0 {
		return nil
	}
	c := &CountedItem{Organisation: id, Sector: survey.SectorKey(of.Sector), Size: survey.SizeKey(of.Size),
		Stage: survey.KeyUnknown, Support: []string{survey.KeyUnknown}}
	for _, m := range a.Sums {
		c.Values = append(c.Values, survey.Contribution{Metric: m.Metric, Value: m.Value})
	}
	return c
}

// AreaFigures are the sums of the counted answers and records of the organisations in one area, in
// order of the metrics' ids. They are for the region's own staff: no disclosure rule applies, and
// they never leave the node.
type AreaFigures struct {
	Area          string       `json:"area"`
	Organisations int          `json:"organisations"` // that lie in it
	Answers       int          `json:"answers"`       // counted answers of theirs
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
	return read(s, func(t *txn) ([]AreaFigures, error) { return t.areaFigures(cycle) }, "figures of %s by area", cycle)
}

func (t *txn) areaFigures(cycle survey.Cycle) (list []AreaFigures, err error) {
	areas := map[survey.Identifier][]string{}
	sums, out := map[string]*aggregate{}, map[string]*AreaFigures{}
	err = t.records().each(survey.RecordAreas, func(r survey.Record) (bool, error) {
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
	if err != nil {
		return nil, err
	}

	answers, err := t.responses().counted(cycle)
	if err != nil {
		return nil, err
	}
	activities, err := t.activities().counted(cycle)
	if err != nil {
		return nil, err
	}

	// The answers come first, so that the index tells the two apart.
	for i, counted := range slices.Concat(answers, activities) {
		for _, area := range areas[counted.Organisation] {
			if i < len(answers) {
				out[area].Answers++
			}
			for _, c := range counted.Values {
				if err := sums[area].add(c, 1); err != nil {
					return nil, err
				}
			}
		}
	}

	for _, area := range slices.Sorted(maps.Keys(out)) {
		for _, sum := range sums[area].Sums {
			out[area].Figures = append(out[area].Figures, AreaFigure(sum))
		}
		list = append(list, *out[area])
	}
	return list, nil
}
