//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// certifying4 are the regions of the test: the founder and three that joined.
var certifying4 = []string{"nenc", "otv", "gm", "wessex"}

// TestAYearIsCertified takes a year of four regions, none of which decides
// alone, from its opening to certified figures, to a revision of them, and to
// one node that is left with them.
func TestAYearIsCertified(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := &certified{independent: &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}}
	f.found()
	f.open()
	for i, region := range certifying4 {
		f.claims(region, i)
		f.answers(region, company(i), "250000.50")
	}
	f.claims("gm", 10) // answers late
	f.awaitAnswers(4)
	f.stop("wessex")
	f.close()
	f.settle()
	first := f.cosign()
	f.serve("wessex")
	f.await("wessex", "the others", func(s survey.FederationStatus) bool { return s.Quorum.Reachable == 4 })
	f.same(0, first, "£1,000,002")
	file := f.published(first)
	f.flipped(file)
	second := f.revised(first)
	f.same(1, second, "£1,250,002.50")
	f.same(0, first, "£1,000,002")
	f.republished(file)
	f.alone(first, second)
}

// certified is a federation whose year is certified.
type certified struct{ *independent }

func company(i int) string { return fmt.Sprintf("GB-COH:9907%04d", i) }

// found founds and joins the four regions.
func (f *certified) found() {
	f.must(append([]string{"init", "--region", "nenc", "--policy", "open"}, f.ports("nenc")...)...)
	f.serve("nenc")
	f.await("nenc", "itself voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 1 })
	for _, region := range certifying4[1:] {
		token := f.at("nenc", "invite", region)
		f.must(append([]string{"join", token}, f.ports(region)...)...)
		f.serve(region)
	}
	f.await("wessex", "four voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 4 && s.Quorum.Reachable == 4 })
}

// waits runs a step that is to wait for a second region, and returns the number
// to endorse.
func (f *certified) waits(region string, args ...string) string {
	f.t.Helper()
	_, talk, err := f.patiently(append(args, "--dir", f.nodes[region].Dir)...)
	found := regexp.MustCompile(`number ([0-9]+) waits for a second region: tracker endorse ([0-9]+)`).FindStringSubmatch(talk)
	if err != nil || found == nil || found[1] != found[2] {
		f.t.Fatalf("%s: tracker %s: %v: %s", region, strings.Join(args, " "), err, talk)
	}
	return found[1]
}

// says runs a step that is to succeed and holds what it says against a phrase.
func (f *certified) says(region, phrase string, args ...string) {
	f.t.Helper()
	out, talk, err := f.patiently(append(args, "--dir", f.nodes[region].Dir)...)
	if err != nil || !strings.Contains(out+talk, phrase) {
		f.t.Fatalf("%s: tracker %s: %v: no %q in %s%s", region, strings.Join(args, " "), err, phrase, out, talk)
	}
}

// refuses runs a step that is to be refused.
func (f *certified) refuses(region, phrase string, args ...string) {
	f.t.Helper()
	out, talk, err := f.patiently(append(args, "--dir", f.nodes[region].Dir)...)
	if err == nil || !strings.Contains(talk, phrase) {
		f.t.Fatalf("%s: tracker %s: %v: no refusal with %q in %s%s", region, strings.Join(args, " "), err, phrase, out, talk)
	}
}

// open opens the campaign: proposed by one, endorsed by another.
func (f *certified) open() {
	number := f.waits("nenc", "campaign", "open", "2021-22", "--closes", "2022-09-30")
	if again := f.waits("nenc", "campaign", "open", "2021-22", "--closes", "2022-09-30"); again != number {
		f.t.Errorf("proposed again, it is number %s, not %s", again, number)
	}
	f.refuses("nenc", "neither proposed it", "endorse", number)
	f.says("otv", "Done: proposal", "endorse", number)
	f.says("gm", "was open already", "campaign", "open", "2021-22", "--closes", "2022-09-30")
	dates := f.waits("gm", "campaign", "dates", "2021-22", "--closes", "2022-10-31")
	f.says("wessex", "Done: proposal", "endorse", dates)
	eventually(f.t, factTimeout, func() string { // wessex decided it
		if out := f.at("nenc", "campaign", "show", "2021-22"); !strings.Contains(out, "2022-10-31") {
			return out
		}
		return ""
	})
	f.says("gm", "Done: proposal", "endorse", f.waits("nenc", "campaign", "dates", "2021-22", "--closes", "2022-11-30"))
	f.refuses("gm", "cannot close before it opens", "campaign", "dates", "2021-22", "--opens", "2022-12-01")
	f.refuses("gm", "No campaign was opened for this cycle", "campaign", "close", "2020-21")
	f.refuses("gm", "ampaign 2021-22 is open", "certify", "sign-off", "--cycle", "2021-22")
}

func (f *certified) claims(region string, i int) {
	id := company(i)
	f.at(region, "org", "add", fmt.Sprintf("Certified %d Ltd", i), "--identifier", id)
	f.at(region, "claim", id, "--cycle", "2021-22")
}

func (f *certified) answers(region, id, leveraged string) {
	path := filepath.Join(f.dir, strings.ReplaceAll(id, ":", "-")+".json")
	text := fmt.Sprintf(`{"answers": {"q01": "yes", "q02": [%q], "q03": 7, "q04": 1, "q05": 1, "q06": 0, "q07": {"equity": %q}, "q08": %q, "q09": 0, "q10": 0, "q11": {"stage": %q}, "q12": 0, "q13": [%q], "q14": %q}}`,
		region, leveraged, leveraged, f.option("q11"), f.option("q13"), f.option("q14"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.at(region, "response", "record", id, "--cycle", "2021-22", "--file", path)
}

func (f *certified) option(question survey.QuestionID) string {
	questions, err := survey.QuestionnaireByID(survey.CurrentQuestionnaire)
	if err != nil {
		f.t.Fatal(err)
	}
	return demo.OptionCode(questions, question, 0)
}

// awaitAnswers waits until every node has the figures of so many answers.
func (f *certified) awaitAnswers(n int) {
	f.t.Helper()
	eventually(f.t, factTimeout, func() string {
		for _, region := range certifying4 {
			var totals survey.Totals
			f.read(region, &totals, "totals", "--cycle", "2021-22")
			in := int64(0)
			for _, r := range totals.Coverage.Regions {
				in += r.AnswersReleased
			}
			if totals.Responded != n || in != int64(n) {
				return fmt.Sprintf("%s knows of %d answers, and has the figures of %d", region, totals.Responded, in)
			}
		}
		return ""
	})
}

func (f *certified) read(region string, v any, args ...string) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(f.at(region, append(args, "--json")...)), v); err != nil {
		f.t.Fatal(err)
	}
}

// close closes the campaign by the same step of two regions.
func (f *certified) close() {
	number := f.waits("gm", "campaign", "close", "2021-22")
	if again := f.waits("gm", "campaign", "close", "2021-22"); again != number {
		f.t.Errorf("proposed again, it is number %s, not %s", again, number)
	}
	f.says("otv", "Campaign 2021-22 is closed", "campaign", "close", "2021-22")
	f.refuses("nenc", "ampaign 2021-22 is closed", "campaign", "close", "2021-22")
}

// settle signs off at three regions; of the fourth, which is away, two let the
// last figures stand.
func (f *certified) settle() {
	for _, region := range []string{"nenc", "otv", "gm"} {
		f.says(region, "signed off for revision 0 of 2021-22", "certify", "sign-off", "--cycle", "2021-22")
	}
	f.says("gm", "nothing was changed", "certify", "sign-off", "--cycle", "2021-22")
	f.refuses("gm", "o sign-off of wessex", "certify", "cosign", "--cycle", "2021-22")
	f.says("gm", "Still to sign off: wessex", "certify", "status", "--cycle", "2021-22")
	stand := []string{"certify", "stand", "wessex", "--cycle", "2021-22", "--reason", "region-unreachable"}
	f.refuses("gm", "igned off itself", "certify", "absent", "otv", "--cycle", "2021-22", "--reason", "records-lost")
	f.waits("nenc", stand...)
	f.waits("nenc", stand...)
	f.says("otv", "wessex signed stand in revision 0", stand...)
	f.refuses("nenc", "No campaign was opened for this cycle", "certify", "revision", "--cycle", "2020-21", "--reason", "correction")
}

// cosign certifies by three of four, and returns the table's hash.
func (f *certified) cosign() string {
	f.t.Helper()
	f.refuses("nenc", "ou name the table 0000000000000000", "certify", "cosign", "--cycle", "2021-22", "--table", strings.Repeat("0", 64))
	var step api.CertificationStep
	for i, region := range []string{"nenc", "otv", "gm"} {
		f.read(region, &step, "certify", "cosign", "--cycle", "2021-22")
		want := survey.RevisionSigned
		if i == 2 {
			want = survey.RevisionCertified
		}
		if step.State != want {
			f.t.Fatalf("%s co-signed: %+v", region, step)
		}
	}
	f.refuses("otv", "certified figures never move", "certify", "cosign", "--cycle", "2021-22")
	return step.Hash
}

// same asks every node for a certified revision.
func (f *certified) same(revision int, table, leveraged string) {
	f.t.Helper()
	answer := ""
	for _, region := range certifying4 {
		eventually(f.t, factTimeout, func() string {
			out, talk, err := f.try("totals", "--cycle", "2021-22", "--revision", fmt.Sprint(revision), "--json", "--dir", f.nodes[region].Dir)
			var totals survey.Totals
			if err == nil {
				err = json.Unmarshal([]byte(out), &totals)
			}
			if err != nil || totals.Certified == nil || totals.Certified.Table != table {
				return fmt.Sprintf("%s: %v %s %+v, want %s", region, err, talk, totals.Certified, table)
			}
			if answer == "" {
				answer = totals.AnswerID
			}
			if totals.AnswerID != answer {
				f.t.Errorf("%s: another answer id", region)
			}
			return ""
		})
		f.says(region, leveraged, "totals", "--cycle", "2021-22", "--revision", fmt.Sprint(revision))
	}
	f.says("wessex", "derived the same from the registry alone", "certify", "status", "--cycle", "2021-22")
}

// published writes the year as a file and verifies it without a node.
func (f *certified) published(table string) string {
	f.t.Helper()
	file := filepath.Join(f.dir, "year.json")
	f.at("gm", "certify", "publish", file, "--cycle", "2021-22")
	f.refuses("gm", "already exists", "certify", "publish", file, "--cycle", "2021-22")
	for _, args := range [][]string{{"verify", file}, {"verify", file, "--peers", filepath.Join(f.nodes["gm"].Dir, "peers.json")}} {
		if out := f.must(args...); !strings.Contains(out, table) || !strings.Contains(out, "£1,000,002") {
			f.t.Errorf("tracker %s: %s", strings.Join(args, " "), out)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Size() > 150_000 {
		f.t.Errorf("the file: %v %v", info, err)
	}
	return file
}

// flipped changes single bits: each such file is refused.
func (f *certified) flipped(file string) {
	f.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 11))
	d := &federated{t: f.t}
	for range 100 {
		changed, at := append([]byte(nil), text...), random.IntN(len(text))
		changed[at] ^= 1 << random.IntN(8)
		if said := d.tracker(cli.DemoNode{}, string(changed), "verify", "-"); said.code != cli.ExitFindings || said.err == "" {
			f.t.Errorf("byte %d: %q was %q: exit %d: %s", at, changed[at], text[at], said.code, said.err)
		}
	}
}

// revised takes a late answer into the next revision, and returns its table.
func (f *certified) revised(first string) string {
	f.t.Helper()
	f.answers("gm", company(10), "250000.50")
	eventually(f.t, factTimeout, func() string {
		if out := f.at("gm", "certify", "status", "--cycle", "2021-22"); !strings.Contains(out, "came here after the final figures left: 1.") {
			return out
		}
		return ""
	})
	f.says("gm", "later answers are for the next revision", "totals", "--cycle", "2021-22", "--own")
	revision := []string{"certify", "revision", "--cycle", "2021-22", "--reason", "late-answers"}
	f.waits("gm", revision...)
	f.says("wessex", "Revision 1 of 2021-22 is open", revision...)
	absent := []string{"certify", "absent", "wessex", "--cycle", "2021-22", "--reason", "region-unreachable"}
	f.refuses("wessex", "two other regions", absent...)
	f.waits("nenc", absent...)
	f.says("otv", "continues without the figures of wessex", absent...)
	for _, region := range certifying4 { // wessex is back, and signs off itself after all
		f.says(region, "signed off for revision 1", "certify", "sign-off", "--cycle", "2021-22")
	}
	for _, region := range certifying4[:3] {
		f.at(region, "certify", "cosign", "--cycle", "2021-22")
	}
	var totals survey.Totals
	f.read("gm", &totals, "totals", "--cycle", "2021-22", "--mode", "certified")
	if totals.Certified == nil || totals.Certified.Revision != 1 || totals.Certified.Previous != first || len(totals.Certified.Changes) == 0 {
		f.t.Fatalf("revision 1: %+v", totals.Certified)
	}
	f.says("gm", "£1,000,002", "totals", "--cycle", "2021-22", "--mode", "certified") // what it was before
	return totals.Certified.Table
}

// publish makes the file of a revision at a node and returns its text.
func (f *certified) publish(region, name string, revision int) string {
	f.t.Helper()
	file := filepath.Join(f.dir, name)
	f.at(region, "certify", "publish", file, "--cycle", "2021-22", "--revision", fmt.Sprint(revision))
	text, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

// republished makes the first revision's file again: at the same node it is the
// same to the byte, at another one all but the receipts' witness.
func (f *certified) republished(file string) {
	f.t.Helper()
	before, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	if again := f.publish("gm", "again.json", 0); again != string(before) {
		f.t.Error("the file made again at the same node is another one")
	}
	witness := regexp.MustCompile(`"checkpoint":"[^"]*","witness":"[^"]*","witness_key":"[^"]*"`)
	other := f.publish("otv", "otv.json", 0)
	if other == string(before) || witness.ReplaceAllString(other, "") != witness.ReplaceAllString(string(before), "") {
		f.t.Errorf("the files of two nodes differ in more than the witness:\n%s\n%s", before, other)
	}
}

// alone destroys all nodes but one: it answers for both revisions, and makes the
// files again.
func (f *certified) alone(first, second string) {
	f.t.Helper()
	for _, region := range []string{"nenc", "gm", "wessex"} {
		f.stop(region)
		if err := os.RemoveAll(f.nodes[region].Dir); err != nil {
			f.t.Fatal(err)
		}
	}
	f.stop("otv")
	f.serve("otv")
	for revision, table := range []string{first, second} {
		eventually(f.t, startTimeout, func() string {
			out, talk, err := f.try("totals", "--cycle", "2021-22", "--revision", fmt.Sprint(revision), "--dir", f.nodes["otv"].Dir)
			if err != nil || !strings.Contains(out, table) {
				return fmt.Sprintf("%v: %s%s", err, out, talk)
			}
			return ""
		})
		name := fmt.Sprintf("alone-%d.json", revision)
		f.publish("otv", name, revision)
		if out := f.must("verify", filepath.Join(f.dir, name)); !strings.Contains(out, table) {
			f.t.Errorf("revision %d: %s", revision, out)
		}
	}
	before, err := os.ReadFile(filepath.Join(f.dir, "otv.json"))
	if again := f.publish("otv", "alone.json", 0); err != nil || again != string(before) {
		f.t.Errorf("alone it makes another file than before: %v", err)
	}
}
