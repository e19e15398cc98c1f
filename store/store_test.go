package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	us    survey.Region = "otv"
	them  survey.Region = "wessex"
	cycle survey.Cycle  = "2022-23"
)

// whole are complete answers; the placeholder is the pounds of q08.
const whole = `{"q01":"yes","q02":["otv"],"q03":20,"q04":5,"q05":2.5,"q06":1,
 "q07":{"equity":1000000},"q08":%s,"q09":0,"q10":3,"q11":"spread","q13":["pricing","other"],"q14":4}`

func answers(t testing.TB, text string) survey.Answers {
	t.Helper()
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

func complete(t testing.TB, pounds string) survey.Answers {
	t.Helper()
	return answers(t, fmt.Sprintf(whole, pounds))
}

func company(n int) survey.Identifier {
	return survey.Identifier(fmt.Sprintf("GB-COH:%08d", 99000000+n))
}

func request(id survey.Identifier, a survey.Answers) survey.RecordRequest {
	return survey.RecordRequest{Cycle: cycle, Organisation: survey.Organisation{ID: id, Sector: survey.SectorDigital, SizeBand: survey.SizeSmall},
		Answers: a, Actor: 7, At: epoch}
}

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(store.Options{Path: path, Region: us})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		checkClean(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// checkClean runs the store's own check; a store that the test closed is left
// alone.
func checkClean(t testing.TB, s *store.Store) {
	t.Helper()
	report, err := s.Check(context.Background())
	if errors.Is(err, boltfile.ErrClosed) {
		return
	}
	if err != nil || !report.Clean() {
		t.Errorf("check: %v %+v", err, report.Findings)
	}
}

func opened(t testing.TB) (*store.Store, *registry) {
	return open(t, filepath.Join(t.TempDir(), "records.db")), newRegistry()
}

func record(t testing.TB, s *store.Store, id survey.Identifier, a survey.Answers) survey.ResponseResult {
	t.Helper()
	result, err := s.RecordResponse(context.Background(), request(id, a))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func feed(t testing.TB, s *store.Store, r *registry) {
	t.Helper()
	if err := r.feed(s); err != nil {
		t.Fatal(err)
	}
}

// total returns the national part of one metric, and its contributors.
func total(t testing.TB, s *store.Store, metric string) (int64, int64) {
	t.Helper()
	return cellOf(t, s, metric, "", "")
}

func cellOf(t testing.TB, s *store.Store, metric string, dimension survey.Dimension, key string) (int64, int64) {
	t.Helper()
	cells, _, err := s.Cells(cycle)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		if c.Metric == metric && c.Dimension == dimension && c.Key == key {
			return c.Value, c.Contributors
		}
	}
	return 0, 0
}

func wantTotal(t testing.TB, s *store.Store, metric string, value, contributors int64) {
	t.Helper()
	if v, n := total(t, s, metric); v != value || n != contributors {
		t.Errorf("%s: %d from %d, want %d from %d", metric, v, n, value, contributors)
	}
}

func work(t testing.TB, s *store.Store) string {
	t.Helper()
	list, err := s.Outbox().Due(100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range list {
		out = append(out, string(w.Kind)+" "+string(w.Organisation))
	}
	return strings.Join(out, ", ")
}

func TestAnAnswerCountsOnceItsClaimIsGranted(t *testing.T) {
	s, r := opened(t)
	result := record(t, s, company(1), complete(t, "100.50"))
	if result.State != survey.ResponseProvisional || !result.Complete || result.Counted || result.Version != 1 {
		t.Errorf("%+v", result)
	}
	wantTotal(t, s, "investment_leveraged", 0, 0)
	if got := work(t, s); got != "claim GB-COH:99000001" {
		t.Errorf("work: %s", got)
	}
	changed := s.Watch()
	if _, err := r.carryOut(s, 10); err != nil {
		t.Fatal(err)
	}
	feed(t, s, r)
	select {
	case <-changed:
	default:
		t.Error("Watch was not told")
	}
	wantTotal(t, s, "investment_leveraged", 10050, 1)
	if v, n := cellOf(t, s, "jobs_created", survey.BySupport, "pricing"); v != 250 || n != 1 {
		t.Errorf("jobs by support: %d from %d", v, n)
	}
	if got := work(t, s); got != "respond GB-COH:99000001" {
		t.Errorf("work: %s", got)
	}
	if _, err := r.carryOut(s, 10); err != nil {
		t.Fatal(err)
	}
	feed(t, s, r)
	if got := work(t, s); got != "" || r.claim(cycle, company(1)).State != survey.Responded {
		t.Errorf("work: %s", got)
	}
	result = record(t, s, company(1), complete(t, "200"))
	if result.State != survey.ResponseAccepted || !result.Counted || result.Version != 2 {
		t.Errorf("%+v", result)
	}
	wantTotal(t, s, "investment_leveraged", 20000, 1)
	history, err := s.History(cycle, company(1))
	if err != nil || len(history) != 2 || history[0].Version != 1 || history[0].Counted || !history[1].Counted {
		t.Errorf("history: %v %+v", err, history)
	}
}

func TestEqualAnswersAgainChangeNothing(t *testing.T) {
	s, _ := opened(t)
	record(t, s, company(1), complete(t, "1"))
	version, _ := s.Version(cycle)
	if result := record(t, s, company(1), complete(t, "1.00")); result.Version != 1 {
		t.Errorf("%+v", result)
	}
	if now, _ := s.Version(cycle); now != version {
		t.Errorf("version %d became %d", version, now)
	}
}

func TestOnlyCompleteAndSupportedAnswersCount(t *testing.T) {
	s, r := opened(t)
	for n := range 3 {
		r.grant(cycle, company(n), us)
	}
	feed(t, s, r)
	record(t, s, company(0), answers(t, `{"q01":"yes","q08":5}`))
	record(t, s, company(1), answers(t, strings.Replace(fmt.Sprintf(whole, "5"), `["otv"]`, `["none"]`, 1)))
	record(t, s, company(2), answers(t, strings.Replace(fmt.Sprintf(whole, "5"), `"q08":5`, `"q08":"dont_know"`, 1)))
	wantTotal(t, s, "investment_leveraged", 0, 0)
	wantTotal(t, s, "investment_total", 100000000, 1)
	if _, in, _ := s.Cells(cycle); in != 1 {
		t.Errorf("%d answers in", in)
	}
	if got := work(t, s); got != "ineligible GB-COH:99000001, respond GB-COH:99000002" {
		t.Errorf("work: %s", got)
	}
}

func TestRecordingWithAnOlderCopyOfTheOrganisation(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), us)
	r.setOrganisation(survey.Organisation{ID: company(1), Sector: survey.SectorPharma})
	feed(t, s, r)
	record(t, s, company(1), complete(t, "1")) // says digital, of version 0
	if _, n := cellOf(t, s, "investment_leveraged", survey.BySector, "pharma"); n != 1 {
		t.Error("the older copy won")
	}
}

func TestWrongRequestsRecordNothing(t *testing.T) {
	s, _ := opened(t)
	good := request(company(1), complete(t, "1"))
	tests := map[string]func(*survey.RecordRequest){
		"cycle":         func(r *survey.RecordRequest) { r.Cycle = "2022/23" },
		"identifier":    func(r *survey.RecordRequest) { r.Organisation.ID = "gb-coh:1" },
		"questionnaire": func(r *survey.RecordRequest) { r.Questionnaire = "nq-2" },
		"time":          func(r *survey.RecordRequest) { r.At = time.Time{} },
		"answers":       func(r *survey.RecordRequest) { r.Answers = answers(t, `{"q03":1,"q04":2}`) },
		"edition":       func(r *survey.RecordRequest) { r.Answers.Questionnaire = "nq-2" },
	}
	for name, spoil := range tests {
		bad := good
		spoil(&bad)
		if _, err := s.RecordResponse(context.Background(), bad); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.RecordResponses(context.Background(), []survey.RecordRequest{good, bad}); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("list with a wrong %s: %v", name, err)
		}
	}
	if _, err := s.Response(cycle, company(1)); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("something was recorded: %v", err)
	}
	if err := s.ApplyChanges(1, []survey.Change{{Number: 2}}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a change beyond upTo: %v", err)
	}
}

func TestAListIsAllOrNothing(t *testing.T) {
	s, r := opened(t)
	record(t, s, company(2), complete(t, "1"))
	r.grant(cycle, company(2), them)
	feed(t, s, r)
	list := []survey.RecordRequest{request(company(1), complete(t, "1")), request(company(2), complete(t, "2"))}
	_, err := s.RecordResponses(context.Background(), list)
	var refusal *survey.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), string(company(2))) {
		t.Errorf("%v", err)
	}
	if _, err := s.Response(cycle, company(1)); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("the first of the list was recorded: %v", err)
	}
	results, err := s.RecordResponses(context.Background(), list[:1])
	if err != nil || len(results) != 1 || results[0].Version != 1 {
		t.Errorf("%v %+v", err, results)
	}
}

func TestWarningsCompareWithTheLastCycle(t *testing.T) {
	s, _ := opened(t)
	before := request(company(1), complete(t, "1"))
	before.Cycle = cycle.Previous()
	if _, err := s.RecordResponse(context.Background(), before); err != nil {
		t.Fatal(err)
	}
	result := record(t, s, company(1), complete(t, "10"))
	if len(result.Warnings) != 1 || result.Warnings[0].Field != "q08" {
		t.Errorf("%+v", result.Warnings)
	}
	if cycles, err := s.Cycles(); err != nil || len(cycles) != 2 || cycles[0] != "2021-22" {
		t.Errorf("%v %v", cycles, err)
	}
}

func TestResponsesPages(t *testing.T) {
	s, _ := opened(t)
	for n := range 5 {
		record(t, s, company(n), complete(t, "1"))
	}
	var got []survey.Identifier
	after, pages := survey.Identifier(""), 0
	for {
		page, next, err := s.Responses(cycle, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			got = append(got, r.Organisation)
		}
		if pages++; next == "" {
			break
		}
		after = next
	}
	if len(got) != 5 || pages != 3 || got[0] != company(0) || got[4] != company(4) {
		t.Errorf("%v in %d pages", got, pages)
	}
	if list, _, _ := s.Responses("2019-20", "", 10); len(list) != 0 {
		t.Errorf("another cycle has %v", list)
	}
}

func TestCountedExplainsTheCells(t *testing.T) {
	s, r := opened(t)
	for n := range 3 {
		r.grant(cycle, company(n), us)
	}
	feed(t, s, r)
	for _, n := range []int{2, 0, 1} {
		record(t, s, company(n), complete(t, fmt.Sprint(n)))
	}
	record(t, s, company(2), complete(t, "5"))
	counted, err := s.Counted(cycle)
	if err != nil {
		t.Fatal(err)
	}
	var order []survey.Identifier
	for _, c := range counted {
		order = append(order, c.Organisation)
	}
	if want := []survey.Identifier{company(0), company(1), company(2)}; fmt.Sprint(order) != fmt.Sprint(want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestBackupIsACompleteCopy(t *testing.T) {
	s, _ := opened(t)
	record(t, s, company(1), complete(t, "1"))
	path := filepath.Join(t.TempDir(), "copy.db")
	var copied bytes.Buffer
	if _, err := s.Backup(context.Background(), &copied); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, copied.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	restored := open(t, path)
	if _, err := restored.Response(cycle, company(1)); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("permissions %v %v", info.Mode(), err)
	}
}

func TestResponseAsJSON(t *testing.T) {
	s, _ := opened(t)
	record(t, s, company(1), answers(t, `{"q01":"yes","q08":5}`))
	response, err := s.Response(cycle, company(1))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(response)
	if err != nil || !bytes.Contains(shown, []byte(`"answers":{"q01":"yes","q08":5.00}`)) {
		t.Errorf("%v %s", err, shown)
	}
}
