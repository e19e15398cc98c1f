package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// Totals answers national totals, compares years, and gives this region's own
// figures beside the published ones. Compare returns an error wrapping
// survey.RefusedNotComparable for years of different definitions, and Reconciliation one
// wrapping survey.ErrNotFound for a metric of which nothing was published.
type Totals interface {
	National(context.Context, survey.TotalsQuery) (survey.Totals, error)
	Compare(ctx context.Context, query survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error)
	Own(survey.Cycle, survey.Dimension) (survey.OwnFigures, error)
	Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error)
}

// nationPages are the national figures.
type nationPages struct {
	base
	totals        Totals
	certification revisions
	reports       Reports
	federation    Federation
	editions      *survey.Editions
}

// ownFigures gives this region's own figures.
type ownFigures interface {
	Own(survey.Cycle, survey.Dimension) (survey.OwnFigures, error)
}

// revisions lists how often a year's figures became final.
type revisions interface {
	Revisions(survey.Cycle) ([]survey.Revision, error)
}

// nationalView is the page of national figures.
type nationalView struct {
	Campaign   survey.Campaign
	Campaigns  []survey.Campaign
	Totals     survey.Totals
	Cards      []figureRow // the page begins with them
	Figures    []figureRow
	By         survey.Dimension
	Breakdowns []choice
	Metric     string
	Metrics    []choice
	Bars       barTable
	Tiles      []tile
	Coverage   coverageWords
	Withheld   []withheld
	Funnel     []funnelStep
	Address    string // of exactly this answer
	XLSX, CSV  string
	Changed    bool // the address was made for another answer
	HasLast    bool
	Vintage    vintageView
	Years      *yearsView
	Gaps       gapsView
	LastCycle  survey.Cycle
}

// figureRow is one figure with last year's.
type figureRow struct {
	Label, Value, Note, Last string
	Absent                   bool
}

type choice struct {
	Code, Label, Address string
	Chosen               bool
}

// withheld is one reason, and the figures that are not whole for it.
type withheld struct {
	Why     string
	Figures []string
}

type funnelStep struct {
	Label, Note string
	Count       int
	Share       int // percent of the first step, for the bar
}

// cardMetrics are the figures that people ask for first.
var cardMetrics = []string{"investment_leveraged", "jobs_created_or_safeguarded", "companies_supported"}

// dimensions are the breakdowns in the order of the links, with their names.
var dimensions = []choice{
	{Code: string(survey.ByRegion), Label: "AHSN"}, {Code: string(survey.BySector), Label: "Sector"},
	{Code: string(survey.BySize), Label: "Size"}, {Code: string(survey.ByStage), Label: "Stage of the innovation"},
	{Code: string(survey.BySupport), Label: "Support received"},
}

func (h *nationPages) now(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	return page.Redirect(w, r, nationalAddress(campaign.Cycle))
}

// question reads which national figures the request asks for. The faults are
// those of the day that was entered.
func (h *nationPages) question(r *http.Request) (survey.Campaign, survey.TotalsQuery, []page.Fault, error) {
	campaign, err := h.campaign(r)
	query := survey.TotalsQuery{Cycle: campaign.Cycle, By: survey.ByRegion, Mode: survey.ModeCached}
	if by := r.URL.Query().Get("by"); by != "" {
		query.By = survey.Dimension(by)
	}
	if err == nil && dimensionName(query.By) == "" {
		err = survey.ErrNotFound
	}
	if err != nil {
		return campaign, query, nil, err
	}

	return campaign, query, h.vintage(r, campaign, &query), nil
}

// dimensionName is the name of a breakdown, "" if the pages do not have it.
func dimensionName(by survey.Dimension) string {
	d, _ := first(dimensions, func(d choice) bool { return d.Code == string(by) })
	return d.Label
}

// answer returns the totals and the definitions of their figures.
func (h *nationPages) answer(r *http.Request, query survey.TotalsQuery) (survey.Totals, survey.Definitions, error) {
	totals, err := h.totals.National(r.Context(), query)
	if err != nil {
		return totals, survey.Definitions{}, err
	}
	definitions, err := h.editions.Definitions(totals.Definitions)
	return totals, definitions, err
}

func (h *nationPages) figures(w http.ResponseWriter, r *http.Request) error {
	campaign, query, faults, err := h.question(r)
	if err != nil {
		return err
	}
	totals, definitions, err := h.answer(r, query)
	if err != nil {
		return err
	}

	view := nationalView{Campaign: campaign, Campaigns: h.campaigns.Campaigns(), Totals: totals, By: query.By,
		Coverage: h.coverage(totals)}
	if err := h.fillNational(&view, r, definitions, query); err != nil {
		return err
	}
	asked := r.URL.Query().Get("answer")
	view.Changed = asked != "" && asked != totals.AnswerID
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return h.Render(w, r, status, "national", "National figures "+string(campaign.Cycle), view, faults...)
}

// fillNational adds all that follows from the totals.
func (h *nationPages) fillNational(view *nationalView, r *http.Request, definitions survey.Definitions,
	query survey.TotalsQuery) (err error) {
	totals, cycle := view.Totals, view.Campaign.Cycle
	if err := h.describeVintage(view, r, definitions, query); err != nil {
		return err
	}
	last := h.lastYear(r, query)
	view.HasLast, view.LastCycle = last != nil, cycle.Previous()
	view.figures(definitions, totals, last)

	// The registry's counts of another day are not kept.
	if query.AsOf.IsZero() {
		counts, err := h.countsOf(totals)
		if err != nil {
			return err
		}
		view.Funnel, view.Tiles, view.Gaps = funnel(counts), h.tiles(totals, counts), gapsOf(definitions, totals)
	}
	if view.Years, err = h.years(r, definitions, totals, query); err != nil {
		return err
	}

	// The bars show one metric, and the links lead to the others.
	view.Metric = r.URL.Query().Get("metric")
	view.choose(definitions)
	view.Bars = barsOf(definitions, totals, view.Metric, view.By)
	view.Withheld = withheldOf(definitions, totals)
	file := "?by=" + url.QueryEscape(string(view.By)) + view.Vintage.Suffix
	view.XLSX = nationalAddress(cycle) + "/figures.xlsx" + file
	view.CSV = nationalAddress(cycle) + "/figures.csv" + file
	view.Address = view.address(view.By, view.Metric) + "&answer=" + url.QueryEscape(totals.AnswerID)
	return nil
}

// lastYear returns the totals of the cycle before, nil if it had no survey.
// Final figures stand beside final ones where there are any.
func (h *nationPages) lastYear(r *http.Request, query survey.TotalsQuery) *survey.Totals {
	before, known := h.known(query.Cycle.Previous())
	if !known {
		return nil
	}

	mode := survey.ModeCached
	if before.State == survey.CampaignCertified {
		mode = survey.ModeCertified
	}
	last, err := h.totals.National(r.Context(), survey.TotalsQuery{Cycle: before.Cycle, By: query.By, Mode: mode})
	if err != nil {
		return nil
	}
	return &last
}

// figures fills the cards and the table. Figures of other definitions are not
// put beside each other.
func (v *nationalView) figures(definitions survey.Definitions, totals survey.Totals, last *survey.Totals) {
	before := func(metric string) string {
		if last == nil {
			return ""
		}
		if last.Definitions != totals.Definitions {
			return "counted differently"
		}
		if f, ok := figureOf(last.Figures, metric); ok {
			return f.Words()
		}
		return ""
	}
	for _, f := range totals.Figures {
		v.Figures = append(v.Figures, figureRow{Label: definitions.Label(f.Metric), Value: f.Words(),
			Note: briefNote(f), Last: before(f.Metric), Absent: f.Absent()})
	}
	for _, metric := range cardMetrics {
		if f, ok := figureOf(totals.Figures, metric); ok {
			v.Cards = append(v.Cards, figureRow{Label: definitions.Label(metric), Value: f.Words(), Note: cardNote(f),
				Last: before(metric), Absent: f.Absent()})
		}
	}

	// The response rate is a card too, from the registry's counts.
	rate := figureRow{Label: "Response rate", Value: survey.UnitBasisPoints.Amount(totals.ResponseRate),
		Note: fmt.Sprintf("%s of %s answered", count(totals.Responded), page.Plural(totals.Eligible, "company"))}
	switch {
	case !totals.AsOf.IsZero():
		rate.Value, rate.Note, rate.Absent = "not kept", "the answers up to that day are not counted any more", true
	case totals.Eligible == 0:
		rate.Value, rate.Note, rate.Absent = "not known yet", "no AHSN has listed the companies that it supported", true
	}
	if last != nil && last.Eligible > 0 {
		rate.Last = survey.UnitBasisPoints.Amount(last.ResponseRate)
	}
	v.Cards = append(v.Cards, rate)
}

// cardNote keeps a card short: how many companies, not every reason.
func cardNote(f survey.Figure) string {
	if f.Contributors > 0 && f.Metric != "companies_supported" {
		return "from " + page.Plural(int(f.Contributors), "company")
	}
	if f.Absent() {
		return f.Reason
	}
	return ""
}

// choose fills the links that change the breakdown and the metric of the bars.
func (v *nationalView) choose(definitions survey.Definitions) {
	if _, known := figureOf(v.Totals.Figures, v.Metric); !known {
		v.Metric = cardMetrics[0]
	}
	for _, f := range v.Totals.Figures {
		v.Metrics = append(v.Metrics, choice{Code: f.Metric, Label: definitions.Label(f.Metric),
			Chosen: f.Metric == v.Metric})
	}
	for _, d := range dimensions {
		d.Chosen = d.Code == string(v.By)
		d.Address = v.address(survey.Dimension(d.Code), v.Metric) + "#breakdown"
		v.Breakdowns = append(v.Breakdowns, d)
	}
}

// address leads to this page with another breakdown or metric.
func (v *nationalView) address(by survey.Dimension, metric string) string {
	return nationalAddress(v.Campaign.Cycle) + "?" +
		url.Values{"by": {string(by)}, "metric": {metric}}.Encode() + v.Vintage.Suffix
}

// withheldOf lists the national figures that are not whole: each reason once,
// with its figures.
func withheldOf(definitions survey.Definitions, t survey.Totals) []withheld {
	var out []withheld
	for _, f := range t.Figures {
		if !f.Absent() && f.Qualifier == survey.QualifierExact {
			continue
		}
		why := survey.Sentence(f.Reason)

		at := slices.IndexFunc(out, func(w withheld) bool { return w.Why == why })
		if at < 0 {
			at = len(out)
			out = append(out, withheld{Why: why})
		}
		out[at].Figures = append(out[at].Figures, definitions.Label(f.Metric)+": "+f.Words())
	}
	return out
}

// briefNote is the note beside a figure of a long list. How many answers wait is
// said once, above the list.
func briefNote(f survey.Figure) string {
	if f.ReasonCode == survey.FigureHeldBack {
		f.Reason = "some answers are held back"
	}
	return f.Note()
}

// funnel is the way from the companies in the survey to the answers.
func funnel(c survey.CampaignCounts) []funnelStep {
	return shares(max(c.Eligible, c.Claimed), []funnelStep{
		{Label: "In the survey", Note: "supported by an AHSN in the year", Count: c.Eligible},
		{Label: "Claimed by an AHSN", Note: "one AHSN asks each company", Count: c.Claimed},
		{Label: "Contacted, no answer yet", Count: c.Contacted},
		{Label: "Answered", Note: "a complete answer", Count: c.Responded},
		{Label: "Declined", Count: c.Declined},
		{Label: "Cannot be reached", Count: c.Unreachable},
	})
}

// shares sets the share that each step has of the whole.
func shares(whole int, steps []funnelStep) []funnelStep {
	for i := range steps {
		if whole > 0 {
			steps[i].Share = min(100, steps[i].Count*100/whole)
		}
	}
	return steps
}

// count writes a number with its thousands apart.
func count(n int) string { return survey.UnitCount.Amount(int64(n)) }
