package totals

import (
	"errors"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestSignedSummaryComesBack(t *testing.T) {
	cells, answers := cube(rand.New(rand.NewSource(1)))
	rand.New(rand.NewSource(2)).Shuffle(len(cells), func(i, k int) { cells[i], cells[k] = cells[k], cells[i] })
	s := summaryOf("otv", 1, 7, cells, answers)
	signed, err := Sign(keyOf("otv"), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d cells, %d bytes", len(cells), len(signed.Bytes))
	got, err := Verify(signed, federation, memberOf("otv"), time.UnixMilli(s.AsOf))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(got.Cells, compareCells) || len(got.Cells) != len(cells) || got.Sequence != 7 || got.AnswersIn != answers {
		t.Fatalf("came back as %d cells, sequence %d", len(got.Cells), got.Sequence)
	}
	again, err := Sign(keyOf("otv"), s)
	if err != nil || again.Hash() != signed.Hash() {
		t.Fatalf("the same summary has two forms (%v)", err)
	}
	rotated := memberOf("otv")
	rotated.PreviousKeys, rotated.Key = append(rotated.PreviousKeys, rotated.Key), keyOf("new key").Public()
	if _, err := Verify(signed, federation, rotated, time.UnixMilli(s.AsOf)); err != nil {
		t.Errorf("signed with the key before rotation: %v", err)
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	s := summaryOf("otv", 1, 7, []survey.Cell{{Metric: "jobs_created", Value: 250, Contributors: 2}}, 2)
	signed, err := Sign(keyOf("otv"), s)
	if err != nil {
		t.Fatal(err)
	}
	for part, data := range map[string][]byte{"bytes": signed.Bytes, "signature": signed.Signature} {
		for bit := range len(data) * 8 {
			data[bit/8] ^= 1 << (bit % 8)
			if _, err := Verify(signed, federation, memberOf("otv"), time.UnixMilli(s.AsOf)); !errors.Is(err, ErrBadSummary) {
				t.Fatalf("%s with bit %d flipped: %v", part, bit, err)
			}
			data[bit/8] ^= 1 << (bit % 8)
		}
	}
}

// What an honest signature covers is refused all the same if no honest node
// would sign it.
func TestVerifyRefuses(t *testing.T) {
	cell := survey.Cell{Metric: "jobs_created", Value: 250, Contributors: 2}
	good := summaryOf("otv", 1, 7, []survey.Cell{cell}, 2)
	good.Format = summaryFormat
	now := time.UnixMilli(good.AsOf)
	tests := map[string]func(*Summary){
		"of another region":             func(s *Summary) { s.Region = "sw" },
		"of another federation":         func(s *Summary) { s.Federation[0]++ },
		"from the future":               func(s *Summary) { s.AsOf += 5*60*1000 + 1 },
		"before 1970":                   func(s *Summary) { s.AsOf = -1 },
		"another format":                func(s *Summary) { s.Format = 2 },
		"no sequence":                   func(s *Summary) { s.Sequence = 0 },
		"a cycle in another spelling":   func(s *Summary) { s.Cycle = "2022/23" },
		"more released than there are":  func(s *Summary) { s.AnswersReleased = 3 },
		"negative answers":              func(s *Summary) { s.AnswersIn, s.AnswersReleased = -1, -1 },
		"unknown status":                func(s *Summary) { s.Status = "draft" },
		"free text as a metric":         func(s *Summary) { s.Cells[0].Metric = "Call Jane Doe" },
		"a long metric":                 func(s *Summary) { s.Cells[0].Metric = strings.Repeat("a", 49) },
		"free text as a policy":         func(s *Summary) { s.Policy = "see e-mail of 4 May" },
		"an undeclared dimension":       func(s *Summary) { s.Cells[0].Dimension, s.Cells[0].Key = "postcode", "ox1" },
		"a key without dimension":       func(s *Summary) { s.Cells[0].Key = "medtech" },
		"a dimension without key":       func(s *Summary) { s.Cells[0].Dimension = survey.BySector },
		"a negative value":              func(s *Summary) { s.Cells[0].Value = -1 },
		"a huge value":                  func(s *Summary) { s.Cells[0].Value = maxValue + 1 },
		"a value of nobody":             func(s *Summary) { s.Cells[0].Contributors = 0 },
		"negative contributors":         func(s *Summary) { s.Cells[0].Contributors = -1 },
		"an unknown flag":               func(s *Summary) { s.Cells[0].Flag = 5 },
		"cells out of order":            func(s *Summary) { s.Cells = append(s.Cells, survey.Cell{Metric: "adoptions", Contributors: 1}) },
		"the same cell twice":           func(s *Summary) { s.Cells = append(s.Cells, cell) },
		"more cells than any cube has":  func(s *Summary) { s.Cells = make([]survey.Cell, maxCells+1) },
		"more bytes than a summary has": func(s *Summary) { s.Policy = strings.Repeat("p", MaxSummaryBytes) },
	}
	verify := func(s Summary) error {
		data, err := encode(s)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Verify(Signed{Bytes: data, Signature: keyOf("otv").Sign(signingDomain, data)}, federation, memberOf("otv"), now)
		return err
	}
	if err := verify(good); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			s := good
			s.Cells = slices.Clone(good.Cells)
			spoil(&s)
			if err := verify(s); !errors.Is(err, ErrBadSummary) {
				t.Errorf("error: %v", err)
			}
		})
	}
	t.Run("another domain", func(t *testing.T) {
		data, _ := encode(good)
		signed := Signed{Bytes: data, Signature: keyOf("otv").Sign("tracker registry row/1", data)}
		if _, err := Verify(signed, federation, memberOf("otv"), now); !errors.Is(err, ErrBadSummary) {
			t.Errorf("error: %v", err)
		}
	})
	t.Run("another form of the same", func(t *testing.T) {
		data, _ := encode(good)
		data = append(data[:0:0], data...)
		data = append([]byte{0xb8, data[0] & 0x1f}, data[1:]...) // the map's length in two bytes
		signed := Signed{Bytes: data, Signature: keyOf("otv").Sign(signingDomain, data)}
		if _, err := Verify(signed, federation, memberOf("otv"), now); !errors.Is(err, ErrBadSummary) {
			t.Errorf("error: %v", err)
		}
	})
}

func TestUnknownMetricsAreKeptButNotMerged(t *testing.T) {
	h := heldOf(t, summaryOf("otv", 1, 1, []survey.Cell{
		{Metric: "jobs_created", Value: 250, Contributors: 2}, {Metric: "of_the_future", Value: 9, Contributors: 2},
	}, 2))
	if len(h.summary.Cells) != 2 {
		t.Fatalf("cells: %v", h.summary.Cells)
	}
	got := mustMerge(t, nationOf(t, "", h))
	if f := figure(got.Figures, "jobs_created"); f.Value != 250 {
		t.Errorf("jobs created: %+v", f)
	}
	for _, f := range got.Figures {
		if f.Metric == "of_the_future" {
			t.Errorf("merged: %+v", f)
		}
	}
}

func FuzzVerify(f *testing.F) {
	signed, err := Sign(keyOf("otv"), summaryOf("otv", 1, 1, []survey.Cell{{Metric: "jobs_created", Value: 250, Contributors: 2}}, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed.Bytes)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Verify(Signed{Bytes: data, Signature: keyOf("otv").Sign(signingDomain, data)}, federation, memberOf("otv"), time.Now())
		if err != nil {
			return
		}
		again, err := Sign(keyOf("otv"), s)
		if err != nil || string(again.Bytes) != string(data) {
			t.Errorf("accepted, but signs differently: %v", err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	cells, answers := cube(rand.New(rand.NewSource(1)))
	s := summaryOf("otv", 1, 1, cells, answers)
	signed, err := Sign(keyOf("otv"), s)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(cells)), "cells")
	b.ReportMetric(float64(len(signed.Bytes)), "bytes")
	for b.Loop() {
		if _, err := Verify(signed, federation, memberOf("otv"), time.UnixMilli(s.AsOf)); err != nil {
			b.Fatal(err)
		}
	}
}
