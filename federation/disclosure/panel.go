package disclosure

import "github.com/ahsn-network/tracker/store/survey"

// Beside returns, for a policy under which everything leaves at once, the cells
// that the region's maintained aggregates don't have: those of matched
// companies, and of adoptions.
func Beside(in Input) []survey.Cell {
	out := newPlanner(State{}, in).before()
	for _, c := range newCube(in).cells {
		m, _ := in.Definitions.Metric(c.metric)
		if c.key.Dimension == survey.ByPanel && len(in.Before) > 0 || m.Record == survey.RecordAdoptions {
			out = append(out, survey.Cell{Metric: c.metric, Dimension: c.key.Dimension, Key: c.key.Key, Value: c.sum(), Contributors: int64(len(c.of))})
		}
	}
	return out
}

// before returns what the companies that answered again had said in the cycle
// before. That cycle's totals are known: what they leave over is the answers of
// those that did not answer again, which must pass the rule too.
func (p *planner) before() []survey.Cell {
	var out []survey.Cell
	for _, m := range p.in.Definitions.Metrics {
		if !m.Headline {
			continue
		}
		var again, gone []Part
		cell := survey.Cell{Metric: m.ID, Dimension: survey.ByPanel, Key: survey.PanelBefore}
		for i := range p.in.Before {
			part, has := p.in.Before[i].part(m.ID)
			switch {
			case !has:
			case holds(p.in.Before[i].Keys, Key{survey.ByPanel, survey.PanelBefore}):
				again = append(again, part)
				cell.Value += part.Value
				cell.Contributors++
			default:
				gone = append(gone, part)
			}
		}
		switch {
		case len(again) == 0:
			continue
		case p.in.Policy.Members.Judge(again) != "" || p.in.Policy.Members.Judge(gone) != "":
			cell.Value, cell.Contributors, cell.Flag = 0, 0, survey.CellHidden
		case p.in.Policy.Public.Judge(again) != "" || p.in.Policy.Public.Judge(gone) != "":
			cell.Flag = survey.CellMembers
		}
		out = append(out, cell)
	}
	return out
}
