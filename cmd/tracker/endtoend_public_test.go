//go:build unix

package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// dominatedRegion is the region of the test in which one company has 80 % of the
// money and another 15 %.
const dominatedRegion = "gm"

// TestThePublicSeesNoDominatedRegion takes a year of five regions under the
// usual policy from answers to certified figures. One region's money is nearly
// all one company's: the nation is exact all the same, and for the public that
// region is hidden with others, on every surface.
func TestThePublicSeesNoDominatedRegion(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", "5", "--no-data")
	total := d.fillDominated()
	out := d.must(d.node(0), "totals", "--cycle", "2022-23", "--public")
	if !strings.Contains(out, "provisional") || strings.Contains(out, dominatedRegion) {
		t.Errorf("before the close:\n%s", out)
	}
	d.certifyYear("2022-23")
	if out := d.must(d.node(4), "totals", "--cycle", "2022-23", "--mode", "certified"); !strings.Contains(out, " "+total.String()+" ") {
		t.Errorf("the nation is not %s:\n%s", total, out)
	}
	var first survey.PublicTable
	d.read(d.node(0), "/totals/public", url.Values{"cycle": {"2022-23"}}, &first)
	hidden := d.checkHidden(first, total)
	for _, n := range d.file.Nodes {
		var table survey.PublicTable
		d.read(n, "/totals/public", url.Values{"cycle": {"2022-23"}}, &table)
		if !reflect.DeepEqual(table, first) {
			t.Errorf("%s publishes something else:\n%+v\n%+v", n.Region, table, first)
		}
	}
	out = d.must(d.node(1), "totals", "--cycle", "2022-23", "--public")
	if !strings.Contains(out, "certified, revision 0") || !strings.Contains(out, total.String()) || strings.Count(out, "hidden") < hidden {
		t.Errorf("what a person reads:\n%s", out)
	}
	d.checkPublicFiles(hidden)
	d.stop()
}

// fillDominated registers twelve companies in each region, with their answers,
// and returns the nation's money.
func (d *federated) fillDominated() survey.Pence {
	d.t.Helper()
	random := rand.New(rand.NewPCG(80, 15))
	var total survey.Pence
	var companies []demo.Company
	for r, n := range d.file.Nodes {
		for i := range 12 {
			leveraged := survey.Pence(100_000_00 + 1_000_00*int64(i+r))
			if n.Region == dominatedRegion {
				leveraged = map[int]survey.Pence{0: 1_600_000_00, 1: 300_000_00}[i]
				leveraged = max(leveraged, 10_000_00)
			}
			total += leveraged
			companies = append(companies, answeringCompany(r*12+i, survey.Region(n.Region), leveraged, random))
		}
	}
	if err := demo.Fill(d.t.Context(), d.file, cli.DemoCycle, companies); err != nil {
		d.t.Fatal(err)
	}
	eventually(d.t, factTimeout, func() string {
		if got := d.totals(d.node(0)).Responded; got != len(companies) {
			return fmt.Sprintf("%d of %d have answered", got, len(companies))
		}
		return ""
	})
	return total
}

func answeringCompany(i int, lead survey.Region, leveraged survey.Pence, random *rand.Rand) demo.Company {
	id, sectors, sizes := survey.Identifier(fmt.Sprintf("%s:%d", survey.SchemeCompany, cli.FirstInvented+i)), survey.Sectors(), survey.SizeBands()
	c := demo.Company{ID: id, Supporters: []survey.Region{lead}, State: survey.Responded, New: survey.NewOrganisation{
		Identifiers: []survey.Identifier{id}, Name: fmt.Sprintf("Answering %d Ltd", i), NameAsOf: cli.DemoCycle.Ends(), Kind: survey.KindCompany,
		LeadRegion: lead, Status: survey.StatusActive, Sector: sectors[i%len(sectors)], SizeBand: sizes[i%len(sizes)]}}
	c.Answers = demo.InventAnswers(random, leveraged, survey.FTE(random.IntN(4)*50), survey.FTE(random.IntN(3)*50), c.New.SizeBand)
	return c
}

// certifyYear closes the campaign and takes it to certified figures.
func (d *federated) certifyYear(cycle string) {
	d.t.Helper()
	eventually(d.t, startTimeout, func() string {
		if said := d.tracker(d.node(0), "", "campaign", "close", cycle); said.code != cli.ExitDone && !strings.Contains(said.err, "is closed") {
			return said.err
		}
		return ""
	})
	for _, step := range []string{"sign-off", "cosign"} {
		for _, n := range d.file.Nodes {
			eventually(d.t, startTimeout, func() string {
				if said := d.tracker(n, "", "certify", step, "--cycle", cycle); said.code != cli.ExitDone && !strings.Contains(said.err, "certified figures never move") {
					return said.err
				}
				return ""
			})
		}
	}
	for _, n := range d.file.Nodes {
		eventually(d.t, factTimeout, func() string {
			return d.tracker(n, "", "totals", "--cycle", cycle, "--mode", "certified").err
		})
	}
}

// checkHidden holds the table against what the public may see of it, and returns
// how many regions it hides.
func (d *federated) checkHidden(table survey.PublicTable, total survey.Pence) int {
	d.t.Helper()
	if f := table.Nation[0]; table.Revision != 0 || table.Provisional || f.Value != int64(total) || f.Qualifier != survey.QualifierExact {
		d.t.Errorf("the nation: %+v of revision %d", f, table.Revision)
	}
	hidden := 0
	for _, row := range table.Rows {
		f := row.Figures[0]
		if f.Status == survey.FigureHidden {
			hidden++
		}
		if row.Key == dominatedRegion && (f.Status != survey.FigureHidden || f.ReasonCode != survey.FigureDominated || f.Value != 0) {
			d.t.Errorf("the dominated region: %+v", f)
		}
	}
	if hidden < 3 || hidden == len(table.Rows) {
		d.t.Errorf("%d of %d regions are hidden", hidden, len(table.Rows))
	}
	return hidden
}

// checkPublicFiles reads the list and the workbook: each row is marked, and what
// is hidden is in neither.
func (d *federated) checkPublicFiles(hidden int) {
	d.t.Helper()
	text := d.must(d.node(2), "totals", "--cycle", "2022-23", "--public", "--csv")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		d.t.Fatal(err)
	}
	path := filepath.Join(d.t.TempDir(), "public.xlsx")
	d.must(d.node(3), "totals", "--cycle", "2022-23", "--public", "--by", "sector", "--metric", "jobs_created", "--xlsx", path)
	book, err := os.Open(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer book.Close()
	info, err := book.Stat()
	if err != nil {
		d.t.Fatal(err)
	}
	list, err := sheet.OpenXLSX(book, info.Size(), sheet.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	sectors := 0
	for row, err := range list.Rows() {
		if err != nil {
			d.t.Fatal(err)
		}
		if sectors++; row.Cells[0] != "public" || row.Cells[1] != "certified, revision 0" || row.Cells[3] != "jobs_created" {
			d.t.Errorf("the workbook: %v", row.Cells)
		}
	}
	if sectors < 5 {
		d.t.Errorf("the workbook has %d rows", sectors)
	}
	blank := 0
	for _, row := range rows[1:] {
		if row[0] != "public" || row[1] != "certified, revision 0" || row[4] == dominatedRegion && row[7] != "" {
			d.t.Errorf("the list: %v", row)
		}
		if row[9] == string(survey.FigureHidden) && row[7] == "" && row[11] == "" {
			blank++
		}
	}
	if blank != hidden || len(rows) != 1+1+5 {
		d.t.Errorf("%d of %d rows are hidden: %v", blank, len(rows), rows)
	}
	var asked struct{ Rows []json.RawMessage }
	if err := json.Unmarshal([]byte(d.must(d.node(2), "totals", "--cycle", "2022-23", "--public", "--json")), &asked); err != nil || len(asked.Rows) != 5 {
		d.t.Errorf("as JSON: %v, %d rows", err, len(asked.Rows))
	}
}
