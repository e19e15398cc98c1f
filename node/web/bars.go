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
	out := barTable{Overlap: by == survey.BySupport,
		Caption: definitions.Label(metric) + " by " + page.LowerFirst(dimensionName(by))}
	var largest int64

	// The longest bar stands for the largest value of the rows.
	for _, row := range t.Rows {
		if f, ok := figureOf(row.Figures, metric); ok && !f.Absent() {
			largest = max(largest, f.Value)
		}
	}

	for _, row := range t.Rows {
		b := bar{Label: row.Label, Value: "not collected", Absent: true}
		if f, ok := figureOf(row.Figures, metric); ok {
			b.Value, b.Note, b.Absent = f.Words(), briefNote(f), f.Absent()
			switch {
			case b.Absent && f.Contributors > 0: // the value says why it is not there
				b.Note = page.Plural(int(f.Contributors), "company")
			case b.Absent:
				b.Note = ""
			case f.Value > 0: // the share is a length on the screen, no figure
				b.Share = max(1, int(float64(f.Value)/float64(largest)*100))
			}
		}

		out.Rows = append(out.Rows, b)
	}
	return out
}

func figureOf(figures []survey.Figure, metric string) (survey.Figure, bool) {
	return first(figures, func(f survey.Figure) bool { return f.Metric == metric })
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

var finalTexts = map[string]string{
	survey.CoverageCurrent: "in the figures",
	survey.CoverageStale:   "in the figures",
	survey.CoverageMissing: "absent",
}

// tiles places every region of the roster. Regions that the map does not have
// follow below it.
func (h *nationPages) tiles(t survey.Totals, counts survey.CampaignCounts) []tile {
	places := map[survey.Region]survey.RegionInfo{}
	for _, info := range survey.Regions() {
		places[info.Region] = info
	}

	// Final figures have no late regions: a region is in them or not.
	words := coverageTexts
	if t.Certified != nil {
		words = finalTexts
	}

	var out []tile
	for _, r := range t.Coverage.Regions {
		info, n := places[r.Region], counts.ByRegion[r.Region]
		out = append(out, tile{Name: r.Region.ShortName(), Column: info.Column, Row: info.Row, Word: words[r.Status],
			Status: r.Status, Claimed: n.Claimed, Responded: n.Responded, Mine: r.Region == h.Region})
	}
	return out
}
