//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	ownFile = `{"id": "own-1", "region": "otv", "questions": [
 {"id": "otv.posts", "kind": "fte", "unit": "fte_hundredths", "maximum": 10000, "text": "How many posts in the enterprise zone?", "allow": ["dont_know"]},
 {"id": "otv.park", "kind": "text", "maximum": 100, "text": "Which park?"}],
 "areas": [{"code": "QU9", "label": "Buckinghamshire, Oxfordshire and Berkshire West"}, {"code": "otv.west", "label": "West of the river"}]}`
	laterQuestions = `{"id": "nq-2", "title": "The next survey", "questions": [
 {"id": "q01", "kind": "choice", "text": "Is it trading?", "core": true, "options": [{"code": "yes", "label": "Yes"}, {"code": "no", "label": "No"}]},
 {"id": "q02", "kind": "multi", "text": "Who helped?", "core": true, "options_from": "regions", "options": [{"code": "none", "label": "None", "exclusive": true}]},
 {"id": "q20", "kind": "money", "unit": "pence", "maximum": 100000000000, "core": true, "text": "How much was saved?"},
 {"id": "q11", "kind": "stage", "text": "Which stage?", "options": ` + laterStages + `}], "rules": []}`
	laterStages = `[{"code": "idea", "label": "Idea"}, {"code": "proof_of_concept", "label": "Proof"}, {"code": "real_world_evaluation", "label": "Evaluation"},
 {"code": "ready_for_market", "label": "Ready"}, {"code": "adopted_locally", "label": "Adopted"}, {"code": "spread", "label": "Spread"}, {"code": "abroad", "label": "Sold abroad"}]`
	laterDefinitions  = `{"id": "md-2", "questionnaire": "nq-2", "metrics": [{"id": "savings", "label": "Savings", "unit": "pence", "question": "q20", "definition": "q20", "headline": true}], "derived": [], "breakdowns": {"stage": ` + laterStages + `}}`
	laterStakeholders = `{"id": "ss-2", "title": "The next stakeholders' survey", "statements": [{"code": "fair", "label": "Finds it fair"}]}`
	nationalAnswers   = `"q01":"yes","q02":["otv"],"q03":20,"q04":5,"q05":2.5,"q06":1,"q07":{"equity":1000000},"q08":1000,"q10":3`
)

// TestWhatARegionAddsForItself loads editions of all kinds into a node, asks a
// region's own questions, sorts companies into areas and finds records by their
// words: all by the program.
func TestWhatARegionAddsForItself(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	f.must(append([]string{"init", "--region", "otv"}, f.ports("otv")...)...)
	for _, e := range [][2]string{{"nq-2.json", laterQuestions}, {"md-2.json", laterDefinitions}, {"ss-2.json", laterStakeholders}, {"own-1.json", ownFile}} {
		f.at("otv", "config", "questionnaire", "add", f.file(e[0], e[1]))
	}
	if _, talk, err := f.try("config", "questionnaire", "add", f.file("own-2.json", `{"id":"own-2","region":"sw","areas":[{"code":"QU9","label":"x"}]}`), "--dir", f.nodes["otv"].Dir); err == nil || !strings.Contains(talk, "this node is otv's") {
		t.Errorf("another region's own were taken: %v %s", err, talk)
	}
	fewer := strings.Replace(strings.Replace(laterDefinitions, "md-2", "md-3", 1), `, {"code": "abroad", "label": "Sold abroad"}`, "", 1)
	if _, talk, err := f.try("config", "questionnaire", "add", f.file("md-3.json", fewer), "--dir", f.nodes["otv"].Dir); err == nil || !strings.Contains(talk, `no key of the breakdown by stage: declare all its keys under "breakdowns"`) {
		t.Errorf("definitions without a row for an answer were taken: %v %s", err, talk)
	}
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Leader == "otv" && row(s, "otv").Stage == "votes" })
	asksItsOwn(f)
	sortsIntoAreas(f)
	asksLaterEditions(f)

	// All of it is there after a restart, and clean.
	f.stop("otv")
	f.must("check", "--dir", f.nodes["otv"].Dir)
	f.serve("otv")
	f.await("otv", "itself voting again", func(s survey.FederationStatus) bool { return s.Leader == "otv" && row(s, "otv").Stage == "votes" })
	f.says(f.at("otv", "record", "search", "o'brien"), "Asked for")
	f.says(f.at("otv", "response", "show", "GB-COH:99000001", "--cycle", "2022-23"), "By the river")
}

// file writes a file for the program to read.
func (f *independent) file(name, text string) string {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// says compares what the program printed with patterns.
func (f *independent) says(out string, words ...string) {
	f.t.Helper()
	for _, word := range words {
		if !regexp.MustCompile(word).MatchString(out) {
			f.t.Errorf("%s is not in\n%s", word, out)
		}
	}
}

// asksItsOwn: the region's own questions come after the national ones, in every
// face.
func asksItsOwn(f *independent) {
	t := f.t
	t.Helper()
	f.at("otv", "campaign", "open", "2022-23")
	for _, id := range []string{"GB-COH:99000001", "GB-COH:99000002"} {
		f.at("otv", "org", "add", "Company "+id[14:], "--identifier", id)
		f.at("otv", "claim", id, "--cycle", "2022-23")
	}
	f.says(f.at("otv", "response", "template", "--cycle", "2022-23"), `"q15": null`, `"otv.posts": null`, "enterprise zone")
	f.at("otv", "response", "record", "GB-COH:99000001", "--cycle", "2022-23", "--file", f.file("a.json", `{"answers":{`+nationalAnswers+`,"otv.posts":2.5,"otv.park":"By the river"}}`))
	f.says(f.at("otv", "response", "show", "GB-COH:99000001", "--cycle", "2022-23"), `otv.posts +2.50 +How many posts in the enterprise zone`, `complete +yes`)
	if _, talk, err := f.try("response", "record", "GB-COH:99000002", "--cycle", "2022-23", "--file", f.file("b.json", `{"answers":{"sw.park":"x"}}`), "--dir", f.nodes["otv"].Dir); err == nil || !strings.Contains(talk, "sw.park") {
		t.Errorf("another region's question was answered: %v %s", err, talk)
	}
	exported := f.at("otv", "export", "responses", "--cycle", "2022-23")
	f.says(exported, `otv\.posts,otv\.park`, `2\.50,By the river`)
	changed := strings.ReplaceAll(strings.ReplaceAll(exported, "GB-COH:99000001", "GB-COH:99000002"), "By the river", "On the hill")
	f.says(f.at("otv", "import", "responses", f.file("answers.csv", changed), "--cycle", "2022-23"), `added +1`)
	f.says(f.at("otv", "response", "show", "GB-COH:99000002", "--cycle", "2022-23"), `otv.park +"On the hill"`)
	if book := filepath.Join(f.dir, "template.xlsx"); f.at("otv", "response", "template", "--cycle", "2022-23", "--xlsx", book) != "" {
		t.Error("the template was printed")
	}
}

// sortsIntoAreas names areas by code or name, for lists, exports and figures,
// and finds records by their words.
func sortsIntoAreas(f *independent) {
	t := f.t
	t.Helper()
	f.at("otv", "record", "add", "areas", "--set", "organisation=GB-COH:99000001", "--set", "icb=Buckinghamshire, Oxfordshire and Berkshire West")
	list := f.file("areas.csv", "Company number,ICS,District\n99000002,qnx,West of the river\n")
	for _, fate := range []string{`added +1`, `known already +1`} {
		f.says(f.at("otv", "import", "areas", list), fate)
	}
	if out, talk, err := f.try("export", "programmes", "--area", "QU9", "--dir", f.nodes["otv"].Dir); err == nil || !strings.Contains(talk, "not about organisations") {
		t.Errorf("programmes of an area: %v %s%s", err, out, talk)
	}
	f.at("otv", "record", "add", "notes", "--set", "organisation=GB-COH:99000001", "--set", "note=Asked for O'Brien in June")
	f.says(f.at("otv", "record", "areas", "--cycle", "2022-23"), `QU9 +Buckinghamshire.* 1 +1 +£1,000 +2.5`, `otv.west +West of the river +1 +1`)
	if inArea := f.at("otv", "export", "responses", "--cycle", "2022-23", "--area", "QU9"); !strings.Contains(inArea, "99000001") || strings.Contains(inArea, "99000002") {
		t.Errorf("%s", inArea)
	}
	if inArea := f.at("otv", "record", "list", "notes", "--area", "otv.west", "--csv"); strings.Contains(inArea, "Brien") {
		t.Errorf("%s", inArea)
	}
	f.says(f.at("otv", "record", "search", "obrien"), `notes +\S+ +GB-COH:99000001 +note +Asked for O'Brien`)
	f.says(f.at("otv", "record", "search", "june", "--area", "QU9", "--csv"), "O'Brien")
}

// asksLaterEditions: another cycle asks and counts by what was loaded.
func asksLaterEditions(f *independent) {
	t := f.t
	t.Helper()
	f.at("otv", "campaign", "open", "2023-24", "--questionnaire", "nq-2")
	f.says(f.at("otv", "campaign", "show", "2023-24", "--json"), `"questionnaire": "nq-2"`, `"definitions": "md-2"`)
	f.at("otv", "claim", "GB-COH:99000001", "--cycle", "2023-24")
	f.says(f.at("otv", "response", "template", "--cycle", "2023-24"), `"q20": null`, `"otv.posts": null`)
	f.at("otv", "response", "record", "GB-COH:99000001", "--cycle", "2023-24", "--file", f.file("c.json", `{"answers":{"q01":"yes","q02":["otv"],"q20":"1234.50","q11":"abroad","otv.park":"By the river"}}`))
	f.says(f.at("otv", "response", "show", "GB-COH:99000001", "--cycle", "2023-24"), `complete +yes`, `q20 +1234.50`)
	f.says(f.at("otv", "totals", "--cycle", "2023-24", "--own", "--json"), `"metric": "savings"`, `123450`)
	// The words are those of the loaded definitions, which the program does not have.
	f.says(f.at("otv", "totals", "--cycle", "2023-24", "--own"), `Savings +£1,234.50`)
	f.says(f.at("otv", "totals", "--cycle", "2023-24", "--by", "stage"), `STAGE +Savings`, `Proof `, `Sold abroad`)
	f.at("otv", "record", "add", "stakeholder-results", "--set", "cycle=2023-24", "--set", "question=fair", "--set", "answered=10", "--set", "positive=7")
	if _, talk, err := f.try("campaign", "open", "2024-25", "--questionnaire", "nq-7", "--dir", f.nodes["otv"].Dir); err == nil || !strings.Contains(talk, "does not know it") {
		t.Errorf("a campaign of unknown questions was opened: %v %s", err, talk)
	}
}
