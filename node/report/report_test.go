package report_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/report"
	"github.com/ahsn-network/tracker/store/survey"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// canned is a source whose year is certified or not.
type canned struct {
	final, lastFinal, lastOther bool
	few                         bool // jobs safeguarded: of four companies
	exposed                     string
	name                        string // of a sector, and in reasons
	err                         error
}

var certifiedAt = time.Date(2023, time.November, 20, 10, 0, 0, 0, time.UTC)

func (c canned) Definitions(id string) (survey.Definitions, error) { return survey.DefinitionsByID(id) }

func (c canned) Campaign(cycle survey.Cycle) (survey.Campaign, error) {
	if cycle < "2021-22" || cycle > "2022-23" {
		return survey.Campaign{}, fmt.Errorf("campaign %s: %w", cycle, survey.ErrNotFound)
	}
	return survey.Campaign{Cycle: cycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", Opens: "2023-06-01", Closes: "2023-09-30", State: survey.CampaignCertified}, nil
}

func figure(metric string, unit survey.Unit, value, companies int64) survey.Figure {
	return survey.Figure{Metric: metric, Unit: unit, Value: value, Contributors: companies, Status: survey.FigureReported, Qualifier: survey.QualifierExact}
}

func (c canned) Public(_ context.Context, cycle survey.Cycle) (survey.Totals, error) {
	if _, err := c.Campaign(cycle); err != nil || c.err != nil {
		return survey.Totals{}, errors.Join(err, c.err)
	}
	t := survey.Totals{Cycle: cycle, Questionnaire: "nq-1", Definitions: "md-1", Policy: "standard", AnswerID: "a1b2c3d4e5f60718", Claimed: 2210, Responded: 1240, Eligible: 2700, ResponseRate: 4593,
		NonResponse: survey.NonResponse{Unclaimed: 490, Open: 801, Declined: 96, Unreachable: 61}, Coverage: survey.Coverage{Of: 15, Included: 15}}
	t.Figures = []survey.Figure{figure("investment_leveraged", survey.UnitPence, 428_000_000_00, 1240), figure("jobs_created", survey.UnitFTE, 90_050, 1201),
		figure("jobs_safeguarded", survey.UnitFTE, 42_850, 1180), figure("jobs_created_or_safeguarded", survey.UnitFTE, 132_900, 1201),
		figure("recommend_rate", survey.UnitBasisPoints, 9120, 800), figure("companies_supported", survey.UnitCount, 2831, 2831)}
	t.Figures[4].Qualifier = survey.QualifierEstimated
	if c.few {
		t.Figures[2].Contributors = 4
	}
	final := c.final
	if cycle == "2021-22" {
		t.Figures[0].Value, t.ResponseRate, t.Responded, t.Eligible, final = 455_000_000_00, 4100, 1025, 2500, c.lastFinal
		if c.lastOther {
			t.Questionnaire, t.Definitions = "nq-1", "md-0"
		}
	}
	if !final {
		for i := range t.Figures[:5] {
			t.Figures[i].Qualifier, t.Figures[i].Reason = survey.QualifierAtLeast, "from 1,240 of 1,372 answers; 132 are in and will be added in batches, all at close"+c.name
			t.Figures[i].ReasonCode, t.Figures[i].Bounds = survey.FigureHeldBack, &survey.Bounds{Lower: 1}
		}
		return t, nil
	}
	t.Mode = survey.ModeCertified
	t.Certified = &survey.Certificate{Revision: 1, State: survey.RevisionCertified, Reason: survey.ReasonLateAnswers, Table: strings.Repeat("0123456789abcdef", 4), Previous: strings.Repeat("f", 64),
		CertifiedAt: certifiedAt, CoSigned: []survey.Region{"em", "otv", "wessex"}, Needed: 3, Answers: 1240, Responded: 1240}
	return t, nil
}

func (c canned) PublicTable(cycle survey.Cycle, metric string, by survey.Dimension) (survey.PublicTable, error) {
	if metric == c.exposed {
		return survey.PublicTable{}, report.ErrWithheld
	}
	t := survey.PublicTable{Cycle: cycle, Revision: 1, Metric: metric, By: by, Keys: survey.BreakdownKeys(by)}
	if c.name != "" {
		t.Keys[0].Label = c.name
	}
	unit := survey.UnitFTE
	if metric == "investment_leveraged" {
		unit = survey.UnitPence
	}
	for i := range t.Keys {
		t.Nation = append(t.Nation, figure(metric, unit, int64(i)*4_000_00, 60))
	}
	for i, info := range survey.Regions() {
		f := figure(metric, unit, int64(i*i%7+1)*3_141_59, 40)
		if code := map[survey.Region]survey.FigureReason{"sw": survey.FigureFew, "we": survey.FigureComplement, "em": survey.FigureDominated}[info.Region]; code != "" {
			f = survey.Figure{Metric: metric, Unit: unit, Status: survey.FigureHidden, Qualifier: survey.QualifierAtLeast, ReasonCode: code, Reason: "hidden"}
		}
		t.Totals = append(t.Totals, f)
		t.Rows = append(t.Rows, survey.TotalsRow{Key: string(info.Region), Label: info.Region.Name()})
	}
	return t, nil
}

func (c canned) Compare(_ context.Context, q survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error) {
	change, few := int64(1250), int64(-300)
	return survey.Comparison{Cycle: q.Cycle, Against: against, Figures: []survey.ComparedFigure{
		{Metric: "investment_leveraged", Panel: &survey.PanelChange{Change: &change, Companies: 412, AfterHandover: 6, Regions: 12}},
		{Metric: "jobs_created", Panel: &survey.PanelChange{Change: &few, Companies: 9, Regions: 2}}}}, nil
}

func (c canned) Reconciliation(metric string, from survey.Cycle) (survey.Reconciliation, error) {
	if metric != "investment_leveraged" {
		return survey.Reconciliation{}, survey.ErrNotFound
	}
	return survey.Reconciliation{Metric: metric, Unit: survey.UnitPence, From: from, Years: []survey.ReconciledYear{
		{Cycle: "2019-20", Since: "2018-19", Basis: survey.BasisPublished, Value: 500_000_000_00, Qualifier: survey.QualifierEstimated, Cumulative: 500_000_000_00,
			Published: &survey.PublishedFigure{Text: "£500m over two years", Source: "National company survey 2018-20"}},
		{Cycle: "2021-22", Basis: survey.BasisCertified, Value: 455_000_000_00, Cumulative: 955_000_000_00, Difference: 345_000_000_00,
			PublishedTotal: &survey.PublishedFigure{Text: "£1.3bn since 2018", Source: "AHSN Network report 2021-22"},
			Lines:          []survey.ReconcilingLine{{Cycle: "2020-21", Value: 345_000_000_00, Text: "the year was not published alone"}}}}}, nil
}

func (c canned) Rule(string) (report.Rule, error) {
	return report.Rule{Contributors: 10, Percent: 10, RoundCount: 5, RoundMoney: 100_000_00}, nil
}

// sources are the reports of the storybook.
var sources = map[string]canned{
	"final":       {final: true, lastFinal: true},
	"few":         {final: true, lastOther: false, few: true, exposed: "jobs_created"},
	"provisional": {lastFinal: true},
}

func rendered(t *testing.T, source canned) string {
	t.Helper()
	made, err := report.Compose(t.Context(), source, "2022-23")
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := report.Render(&page, made); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// Equal inputs give equal bytes: the golden ones.
func TestGolden(t *testing.T) {
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			page := rendered(t, source)
			if again := rendered(t, source); again != page {
				t.Error("a second report of the same has other bytes")
			}
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if page != string(want) {
				t.Errorf("the report is not as %s: look at it, then run go test -update", file)
			}
		})
	}
}

var (
	outside = regexp.MustCompile(`(?i)<script|<link[^>]+href="[^d"]|src=|url\(|@import|https?:|\son[a-z]+=|\sstyle=`)
	idMark  = regexp.MustCompile(`\sid="([^"]*)"`)
)

// A report needs nothing else: it has no script, no address and no inline style attribute. Its ids
// are unique, and every picture has a title, a description and a table.
func TestSelfContained(t *testing.T) {
	for name, source := range sources {
		page := rendered(t, source)
		if m := outside.FindString(page); m != "" {
			t.Errorf("%s: it holds %q", name, m)
		}
		seen := map[string]bool{}
		for _, m := range idMark.FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("%s: the id %s is there twice", name, m[1])
			}
			seen[m[1]] = true
		}
		if strings.Count(page, "<svg role=\"img\"") != strings.Count(page, "</desc>") || strings.Count(page, "<svg") == 0 {
			t.Errorf("%s: a picture without a description", name)
		}
		for _, m := range regexp.MustCompile(`aria-labelledby="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			for _, id := range strings.Fields(m[1]) {
				if !seen[id] {
					t.Errorf("%s: nothing has the id %s", name, id)
				}
			}
		}
	}
}

// Figures that the public may not see are not in the bytes.
func TestPublicCircle(t *testing.T) {
	for name, want := range map[string]struct{ has, hasNot []string }{
		"final": {[]string{"£428,000,000", "Final figures, revision 1", "0123456789abcdef0123456789abcdef", "another hidden figure could be worked out from it", "412 companies", "−5.9%", "How to verify", "1,329 posts", "Jobs safeguarded by AHSN"},
			[]string{"9 companies", "Provisional"}},
		"few":         {[]string{"hidden to protect a company", "Jobs created with support: regional figures cannot be published"}, []string{"428.5 posts", "1,329 posts", "4 companies", "Jobs safeguarded by AHSN", "Jobs created with support by AHSN"}},
		"provisional": {[]string{"Provisional figures, rounded", "from 1,240 of 1,372 answers", "when they are final", "nothing to verify yet"}, []string{"Certified table", "between"}},
	} {
		page := rendered(t, sources[name])
		for _, words := range want.has {
			if !strings.Contains(page, words) {
				t.Errorf("%s lacks %q", name, words)
			}
		}
		for _, words := range want.hasNot {
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(words)).MatchString(strings.ReplaceAll(page, "at least 10 companies", "")) {
				t.Errorf("%s holds %q", name, words)
			}
		}
	}
}

// Names and reasons come from other nodes, so they are escaped.
func TestHostileText(t *testing.T) {
	evil := `"><script>alert(1)</script></title>{{.}}`
	for _, final := range []bool{true, false} {
		page := rendered(t, canned{final: final, name: evil})
		if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("final %v: the script is in the page, or nowhere", final)
		}
	}
}

// Years of other definitions are not compared.
func TestOtherDefinitions(t *testing.T) {
	if _, err := report.Compose(t.Context(), canned{lastOther: true}, "2022-23"); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("definitions that this software does not know: %v", err)
	}
	if page := rendered(t, sources["provisional"]); strings.Contains(page, "Same companies") {
		t.Error("provisional figures have a matched panel")
	}
}

func BenchmarkReport(b *testing.B) {
	for b.Loop() {
		made, err := report.Compose(b.Context(), sources["final"], "2022-23")
		if err != nil {
			b.Fatal(err)
		}
		if err := report.Render(&bytes.Buffer{}, made); err != nil {
			b.Fatal(err)
		}
	}
}
