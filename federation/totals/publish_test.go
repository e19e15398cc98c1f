package totals

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkPublish publishes one changed answer of a region that has many, under
// the policies standard and open: records in memory, and on the disk. One answer
// in four corrects an earlier one.
func BenchmarkPublish(b *testing.B) {
	for _, policy := range []string{"standard", "open"} {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/memory/%d", policy, n), func(b *testing.B) {
				r := &many{}
				for id := range n {
					r.answer(b, anyOrder(id))
				}
				benchmarkPublish(b, policy, n, r, newArchive(), r.answer)
			})
			b.Run(fmt.Sprintf("%s/disk/%d", policy, n), func(b *testing.B) {
				records, answer := onDisk(b, n)
				archive, err := summaries.Open(filepath.Join(b.TempDir(), "summaries.db"), nil)
				if err != nil {
					b.Fatal(err)
				}
				defer archive.Close()
				benchmarkPublish(b, policy, n, records, archive, answer)
			})
		}
	}
}

// disk is a node's whole archive.
type disk interface {
	Archive
	Releases
}

func benchmarkPublish(b *testing.B, policy string, n int, r Records, a disk, answer func(testing.TB, int)) {
	facts := newRegistry("otv")
	facts.campaigns[0].Policy = policy
	t, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: r, Registry: facts, Claims: facts, Revisions: facts, Archive: a, Releases: a, Call: refused})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	if err := t.Publish(b.Context()); err != nil {
		b.Fatal(err)
	}
	next, changed := n, 0
	for b.Loop() {
		b.StopTimer()
		if changed++; changed%4 == 0 {
			answer(b, anyOrder(changed%n))
		} else {
			answer(b, anyOrder(next))
			next++
		}
		b.StartTimer()
		if err := t.Publish(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if s, _, err := t.Held("otv", cycle); err != nil || s.AnswersIn != int64(next) || s.AnswersReleased < int64(n-8) {
		b.Fatalf("%d of %d answers left, %d are in: %v", s.AnswersReleased, next, s.AnswersIn, err)
	}
}

// anyOrder gives companies numbers that are in no order.
func anyOrder(id int) int { return id * 7_368_787 % 10_000_019 }

// many are records in memory that tell of what changed.
type many struct {
	records
	byID map[survey.Identifier]store.CountedItem
	news []store.CountedCompany // the changes, oldest first
}

// answer counts one company's answer anew.
func (m *many) answer(tb testing.TB, company int) {
	definitions, err := survey.DefinitionsByID("md-1")
	if err != nil {
		tb.Fatal(err)
	}
	m.change(func() {
		if m.byID == nil {
			m.byID = map[survey.Identifier]store.CountedItem{}
		}
		m.at.Transaction++
		a := wholeAnswer(definitions, company, m.at.Transaction)
		m.byID[a.Organisation] = a
		m.news = append(m.news, store.CountedCompany{Organisation: a.Organisation, Answer: &a})
	})
}

// Cells implements Records.
func (m *many) Cells(survey.Cycle) ([]survey.Cell, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return nil, int64(len(m.byID)), nil
}

// CountedSince implements Records.
func (m *many) CountedSince(_ survey.Cycle, mark store.Mark) (store.CountedChanges, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := store.CountedChanges{Mark: store.Mark{File: 1, Transaction: m.at.Transaction}, Whole: mark.File == 0}
	if !out.Whole {
		out.Companies = m.news[mark.Transaction:]
		return out, nil
	}
	for id, a := range m.byID {
		out.Companies = append(out.Companies, store.CountedCompany{Organisation: id, Answer: &a})
	}
	return out, nil
}

// wholeAnswer gives a number to every question.
func wholeAnswer(definitions survey.Definitions, id int, sequence uint64) store.CountedItem {
	c := store.CountedItem{Organisation: survey.Identifier(fmt.Sprintf("AHSN:%08d", id)), Sequence: sequence, Sector: "medtech", Size: "0-9",
		Stage: "idea", Support: []string{"unmet_need"}}
	for _, m := range definitions.Metrics {
		if m.Question == "" {
			continue
		}
		value := int64(1000 + sequence%97)
		if m.Measure != survey.MeasureValue {
			value = int64(sequence % 2)
		}
		c.Values = append(c.Values, survey.Contribution{Metric: m.ID, Value: value})
	}
	return c
}

// onDisk opens a region's own records with so many answers, and returns how to
// record one more.
func onDisk(b *testing.B, n int) (*store.Store, func(testing.TB, int)) {
	s, err := store.Open(store.Options{Path: filepath.Join(b.TempDir(), "records.db"), Region: "otv"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	asked, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)
	claims := make([]survey.Change, n+10_000)
	for i := range claims {
		claims[i] = survey.Change{Number: uint64(i + 1), At: at, Claim: &survey.Claim{Organisation: registered(anyOrder(i)), Cycle: cycle, Region: "otv",
			State: survey.Claimed, Token: 1, ClaimedAt: at}}
	}
	if err := s.ApplyChanges(uint64(len(claims)), claims); err != nil {
		b.Fatal(err)
	}
	answer := func(tb testing.TB, company int) {
		id, random := registered(company), rand.IntN(1_000_000)
		text := fmt.Sprintf(`{"q01":"yes","q02":["otv"],"q03":%d,"q04":5,"q05":2.5,"q06":1,
 "q07":{"equity":%d},"q08":%d,"q09":0,"q10":3,"q11":"spread","q13":["pricing","other"],"q14":%d}`, 20+random%40, 1000+random%90_000, random%1000, 1+random%5)
		a, problems, err := survey.ParseAnswers(asked, []byte(text))
		if err != nil || len(problems) > 0 {
			tb.Errorf("%v %v", err, problems)
		}
		if _, err := s.RecordResponse(tb.Context(), survey.RecordRequest{Cycle: cycle, Organisation: survey.Organisation{ID: id, Sector: survey.SectorDigital,
			SizeBand: survey.SizeSmall}, Answers: a, Actor: 7, At: at}); err != nil {
			tb.Error(err)
		}
	}
	var recorders sync.WaitGroup
	const writers = 128
	for w := range writers {
		recorders.Go(func() {
			for id := w; id < n; id += writers {
				answer(b, anyOrder(id))
			}
		})
	}
	recorders.Wait()
	return s, answer
}

func registered(company int) survey.Identifier {
	return survey.Identifier(fmt.Sprintf("GB-COH:%08d", company))
}
