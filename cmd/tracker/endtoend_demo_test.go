//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// A marker in free text and an odd figure, to find in files.
const (
	oddWords  = "Zwiebelkuchen-im-Freitext"
	oddAmount = survey.Pence(987_654_321_09)
)

func TestDemoFromStartToResume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDemo(t, dir, "--nodes", "5", "--policy", cli.DemoOpenPolicy)
	if !strings.Contains(d.said(), "ready: 5 nodes, 5 voters, leader ") {
		t.Errorf("it said %q", d.said())
	}
	d.checkFile()
	d.checkPublished()
	d.checkCertified()
	d.checkRaise()
	before := d.counts()
	d.stop()

	fails(t, "was founded under open and keeps it", "demo", "--dir", dir, "--policy", demo.UsualPolicy)
	d = startDemo(t, dir)
	if after := d.counts(); after != before {
		t.Errorf("resuming changed the counts:\n%s\n%s", before, after)
	}
	d.checkSame()
	d.checkCertified()
	d.stop()
}

// TestDemoUnderTheUsualPolicy: what waits in the open year is said, the
// certified year is whole, and the two stand side by side.
func TestDemoUnderTheUsualPolicy(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", "3")
	d.checkCertified()
	for _, want := range []string{"figures leave a region in batches", "demo --policy open"} {
		eventually(t, factTimeout, func() string {
			if !strings.Contains(d.said(), want) {
				return "the reader is not told: " + d.said()
			}
			return ""
		})
	}
	if out := d.must(d.node(2), "totals", "--cycle", "2022-23", "--compare", "C-1"); !strings.Contains(out, "nothing can be shown now: the companies that answered in both years are matched at the close") {
		t.Errorf("why there is no matched panel is not said:\n%s", out)
	}
	out := d.must(d.node(0), "totals", "--cycle", "2022-23")
	if !regexp.MustCompile(`Investment leveraged +at least £[0-9,]+ .*[0-9]+ are in and will be added in batches, all at close`).MatchString(out) {
		t.Errorf("what waits is not said:\n%s", out)
	}
	out = d.must(d.node(1), "totals", "--cycle", "2022-23", "--own")
	if !strings.Contains(out, "LIVE, HERE ONLY") || !strings.Contains(out, "The others are added in batches") {
		t.Errorf("the region's own figures:\n%s", out)
	}
	d.stop()
}

// checkCertified asks every node for the year before, final.
func (d *federated) checkCertified() {
	d.t.Helper()
	table := ""
	for _, n := range d.file.Nodes {
		var totals survey.Totals
		d.read(n, "/totals", url.Values{"cycle": {string(demo.EarlierCycle)}, "mode": {"certified"}}, &totals)
		if totals.Certified == nil || table != "" && totals.Certified.Table != table || totals.Certified.Difference != 0 || totals.Coverage.Included != len(d.file.Nodes) {
			d.t.Fatalf("%s: certified %+v, want table %s", n.Region, totals.Certified, table)
		}
		table = totals.Certified.Table
		if out := d.must(n, "totals", "--cycle", string(demo.EarlierCycle), "--mode", "certified"); !strings.Contains(out, " £455,000,000 ") {
			d.t.Errorf("%s: no £455m in\n%s", n.Region, out)
		}
	}
	first, file := d.node(0), filepath.Join(d.t.TempDir(), "year.json")
	d.must(first, "certify", "publish", file, "--cycle", string(demo.EarlierCycle))
	if out := d.must(first, "verify", file); !strings.Contains(out, table) {
		d.t.Errorf("the published file is not about %s:\n%s", table, out)
	}
	// The certified year comes from the registry, so it is whole at once; the
	// other one's summaries may still be on their way.
	beside := d.must(first, "totals", "--cycle", "2022-23", "--compare", "C-1")
	for _, want := range []string{" £455,000,000 ", "2021-22: certified, revision 0, with ", "2022-23: not certified"} {
		if !strings.Contains(beside, want) {
			d.t.Errorf("year on year: no %q in\n%s", want, beside)
		}
	}
	for _, want := range []string{"2021-22 ", "(45%)", "not growth by itself"} {
		eventually(d.t, factTimeout, func() string {
			out := d.must(first, "totals", "--cycle", "2022-23", "--compare", "C-1")
			if !strings.Contains(out, want) {
				return fmt.Sprintf("year on year: no %q in\n%s", want, out)
			}
			return ""
		})
	}
}

// checkFile holds demo.json against what scripts are told of it.
func (d *federated) checkFile() {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, "demo.json"))
	if err != nil {
		d.t.Fatal(err)
	}
	var file struct {
		Cycle, CA string
		Nodes     []struct {
			Region, URL, Operator, Node, Token, Dir string
			PID                                     int
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		d.t.Fatal(err)
	}
	if file.Cycle != "2022-23" || file.CA != filepath.Join(d.dir, "ca.pem") || len(file.Nodes) != 5 {
		d.t.Errorf("demo.json: %s", text)
	}
	for _, n := range file.Nodes {
		for _, address := range []string{n.URL, n.Operator} {
			if u, err := url.Parse(address); err != nil || u.Hostname() != "127.0.0.1" || u.Port() == "" {
				d.t.Errorf("%s: address %q", n.Region, address)
			}
		}
		if !alive(n.PID) || n.Token == "" || n.Dir != filepath.Join(d.dir, n.Region) || !strings.HasPrefix(n.Node, "127.0.0.1:") {
			d.t.Errorf("demo.json: %+v", n)
		}
	}
}

// checkPublished asks three nodes for the published figures.
func (d *federated) checkPublished() {
	d.t.Helper()
	for _, i := range []int{0, 2, 4} {
		out := d.must(d.node(i), "totals", "--cycle", "2022-23")
		for _, want := range []string{"2,831", "£428,000,000", "1,329 posts"} {
			if !strings.Contains(out, want) {
				d.t.Errorf("%s: no %q in\n%s", d.node(i).Region, want, out)
			}
		}
		rate := d.totals(d.node(i)).ResponseRate
		if rate < 4000 || rate > 5000 {
			d.t.Errorf("%s: response rate %d basis points", d.node(i).Region, rate)
		}
	}
	d.checkSame()
}

// checkSame waits until every node gives the same answer.
func (d *federated) checkSame() {
	d.t.Helper()
	eventually(d.t, factTimeout, func() string {
		first := d.totals(d.node(0))
		for _, n := range d.file.Nodes {
			if got := d.totals(n); got.AnswerID != first.AnswerID || got.Coverage.Current != len(d.file.Nodes) {
				return fmt.Sprintf("%s: answer %s, %d current; %s has %s", n.Region, got.AnswerID, got.Coverage.Current, d.node(0).Region, first.AnswerID)
			}
		}
		return ""
	})
}

// checkRaise raises one answer by £100, with words and a figure that are then
// looked for in every file.
func (d *federated) checkRaise() {
	d.t.Helper()
	questions, err := survey.QuestionnaireByID(survey.CurrentQuestionnaire)
	if err != nil {
		d.t.Fatal(err)
	}
	owner := d.node(1)
	companies := d.companies()
	chosen := slices.IndexFunc(companies, func(c demo.Company) bool {
		return c.Answers != nil && c.Supporters[0] == survey.Region(owner.Region) && c.Answers.Leveraged > 0
	})
	company := companies[chosen]
	raised := *company.Answers
	raised.Leveraged += 100_00
	raised.Secured[0] += 100_00
	raised.Sales = oddAmount
	answers := raised.JSON(company, questions)
	answers["q15"] = "They said: " + oddWords + "."
	text, err := json.Marshal(map[string]any{"answers": answers})
	if err != nil {
		d.t.Fatal(err)
	}
	before := d.figure(d.node(0), "investment_leveraged")
	said := d.tracker(owner, string(text), "response", "record", string(company.ID), "--cycle", "2022-23", "--file", "-")
	if said.code != cli.ExitDone {
		d.t.Fatalf("record the raised answer: exit %d: %s", said.code, said.err)
	}
	eventually(d.t, factTimeout, func() string {
		for _, n := range d.file.Nodes {
			if got := d.figure(n, "investment_leveraged") - before; got != 100_00 {
				return fmt.Sprintf("%s: the nation moved by %d pence", n.Region, got)
			}
		}
		return ""
	})
	d.checkLocal(owner)
}

// checkLocal walks all files: what a company said is in its region's records
// and nowhere else.
func (d *federated) checkLocal(owner cli.DemoNode) {
	d.t.Helper()
	amount := uint64(oddAmount)
	bigEndian, littleEndian := []byte{}, []byte{}
	for shift := 0; amount>>shift > 0; shift += 8 {
		littleEndian = append(littleEndian, byte(amount>>shift))
	}
	for i := range littleEndian {
		bigEndian = append(bigEndian, littleEndian[len(littleEndian)-1-i])
	}
	home, found := filepath.Join(owner.Dir, "records.db"), 0
	err := filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a running node removed it
			return nil
		}
		if err != nil || !entry.Type().IsRegular() || entry.Name() == demo.BinaryName {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for name, pattern := range map[string][]byte{"the words": []byte(oddWords), "the figure": bigEndian, "the figure, reversed": littleEndian,
			"the figure in pence": fmt.Append(nil, int64(oddAmount)), "the figure in pounds": []byte(oddAmount.Decimal())} {
			switch hit := bytes.Contains(content, pattern); {
			case hit && path == home:
				found++
			case hit:
				d.t.Errorf("%s are in %s", name, path)
			}
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if found < 2 {
		d.t.Errorf("of the words and the figure, %d are in %s: does the test look for the right bytes?", found, home)
	}
}

// companies are those that the demo has invented.
func (d *federated) companies() []demo.Company { return demo.Companies(d.file.Regions()) }

// counts says how much of everything there is, over all nodes.
func (d *federated) counts() string {
	d.t.Helper()
	var organisations, claims, answers []int
	for _, n := range d.file.Nodes {
		organisations = append(organisations, strings.Count(d.must(n, "org", "list", "--csv"), "\n")-1)
		claims = append(claims, strings.Count(d.must(n, "claims", "--cycle", "2022-23", "--csv"), "\n")-1)
		for _, cycle := range []string{"2021-22", "2022-23"} {
			answers = append(answers, strings.Count(d.must(n, "response", "list", "--cycle", cycle, "--csv"), "\n")-1)
		}
	}
	var campaign api.CampaignDetail
	d.read(d.node(0), cli.CampaignPath(cli.DemoCycle), nil, &campaign)
	totals := d.totals(d.node(0))
	return fmt.Sprintf("organisations %d, claims %d, answers %d, campaign %+v, figures %+v", organisations, claims, answers, campaign.Counts, values(totals))
}

func values(totals survey.Totals) map[string]int64 {
	all := map[string]int64{}
	for _, f := range totals.Figures {
		all[f.Metric] = f.Value
	}
	return all
}
