package web

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/ahsn-network/tracker/store/survey"
)

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
	Changed    bool   // the address was made for another answer
	HasLast    bool
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
type withheld struct{ Label, Word, Why string }

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

func (s *Site) nationalNow(w http.ResponseWriter, r *http.Request) {
	if campaign, ok := s.campaign(w, r); ok {
		http.Redirect(w, r, "/national/"+url.PathEscape(string(campaign.Cycle)), http.StatusSeeOther)
	}
}

// question reads which national figures the request asks for.
func (s *Site) question(w http.ResponseWriter, r *http.Request) (survey.Campaign, survey.TotalsQuery, bool) {
	campaign, ok := s.campaign(w, r)
	if !ok {
		return campaign, survey.TotalsQuery{}, false
	}
	query := survey.TotalsQuery{Cycle: campaign.Cycle, By: survey.ByRegion, Mode: survey.ModeCached}
	if by := r.URL.Query().Get("by"); by != "" {
		query.By = survey.Dimension(by)
	}
	if !knownDimension(query.By) {
		s.notFound(w, r)
		return campaign, query, false
	}
	return campaign, query, true
}

func knownDimension(by survey.Dimension) bool {
	for _, d := range dimensions {
		if d.Code == string(by) {
			return true
		}
	}
	return false
}

func (s *Site) national(w http.ResponseWriter, r *http.Request) {
	campaign, query, ok := s.question(w, r)
	if !ok {
		return
	}
	totals, err := s.options.Totals.National(r.Context(), query)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	definitions, err := survey.DefinitionsByID(totals.Definitions)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view := nationalView{Campaign: campaign, Campaigns: s.options.Registry.Campaigns(), Totals: totals, By: query.By, Coverage: s.coverage(totals)}
	last := s.lastYear(r, campaign.Cycle, query.By)
	view.HasLast, view.LastCycle = last != nil, campaign.Cycle.Previous()
	view.figures(definitions, totals, last)
	counts, err := s.options.Registry.Counts(campaign.Cycle)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view.Funnel = funnel(counts)
	view.Metric = r.URL.Query().Get("metric")
	view.choose(definitions)
	view.Bars = barsOf(definitions, totals, view.Metric, view.By)
	view.Tiles = s.tiles(totals, counts)
	view.Withheld = withheldOf(definitions, totals)
	view.Address = view.address(view.By, view.Metric) + "&answer=" + url.QueryEscape(totals.AnswerID)
	asked := r.URL.Query().Get("answer")
	view.Changed = asked != "" && asked != totals.AnswerID
	s.render(w, r, http.StatusOK, "national", "National figures "+string(campaign.Cycle), view)
}

// lastYear returns the totals of the cycle before, nil if it had no survey.
func (s *Site) lastYear(r *http.Request, cycle survey.Cycle, by survey.Dimension) *survey.Totals {
	if _, known := s.known(cycle.Previous()); !known {
		return nil
	}
	last, err := s.options.Totals.National(r.Context(), survey.TotalsQuery{Cycle: cycle.Previous(), By: by, Mode: survey.ModeCached})
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
		v.Figures = append(v.Figures, figureRow{Label: definitions.Label(f.Metric), Value: f.Words(), Note: f.Note(), Last: before(f.Metric), Absent: f.Absent()})
	}
	for _, metric := range cardMetrics {
		if f, ok := byMetric[metric]; ok {
			v.Cards = append(v.Cards, card{Label: definitions.Label(metric), Value: f.Words(), Note: cardNote(f), Last: before(metric), Absent: f.Absent()})
		}
	}
	rate := card{Label: "Response rate", Value: survey.UnitBasisPoints.Amount(totals.ResponseRate),
		Note: fmt.Sprintf("%s of %s answered", survey.UnitCount.Amount(int64(totals.Responded)), plural(totals.Eligible, "company"))}
	if totals.Eligible == 0 {
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
		return "from " + plural(int(f.Contributors), "company")
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
	return "/national/" + url.PathEscape(string(v.Campaign.Cycle)) + "?" + url.Values{"by": {string(by)}, "metric": {metric}}.Encode()
}

// coverageWords says how much of the nation is in the figures.
type coverageWords struct {
	Complete bool
	Summary  string   // 14 of 15 AHSNs are current.
	Answers  string   // from how many of how many answers
	Regions  []string // each that is not current, with the reason
}

func (s *Site) coverage(t survey.Totals) coverageWords {
	c := t.Coverage
	words := coverageWords{Complete: c.Complete && c.Current == c.Of, Summary: fmt.Sprintf("%d of %d AHSNs are current.", c.Current, c.Of)}
	var released, in int64
	for _, r := range c.Regions {
		released += r.AnswersReleased
		in += r.AnswersIn
		switch {
		case r.Status == survey.CoverageMissing:
			words.Regions = append(words.Regions, r.Region.Name()+" is missing: "+s.missing(r))
		case r.Status == survey.CoverageStale:
			words.Regions = append(words.Regions, fmt.Sprintf("%s: figures of %s, last confirmed %s.", r.Region.Name(), s.when(r.AsOf), s.when(r.ConfirmedAt)))
		}
	}
	switch {
	case in == 0:
		words.Answers = "No answers are in yet."
	case released == in:
		words.Answers = fmt.Sprintf("The figures are from all %s.", plural(int(in), "answer"))
	default:
		words.Answers = fmt.Sprintf("The figures are from %s of %s; %s are in and will be added in batches, all at the close.",
			survey.UnitCount.Amount(released), plural(int(in), "answer"), survey.UnitCount.Amount(in-released))
	}
	return words
}

// missing says since when nothing was heard of a region, in London's time.
func (s *Site) missing(r survey.RegionCoverage) string {
	if r.Region == s.region {
		return "this node has not published figures for this year yet."
	}
	if !r.AsOf.IsZero() { // its figures are here and cannot be used
		return sentence(r.Reason)
	}
	for _, m := range s.options.Federation.FederationStatus().Regions {
		if m.Region == r.Region && !m.LastHeard.IsZero() {
			return "nothing has been heard of its figures for this year. Its node was last heard " + s.when(m.LastHeard) + "."
		}
	}
	return "nothing has been heard of its figures for this year, and nothing of its node since this one started."
}

// withheldOf lists what is not whole in the national figures, and in how many
// rows of the breakdown.
func withheldOf(definitions survey.Definitions, t survey.Totals) []withheld {
	var out []withheld
	for _, f := range t.Figures {
		if f.Absent() || f.Qualifier != survey.QualifierExact {
			word := f.Words()
			out = append(out, withheld{Label: definitions.Label(f.Metric), Word: word, Why: sentence(f.Reason)})
		}
	}
	return out
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
