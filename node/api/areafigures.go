package api

import (
	"context"
	"slices"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

type (
	getAreaFigures struct {
		Cycle string `query:"cycle" required:"true" maxLength:"16" example:"2022-23"`
	}
	areaFiguresRead struct{ Body AreaTotals }
)

// AreaTotals are a cycle's figures of this region by area. A company may lie in
// several areas, and in none: the rows do not add up to the region.
type AreaTotals struct {
	Cycle survey.Cycle `json:"cycle"`
	Rows  []AreaRow    `json:"rows"`
}

// AreaRow is one area with its name in the region's list.
type AreaRow struct {
	store.AreaFigures
	Label string `json:"label,omitempty"`
}

func (s *server) getAreaFigures(_ context.Context, in *getAreaFigures) (*areaFiguresRead, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return nil, err
	}
	figures, err := s.keeper.AreaFigures(cycle)
	if err != nil {
		return nil, err
	}
	out := &areaFiguresRead{Body: AreaTotals{Cycle: cycle, Rows: []AreaRow{}}}
	list := s.editions.Areas()
	for _, f := range figures {
		row := AreaRow{AreaFigures: f}
		if at := slices.IndexFunc(list, func(o survey.Option) bool { return o.Code == f.Area }); at >= 0 {
			row.Label = list[at].Label
		}
		out.Body.Rows = append(out.Body.Rows, row)
	}
	return out, nil
}
