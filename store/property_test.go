package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// world is a store beside a model of the registry. Whatever happens in
// whatever order, the maintained aggregates must equal their recomputation.
type world struct {
	s        *store.Store
	r        *registry
	dir      string
	file     string
	versions int // that were recorded and are to be found again
	files    int
	saved    *registry // as it goes on after a lost quorum
	epoch    uint64
}

var worldCycles = []survey.Cycle{"2021-22", "2022-23"}

func someCycle(t *rapid.T) survey.Cycle { return rapid.SampledFrom(worldCycles).Draw(t, "cycle") }

func someCompany(t *rapid.T) survey.Identifier {
	return company(rapid.IntRange(1, 5).Draw(t, "company"))
}

func someRegion(t *rapid.T) survey.Region {
	return rapid.SampledFrom([]survey.Region{us, us, them, "sw"}).Draw(t, "region")
}

func someAnswers(t *rapid.T) survey.Answers {
	text := fmt.Sprintf(whole, fmt.Sprint(rapid.IntRange(0, 1000000).Draw(t, "pounds")))
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		text = `{"q01":"yes"}`
	case 1:
		text = strings.Replace(text, `["otv"]`, `["none"]`, 1)
	case 2:
		text = strings.Replace(text, `"q11":"spread","q13":["pricing","other"]`, `"q11":"idea","q13":["unmet_need"]`, 1)
	}
	q, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	a, problems, err := survey.ParseAnswers(q, []byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	return a
}

func (w *world) record(t *rapid.T) {
	id := someCompany(t)
	req := request(id, someAnswers(t))
	req.Cycle = someCycle(t)
	req.Organisation = w.r.organisation(id)
	req.At = epoch.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "day"))
	before, _ := w.s.History(req.Cycle, id)
	result, err := w.s.RecordResponse(context.Background(), req)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.versions += int(result.Version) - len(before)
}

func (w *world) feedSome(t *rapid.T) {
	from := w.s.Cursor()
	upTo := rapid.Uint64Range(min(from, w.r.number), w.r.number).Draw(t, "upTo")
	since := rapid.Uint64Range(0, upTo).Draw(t, "since") // also what was applied already
	if err := w.s.ApplyChanges(upTo, w.r.changesSince(min(since, from), upTo)); err != nil {
		t.Fatal(err)
	}
}

// lose lets the registry go on without what it decided since it was saved.
func (w *world) lose(t *rapid.T) {
	if w.saved == nil {
		w.saved = w.r.clone()
		return
	}
	w.r, w.saved = w.saved, nil
	w.epoch++
	if err := w.s.Rewind(w.epoch, w.r.number, w.r.changesSince(0, w.r.number)); err != nil {
		t.Fatal(err)
	}
	if got := w.s.Cursor(); got != w.r.number {
		t.Fatalf("the cursor is %d, the registry at %d", got, w.r.number)
	}
}

// crash goes on with a copy of the file as the disk has it now.
func (w *world) crash(t *rapid.T) {
	var copied bytes.Buffer
	if _, err := w.s.Backup(context.Background(), &copied); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Close(); err != nil {
		t.Fatal(err)
	}
	w.files++
	w.file = filepath.Join(w.dir, fmt.Sprintf("records-%d.db", w.files))
	if err := os.WriteFile(w.file, copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open(t)
}

func (w *world) open(t *rapid.T) {
	var err error
	if w.s, err = store.Open(store.Options{Path: w.file, Region: us}); err != nil {
		t.Fatal(err)
	}
	w.s.NoSync()
}

func (w *world) check(t *rapid.T) {
	report, err := w.s.Check(context.Background())
	if err != nil || !report.Clean() {
		t.Fatalf("check: %v %+v", err, report.Findings)
	}
}

// settled compares with the registry when everything was fed.
func (w *world) settled(t *rapid.T) {
	if err := w.r.feed(w.s); err != nil {
		t.Fatal(err)
	}
	versions := 0
	for _, cycle := range worldCycles {
		responses, _, err := w.s.Responses(cycle, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]survey.Cell{}
		in := int64(0)
		asked, err := survey.QuestionnaireByID("nq-1")
		if err != nil {
			t.Fatal(err)
		}
		for _, response := range responses {
			claim := w.r.claim(cycle, response.Organisation)
			counts := claim.Region == us && asked.Complete(response.Answers) && !survey.NotSupported(response.Answers)
			if response.Counted != counts || (response.State == survey.ResponseAccepted) != (claim.Region == us) {
				t.Fatalf("%s %s: %+v, the registry says %+v", cycle, response.Organisation, response, claim)
			}
			if w.r.canonical(response.Organisation) != response.Organisation {
				t.Fatalf("%s was merged away and has answers", response.Organisation)
			}
			if counts {
				in++
				addCells(t, want, response)
			}
			history, err := w.s.History(cycle, response.Organisation)
			if err != nil {
				t.Fatal(err)
			}
			versions += len(history)
		}
		cells, answersIn, err := w.s.Cells(cycle)
		if err != nil || answersIn != in || len(cells) != len(want) {
			t.Fatalf("%s: %v, %d answers in, want %d; %d cells, want %d", cycle, err, answersIn, in, len(cells), len(want))
		}
		for _, c := range cells {
			if key := cellKey(c); want[key] != c {
				t.Fatalf("%s %s: %+v, want %+v", cycle, key, c, want[key])
			}
		}
	}
	if versions != w.versions {
		t.Fatalf("%d versions are here, %d were recorded", versions, w.versions)
	}
}

func cellKey(c survey.Cell) string {
	return fmt.Sprintf("%s %s %s", c.Metric, c.Dimension, c.Key)
}

// addCells adds what one answer counts, from the vocabulary alone.
func addCells(t *rapid.T, cells map[string]survey.Cell, response survey.Response) {
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[survey.Dimension][]string{
		"": {""}, survey.BySector: {survey.SectorKey(response.Sector)}, survey.BySize: {survey.SizeKey(response.SizeBand)},
		survey.ByStage: {response.Answers.Stage()}, survey.BySupport: response.Answers.Support(),
	}
	for _, contribution := range definitions.Contributions(response.Answers) {
		for dimension, names := range keys {
			for _, name := range names {
				cell := survey.Cell{Metric: contribution.Metric, Dimension: dimension, Key: name}
				key := cellKey(cell)
				cell.Value = cells[key].Value + contribution.Value
				cell.Contributors = cells[key].Contributors + 1
				cells[key] = cell
			}
		}
	}
}

func TestMaintainedEqualsRecomputed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "records")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{r: newRegistry(), dir: dir, file: filepath.Join(dir, "records.db")}
		w.open(t)
		defer func() { _ = w.s.Close() }()
		actions := map[string]func(*rapid.T){
			"record":  w.record,
			"correct": w.record,
			"grant": func(t *rapid.T) {
				_, _ = w.r.grant(someCycle(t), someCompany(t), someRegion(t))
			},
			"release":  func(t *rapid.T) { w.r.release(someCycle(t), someCompany(t)) },
			"transfer": func(t *rapid.T) { w.r.transfer(someCycle(t), someCompany(t), someRegion(t)) },
			"merge":    func(t *rapid.T) { w.r.merge(someCompany(t), someCompany(t), worldCycles) },
			"split":    func(t *rapid.T) { w.r.split(someCompany(t)) },
			"sector": func(t *rapid.T) {
				o := w.r.organisation(someCompany(t))
				o.Sector = rapid.SampledFrom(survey.Sectors()).Draw(t, "sector")
				w.r.setOrganisation(o)
			},
			"feed": w.feedSome,
			"work": func(t *rapid.T) {
				if _, err := w.r.carryOut(w.s, rapid.IntRange(1, 5).Draw(t, "limit")); err != nil {
					t.Fatal(err)
				}
			},
			"crash":   w.crash,
			"lose":    w.lose,
			"settled": w.settled,
			"":        w.check,
		}
		t.Repeat(actions)
		w.settled(t)
		w.check(t)
	})
}

// The registry and the store come to rest: after a bounded number of rounds
// there is no work left but what was refused.
func TestWorkComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "records")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{r: newRegistry(), dir: dir, file: filepath.Join(dir, "records.db")}
		w.open(t)
		defer func() { _ = w.s.Close() }()
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				_, _ = w.r.grant(someCycle(t), someCompany(t), someRegion(t))
			case 1:
				w.r.merge(someCompany(t), someCompany(t), worldCycles)
			default:
				w.record(t)
			}
		}
		rounds, done := 0, 1
		for ; done > 0 && rounds < 10; rounds++ {
			if err := w.r.feed(w.s); err != nil {
				t.Fatal(err)
			}
			if done, err = w.r.carryOut(w.s, 100); err != nil {
				t.Fatal(err)
			}
		}
		if done > 0 {
			t.Fatalf("still at work after %d rounds: %v", rounds, slices.Collect(maps.Keys(w.r.claims)))
		}
		w.settled(t)
	})
}
