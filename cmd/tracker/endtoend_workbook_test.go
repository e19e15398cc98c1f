//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

const oldWorkbook = `Company,Company No,AHSN,Status,Date surveyed,Outcome
ALPHA LTD,99000001,Oxford AHSN,Completed,03/09/2020,Replied
BETA LTD,99000002,otv,,,
GAMMA LTD,99000003,Wessex AHSN,Declined,2020-10-01,No time
BETA LIMITED,99000002,South West AHSN,Contacted,,
DELTA LTD,99000004,Atlantis AHSN,Contacted,,
EPSILON LTD,99000005,Oxford AHSN,refused,31/02/2020,
`

const publishedFigures = `Year,Through,Scope,Metric,Value,Unit,Published in
2018-19,2019-20,nation,investment_leveraged,£500m,pounds,Impact report 2020
2021-22,,Wessex AHSN,jobs_created,120,count,Annual report
`

// TestAnOldWorkbookAndSheets goes through the lists that people bring and get,
// on a federation of one.
func TestAnOldWorkbookAndSheets(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := startAlone(t)
	f.at("otv", "campaign", "open", "2019-20")
	file := func(name, text string) string {
		path := filepath.Join(f.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	workbook := file("workbook.csv", oldWorkbook)
	for range 2 { // the second time changes nothing
		out, talk, err := f.try("import", "tracker", workbook, "--cycle", "2019-20", "--dir", f.nodes["otv"].Dir)
		if err == nil || !strings.Contains(talk, "Atlantis") || !strings.Contains(talk, "no such day") {
			t.Fatalf("%v %s%s", err, out, talk)
		}
		for _, want := range []string{"this region's rows +2", "claimed +2", "other regions' rows +2", "kept as reported +4", "refused +2"} {
			if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(out) {
				t.Errorf("%s is not in\n%s%s", want, out, talk)
			}
		}
	}
	claims := f.at("otv", "claims", "--cycle", "2019-20", "--csv")
	if !strings.Contains(claims, "GB-COH:99000001,otv,contacted") || !strings.Contains(claims, "GB-COH:99000002,otv,claimed") || strings.Contains(claims, "99000003") {
		t.Errorf("%s", claims)
	}
	if got := f.at("otv", "record", "list", "reported", "--csv"); strings.Count(got, "GB-COH:") != 4 {
		t.Errorf("%s", got)
	}

	f.at("otv", "import", "baseline", file("published.csv", publishedFigures))
	if got := f.at("otv", "export", "baseline"); !strings.Contains(got, "investment_leveraged,500000000,pounds") || strings.Count(got, survey.NotRederivable) != 2 {
		t.Errorf("%s", got)
	}

	if got := f.at("otv", "export", "held", workbook, "--cycle", "2019-20"); !strings.Contains(got, "GAMMA LTD,99000003,Wessex AHSN,Declined,2020-10-01,No time,,free,") ||
		!strings.Contains(got, "ALPHA LTD,99000001,Oxford AHSN,Completed,03/09/2020,Replied,Health Innovation Oxford & Thames Valley,contacted,") {
		t.Errorf("%s", got)
	}
	form := filepath.Join(f.dir, "form.xlsx")
	f.at("otv", "response", "template", "--cycle", "2019-20", "--xlsx", form, "--organisation", "99000002")
	f.at("otv", "response", "template", "--cycle", "2019-20", "--xlsx", filepath.Join(f.dir, "all.xlsx"))
	if _, talk, err := f.try("import", "responses", form, "--cycle", "2019-20", "--dir", f.nodes["otv"].Dir); err == nil || !strings.Contains(talk, "the row answers no question") {
		t.Errorf("a blank form: %v %s", err, talk)
	}
	f.at("otv", "import", "responses", file("form.csv", "Field,Question,Your answer,How to answer\nIdentifier,,GB-COH:99000002,\nq01,,Yes,\nsharing,,yes,\n"), "--cycle", "2019-20")
	if got := f.at("otv", "response", "show", "GB-COH:99000002", "--cycle", "2019-20", "--json"); !strings.Contains(got, `"sharing": "allowed"`) {
		t.Errorf("%s", got)
	}
	f.at("otv", "check")
}
