package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

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
