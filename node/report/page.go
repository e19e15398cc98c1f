package report

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// pageView is the report in the words and lengths of its page.
type pageView struct {
	Report
	Title, Standing, From, To string
	Rate, RateNote            string
	Cards                     []cardView
	Figures                   []figureView
	Funnel                    chart
	Regions                   []regionView
	NotShown                  []string
	Years                     *yearsView
	Definitions               []definitionView
	Hidden                    []hiddenView
	Series                    []seriesView
	Rules                     []string
	Proof                     []proofView
}

type cardView struct{ Label, Value, Note, Last string }

type figureView struct{ Label, Value, Note string }

type definitionView struct{ Label, Unit, Text string }

type hiddenView struct{ What, Why string }

type proofView struct{ Label, Value string }

// regionView is one metric by region and by sector.
type regionView struct {
	ID, Label string
	Regions   chart
	Sectors   chart
}

type yearsView struct {
	Before, Now survey.Cycle
	Words       string
	Panel       string
	Chart       chart
	Rows        []yearRow
}

type yearRow struct{ Label, Before, Now, Change, Panel string }

type seriesView struct {
	ID, Label string
	Rows      []seriesRow
}

type seriesRow struct {
	Year, Basis, Value, Cumulative, Published, Source, Difference string
	Lines                                                         []string
}

var cardMetrics = []string{"investment_leveraged", "jobs_created_or_safeguarded", "companies_supported"}

func viewOf(r Report) pageView {
	cycle := r.Campaign.Cycle
	v := pageView{Report: r, Title: "National company survey " + string(cycle),
		From: day(cycle.Begins()), To: day(cycle.Ends())}

	v.Standing = "Provisional figures, rounded. They are not final: answers may come in, and figures may change."
	if c := r.Totals.Certified; c != nil {
		v.Standing = "Final figures, certified on " + dayOf(c.CertifiedAt) + "."
		if c.Revision > 0 {
			v.Standing = fmt.Sprintf("Final figures, revision %d, certified on %s.", c.Revision, dayOf(c.CertifiedAt))
		}
	}

	v.describeFigures()
	v.describeRate()
	v.describeRegions()
	v.describeYears()
	v.describeHidden()

	for _, series := range r.Published {
		v.Series = append(v.Series, seriesOf(r, series))
	}

	v.describeRules()
	v.describeProof()
	return v
}

func (v *pageView) describeFigures() {
	for _, f := range v.Totals.Figures {
		row := figureView{Label: v.Report.Definitions.Label(f.Metric), Value: f.Words(), Note: f.Note()}

		// Such a figure is itself the number of companies, so a note would repeat it.
		if f.Unit == survey.UnitCount && f.Contributors == f.Value {
			row.Note = f.Reason
		}
		v.Figures = append(v.Figures, row)
	}

	for _, metric := range cardMetrics {
		f, ok := survey.FigureOf(v.Totals.Figures, metric)
		if !ok {
			continue
		}

		card := cardView{Label: v.Report.Definitions.Label(metric), Value: f.Words()}
		if f.Contributors > 0 && metric != "companies_supported" {
			card.Note = "from " + companies(f.Contributors)
		}

		// Figures of other definitions cannot be compared.
		if v.Last != nil && v.Last.Definitions == v.Totals.Definitions {
			if before, ok := survey.FigureOf(v.Last.Figures, metric); ok {
				card.Last = before.Words()
			}
		}

		v.Cards = append(v.Cards, card)
	}

	for _, metric := range slices.Concat(v.Report.Definitions.Metrics, v.Report.Definitions.Derived) {
		if _, shown := survey.FigureOf(v.Totals.Figures, metric.ID); shown {
			text := questionNumbers.ReplaceAllString(metric.Definition, "question $1")
			v.Definitions = append(v.Definitions,
				definitionView{Label: metric.Label, Unit: unitWords[metric.Unit], Text: text})
		}
	}
}

// questionNumbers matches the ids of questions, such as q08.
var questionNumbers = regexp.MustCompile(`\bq0?(\d{1,2})\b`)

var unitWords = map[survey.Unit]string{survey.UnitPence: "pounds", survey.UnitFTE: "full-time posts",
	survey.UnitCount: "number", survey.UnitBasisPoints: "per cent"}

func (v *pageView) describeRate() {
	t := v.Totals
	v.Rate = survey.UnitBasisPoints.Amount(t.ResponseRate)
	v.RateNote = fmt.Sprintf("%s of %s answered", count(t.Responded), companies(int64(t.Eligible)))
	if t.Eligible == 0 {
		v.Rate, v.RateNote = "not known", "nobody has said which companies were supported"
	}

	n := t.NonResponse
	const desc = "A bar for each step, from all companies in the survey to those that answered, and those that did not"
	v.Funnel = bars("funnel", "From companies to answers", desc, []bar{
		{Label: "In the survey", Value: count(t.Eligible), size: int64(t.Eligible)},
		{Label: "Claimed by an AHSN", Value: count(t.Claimed), size: int64(t.Claimed)},
		{Label: "Answered", Value: count(t.Responded), size: int64(t.Responded)},
		{Label: "Asked, no answer", Value: count(n.Open), size: int64(n.Open)},
		{Label: "Declined", Value: count(n.Declined), size: int64(n.Declined)},
		{Label: "Cannot be reached", Value: count(n.Unreachable), size: int64(n.Unreachable)},
		{Label: "Never asked", Value: count(n.Unclaimed), size: int64(n.Unclaimed)},
	})
}

func (v *pageView) describeRegions() {
	for _, table := range v.Tables {
		label := v.Report.Definitions.Label(table.Metric)
		view := regionView{ID: table.Metric, Label: label}
		var regions, sectors []bar

		for i, row := range table.Rows {
			if i < len(table.Totals) {
				regions = append(regions, barOf(row.Label, table.Totals[i]))
			}
		}

		for i, key := range table.Keys {
			sectors = append(sectors, barOf(key.Label, table.Nation[i]))
		}

		view.Regions = bars("regions-"+table.Metric, label+" by AHSN",
			"A bar for each AHSN, in the Network's order. The order says nothing of their size", regions)
		view.Sectors = bars("sectors-"+table.Metric, label+" by sector",
			"A bar for each sector, in the order of the questionnaire", sectors)
		v.Regions = append(v.Regions, view)
	}

	for _, metric := range v.Withheld {
		v.NotShown = append(v.NotShown, v.Report.Definitions.Label(metric))
	}
}

func (v *pageView) describeYears() {
	if v.Last == nil {
		return
	}

	view := &yearsView{Before: v.Last.Cycle, Now: v.Totals.Cycle}
	v.Years = view
	rate := func(t survey.Totals) string {
		return fmt.Sprintf("%s in %s (%s of %s)", survey.UnitBasisPoints.Amount(t.ResponseRate), t.Cycle,
			count(t.Responded), count(t.Eligible))
	}
	view.Words = fmt.Sprintf("The response rate was %s and is %s. "+
		"Other companies answered, so a change is not growth by itself.", rate(*v.Last), rate(v.Totals))

	if v.Last.Definitions != v.Totals.Definitions {
		view.Words += fmt.Sprintf(" The two years define their figures differently (%s and %s), "+
			"so figures are not compared.", v.Last.Definitions, v.Totals.Definitions)
		return
	}

	if v.Panel != nil {
		view.Panel = fmt.Sprintf("The last column is of the companies that answered in both years to the same AHSN, "+
			"or the year before to another one that handed over what they said, as far as at least %s are in it.",
			companies(v.Rule.Contributors))
	}

	var pairs []bar
	for _, now := range v.Totals.Figures {
		before, ok := survey.FigureOf(v.Last.Figures, now.Metric)
		if !ok {
			continue
		}

		row := yearRow{Label: v.Report.Definitions.Label(now.Metric), Before: before.Words(), Now: now.Words(),
			Change: changeOf(before, now), Panel: v.panelOf(now.Metric)}
		view.Rows = append(view.Rows, row)

		// Only amounts are drawn: a bar for each of two percentages would say little.
		if (now.Unit == survey.UnitPence || now.Unit == survey.UnitFTE) && !now.Absent() && !before.Absent() {
			largest := max(now.Value, before.Value)
			pairs = append(pairs,
				bar{Label: row.Label, Value: string(view.Before) + ": " + row.Before, size: before.Value, of: largest, Light: true},
				bar{Value: string(view.Now) + ": " + row.Now, size: now.Value, of: largest})
		}
	}

	view.Chart = bars("years", "Year on year",
		"Two bars for each figure, the light one for the year before. Each figure has its own scale", pairs)
}

func (v *pageView) panelOf(metric string) string {
	if v.Panel == nil {
		return ""
	}
	for _, f := range v.Panel.Figures {
		// A change is shown only for as many companies as a published figure needs.
		if p := f.Panel; f.Metric == metric && p != nil && p.Change != nil && p.Companies >= v.Rule.Contributors {
			of := companies(p.Companies)
			if p.AfterHandover > 0 {
				of += fmt.Sprintf(", %s after a hand-over", survey.UnitCount.Amount(p.AfterHandover))
			}
			return fmt.Sprintf("%s (%s)", survey.Growth(*p.Change), of)
		}
	}
	return "not shown"
}

// changeOf returns the change between two published figures, in words.
func changeOf(before, now survey.Figure) string {
	if before.Absent() || now.Absent() {
		return "one of the two is not there"
	}

	if now.Unit == survey.UnitBasisPoints {
		return survey.Points(now.Value - before.Value)
	}

	if before.Value <= 0 {
		return "nothing to compare with"
	}

	difference := new(big.Int).Sub(big.NewInt(now.Value), big.NewInt(before.Value))
	points, _ := new(big.Rat).SetFrac(difference, big.NewInt(before.Value)).Float64()
	if points *= 10_000; math.Abs(points) > 1e9 {
		return "many times as much"
	}
	words := survey.Growth(int64(math.Round(points)))

	// A figure that was rounded gives only a rounded change.
	exact := now.Qualifier == survey.QualifierExact && before.Qualifier == survey.QualifierExact
	if !exact && math.Round(points) != 0 {
		words = "about " + words
	}

	return words
}

func count(n int) string { return survey.UnitCount.Amount(int64(n)) }

func companies(n int64) string {
	if n == 1 {
		return "1 company"
	}
	return survey.UnitCount.Amount(n) + " companies"
}

// day writes a day (YYYY-MM-DD) as people do.
func day(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return t.Format("2 January 2006")
}

func dayOf(t time.Time) string { return t.UTC().Format("2 January 2006") }
