package web

import (
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// barTable is one metric over the rows of a breakdown: a table whose values
// have a bar beside them. The bar repeats the value for the eye only.
type barTable struct {
	Caption string
	Rows    []bar
	Overlap bool // a company counts in more than one row
}

type bar struct {
	Label, Value, Note string
	Share              int // percent of the largest
	Absent             bool
}

// barsOf keeps the rows in their declared order: AHSNs are not ranked.
func barsOf(definitions survey.Definitions, t survey.Totals, metric string, by survey.Dimension) barTable {
	out := barTable{Overlap: by == survey.BySupport}
	name := ""
	for _, d := range dimensions {
		if d.Code == string(by) {
			name = d.Label
		}
	}
	out.Caption = definitions.Label(metric) + " by " + page.LowerFirst(name)
	var largest int64
	for _, row := range t.Rows {
		if f, ok := figureOf(row.Figures, metric); ok && !f.Absent() {
			largest = max(largest, f.Value)
		}
	}
	for _, row := range t.Rows {
		b := bar{Label: row.Label, Value: "not collected", Absent: true}
		if f, ok := figureOf(row.Figures, metric); ok {
			b.Value, b.Note, b.Absent = f.Words(), briefNote(f), f.Absent()
			if b.Absent && f.Contributors > 0 {
				b.Note = page.Plural(int(f.Contributors), "company") // the value says why it is not there
			} else if b.Absent {
				b.Note = ""
			}
			if !b.Absent && largest > 0 && f.Value > 0 {
				b.Share = max(1, int(float64(f.Value)/float64(largest)*100)) // a length on the screen, no figure
			}
		}
		out.Rows = append(out.Rows, b)
	}
	return out
}

func figureOf(figures []survey.Figure, metric string) (survey.Figure, bool) {
	for _, f := range figures {
		if f.Metric == metric {
			return f, true
		}
	}
	return survey.Figure{}, false
}

// tile is one AHSN on the map of tiles.
type tile struct {
	Name               string
	Column, Row        int
	Word               string // current, not confirmed lately, missing
	Status             string
	Claimed, Responded int
	Mine               bool
}

var coverageTexts = map[string]string{
	survey.CoverageCurrent: "current",
	survey.CoverageStale:   "not confirmed lately",
	survey.CoverageMissing: "missing",
}

var finalTexts = map[string]string{survey.CoverageCurrent: "in the figures", survey.CoverageStale: "in the figures", survey.CoverageMissing: "absent"}

// tiles places every region of the roster. Those that the map does not know
// follow below it.
func (h *nationPages) tiles(t survey.Totals, counts survey.CampaignCounts) []tile {
	places := map[survey.Region]survey.RegionInfo{}
	for _, info := range survey.Regions() {
		places[info.Region] = info
	}
	var out []tile
	for _, r := range t.Coverage.Regions {
		info := places[r.Region]
		n := counts.ByRegion[r.Region]
		word := coverageTexts[r.Status]
		if t.Certified != nil {
			word = finalTexts[r.Status]
		}
		out = append(out, tile{Name: r.Region.ShortName(), Column: info.Column, Row: info.Row, Word: word, Status: r.Status,
			Claimed: n.Claimed, Responded: n.Responded, Mine: r.Region == h.Region})
	}
	return out
}
