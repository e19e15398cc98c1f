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
// figures beside what has left of them. Compare returns an error wrapping
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
	Cards      []card
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

// card is one figure that the page begins with.
type card struct {
	Label, Value, Note, Last string
	Absent                   bool
}

type figureRow struct {
	Label, Value, Note, Last string
	Absent                   bool
}

type choice struct {
	Code, Label, Address string
	Chosen               bool
}

// withheld says what cannot be shown in full, and why.
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
	{Code: string(survey.ByRegion), Label: "AHSN"}, {Code: string(survey.BySector), Label: "Sector"}, {Code: string(survey.BySize), Label: "Size"},
	{Code: string(survey.ByStage), Label: "Stage of the innovation"}, {Code: string(survey.BySupport), Label: "Support received"},
}

func (h *nationPages) now(w http.ResponseWriter, r *http.Request) {
	if campaign, ok := h.campaign(w, r); ok {
		http.Redirect(w, r, "/national/"+url.PathEscape(string(campaign.Cycle)), http.StatusSeeOther)
	}
}

// question reads which national figures the request asks for.
func (h *nationPages) question(w http.ResponseWriter, r *http.Request) (survey.Campaign, survey.TotalsQuery, []page.Fault, bool) {
	campaign, ok := h.campaign(w, r)
	if !ok {
		return campaign, survey.TotalsQuery{}, nil, false
	}
	query := survey.TotalsQuery{Cycle: campaign.Cycle, By: survey.ByRegion, Mode: survey.ModeCached}
	if by := r.URL.Query().Get("by"); by != "" {
		query.By = survey.Dimension(by)
	}
	if !knownDimension(query.By) {
		h.NotFound(w, r)
		return campaign, query, nil, false
	}
	return campaign, query, h.vintage(r, campaign, &query), true
}

func knownDimension(by survey.Dimension) bool {
	for _, d := range dimensions {
		if d.Code == string(by) {
			return true
		}
	}
	return false
}

func (h *nationPages) figures(w http.ResponseWriter, r *http.Request) {
	campaign, query, faults, ok := h.question(w, r)
	if !ok {
		return
	}
	totals, err := h.totals.National(r.Context(), query)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	definitions, err := h.editions.Definitions(totals.Definitions)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	view := nationalView{Campaign: campaign, Campaigns: h.campaigns.Campaigns(), Totals: totals, By: query.By, Coverage: h.coverage(totals)}
	if err := h.fillNational(&view, r, definitions, query); err != nil {
		h.fail(w, r, err)
		return
	}
	asked := r.URL.Query().Get("answer")
	view.Changed = asked != "" && asked != totals.AnswerID
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	h.RenderFaulty(w, r, status, "national", "National figures "+string(campaign.Cycle), view, faults)
}

func (h *nationPages) fillNational(view *nationalView, r *http.Request, definitions survey.Definitions, query survey.TotalsQuery) error {
	totals, cycle := view.Totals, view.Campaign.Cycle
	if err := h.describeVintage(view, r, definitions, query); err != nil {
		return err
	}
	last := h.lastYear(r, query)
	view.HasLast, view.LastCycle = last != nil, cycle.Previous()
	view.figures(definitions, totals, last)
	if query.AsOf.IsZero() { // of another day the registry's counts are not kept
		counts, err := h.countsOf(totals)
		if err != nil {
			return err
		}
		view.Funnel, view.Tiles, view.Gaps = funnel(counts), h.tiles(totals, counts), gapsOf(definitions, totals)
	}
	var err error
	if view.Years, err = h.years(r, definitions, totals, query); err != nil {
		return err
	}
	view.Metric = r.URL.Query().Get("metric")
	view.choose(definitions)
	view.Bars = barsOf(definitions, totals, view.Metric, view.By)
	view.Withheld = withheldOf(definitions, totals)
	file := "?by=" + url.QueryEscape(string(view.By)) + view.Vintage.Suffix
	view.XLSX, view.CSV = nationalAddress(cycle)+"/figures.xlsx"+file, nationalAddress(cycle)+"/figures.csv"+file
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
			return "counted otherwise"
		}
		for _, f := range last.Figures {
			if f.Metric == metric {
				return f.Words()
			}
		}
		return ""
	}
	byMetric := map[string]survey.Figure{}
	for _, f := range totals.Figures {
		byMetric[f.Metric] = f
		v.Figures = append(v.Figures, figureRow{Label: definitions.Label(f.Metric), Value: f.Words(), Note: briefNote(f), Last: before(f.Metric), Absent: f.Absent()})
	}
	for _, metric := range cardMetrics {
		if f, ok := byMetric[metric]; ok {
			v.Cards = append(v.Cards, card{Label: definitions.Label(metric), Value: f.Words(), Note: cardNote(f), Last: before(metric), Absent: f.Absent()})
		}
	}
	rate := card{Label: "Response rate", Value: survey.UnitBasisPoints.Amount(totals.ResponseRate),
		Note: fmt.Sprintf("%s of %s answered", survey.UnitCount.Amount(int64(totals.Responded)), page.Plural(totals.Eligible, "company"))}
	switch {
	case !totals.AsOf.IsZero():
		rate.Value, rate.Note, rate.Absent = "not kept", "who had answered by that day is not kept", true
	case totals.Eligible == 0:
		rate.Value, rate.Note, rate.Absent = "not known yet", "nobody has said which companies were supported", true
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
	known := false
	for _, f := range v.Totals.Figures {
		known = known || f.Metric == v.Metric
	}
	if !known {
		v.Metric = cardMetrics[0]
	}
	for _, f := range v.Totals.Figures {
		v.Metrics = append(v.Metrics, choice{Code: f.Metric, Label: definitions.Label(f.Metric), Chosen: f.Metric == v.Metric})
	}
	for _, d := range dimensions {
		d.Chosen = d.Code == string(v.By)
		d.Address = v.address(survey.Dimension(d.Code), v.Metric) + "#breakdown"
		v.Breakdowns = append(v.Breakdowns, d)
	}
}

func (v *nationalView) address(by survey.Dimension, metric string) string {
	return nationalAddress(v.Campaign.Cycle) + "?" + url.Values{"by": {string(by)}, "metric": {metric}}.Encode() + v.Vintage.Suffix
}

// withheldOf lists what is not whole in the national figures: each reason once,
// with the figures that it is about.
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
	steps := []funnelStep{
		{Label: "In the survey", Note: "supported by an AHSN in the year", Count: c.Eligible},
		{Label: "Claimed by an AHSN", Note: "one AHSN asks each company", Count: c.Claimed},
		{Label: "Contacted, no answer yet", Count: c.Contacted},
		{Label: "Answered", Note: "a complete answer", Count: c.Responded},
		{Label: "Declined", Count: c.Declined},
		{Label: "Cannot be reached", Count: c.Unreachable},
	}
	most := max(c.Eligible, c.Claimed)
	for i := range steps {
		if most > 0 {
			steps[i].Share = min(100, steps[i].Count*100/most)
		}
	}
	return steps
}
