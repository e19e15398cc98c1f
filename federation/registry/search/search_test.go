package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/federation/registry/state/statetest"
	"github.com/ahsn-network/tracker/store/survey"
)

// companyNames invents n different names as registers spell them: a coined or
// a place's name, what the company does, its legal form.
func companyNames(n int, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 1))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	coined := func() string {
		var b strings.Builder
		for range 2 + random.IntN(2) {
			b.WriteString(pick("B", "C", "D", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T", "V", "BR", "CL", "ST", "TR", "SH"))
			b.WriteString(pick("A", "E", "I", "O", "U", "EA", "OO", "Y"))
			b.WriteString(pick("", "N", "R", "L", "S", "X", "ND", "M"))
		}
		return b.String()
	}
	places := []string{"OXFORD", "WESSEX", "SEVERN", "TYNE", "MERSEY", "PENNINE", "SOLENT", "CHILTERN", "HUMBER", "TRENT", "AVON", "THAMES", "FENLAND", "WEALD", "DARTMOOR"}
	does := []string{"HEALTH", "MEDICAL", "DIAGNOSTICS", "BIOSCIENCES", "CARE", "DIGITAL", "THERAPEUTICS", "IMAGING", "SURGICAL", "PHARMA", "GENOMICS", "WELLBEING", "ROBOTICS", "DEVICES", "INFORMATICS", "ANALYTICS", "CLINICAL SYSTEMS", "HEALTHCARE SERVICES"}
	seen := map[string]bool{}
	var names []string
	for len(names) < n {
		name := coined()
		if random.IntN(3) == 0 {
			name = places[random.IntN(len(places))] + " " + name
		}
		name += " " + does[random.IntN(len(does))]
		if random.IntN(4) == 0 {
			name += " " + pick("GROUP", "HOLDINGS", "UK", "SOLUTIONS", "TECHNOLOGIES", "INTERNATIONAL")
		}
		name += " " + pick("LIMITED", "LIMITED", "LIMITED", "LTD", "LLP", "CIC", "PLC")
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// mistype makes one typing error: a letter left out, put in, hit beside, or two
// exchanged.
func mistype(random *rand.Rand, s string) string {
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letter := string(letters[random.IntN(len(letters))])
	i := random.IntN(len(s) - 1)
	switch random.IntN(4) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + letter + s[i:]
	case 2:
		return s[:i] + letter + s[i+1:]
	}
	return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
}

// searched is a bench's state with an index of its own.
type searched struct {
	index *Index
	bench *statetest.Bench
}

func (s *searched) search(text string, limit int) []survey.OrganisationMatch {
	return s.index.Search(s.bench.State, text, limit)
}

// searchable knows a company of each name, each fifth under a former name as
// well.
func searchable(t testing.TB, names []string) *searched {
	t.Helper()
	b := statetest.New("otv")
	list := make([]survey.NewOrganisation, len(names))
	for i, name := range names {
		list[i] = survey.NewOrganisation{Identifiers: []survey.Identifier{searchedID(i)}, Name: name, NameAsOf: "2023-01-01"}
		if i%5 == 0 && i > 0 {
			list[i].PreviousNames = []survey.NameSince{{Name: "FORMERLY " + names[i-1], AsOf: "2020-01-01"}}
		}
	}
	for i, o := range b.Ask("otv", state.AddOrganisations(list)...) {
		if o.Status != survey.OutcomeCreated {
			t.Fatalf("add %q: %+v", names[i], o.Refusal)
		}
	}
	return &searched{NewIndex(), b}
}

func searchedID(i int) survey.Identifier {
	return survey.Identifier(fmt.Sprintf("GB-COH:%08d", 99000000+i))
}

func foundAs(matches []survey.OrganisationMatch, i int) bool {
	id := searchedID(i)
	return slices.ContainsFunc(matches, func(m survey.OrganisationMatch) bool { return m.ID == id })
}

// TestSearchForgives: a name with one or two typing errors is among the first
// ten, in at least 95 of 100 searches; so is the beginning of one with one.
func TestSearchForgives(t *testing.T) {
	names := companyNames(20_000, 7)
	r := searchable(t, names)
	random := rand.New(rand.NewPCG(11, 2))
	for _, c := range []struct {
		what  string
		query func(name string) string
		least float64
	}{
		{"one error", func(name string) string { return mistype(random, name) }, 0.98},
		{"two errors", func(name string) string { return mistype(random, mistype(random, name)) }, 0.95},
		{"one error in the beginning", func(name string) string { return mistype(random, name[:max(10, len(name)/2)]) }, 0.90},
		{"no error", func(name string) string { return name }, 1},
		{"another legal form", func(name string) string { return strings.Replace(name, "LIMITED", "Ltd.", 1) }, 1},
	} {
		const searches = 400
		right := 0
		for range searches {
			i := random.IntN(len(names))
			if foundAs(r.search(c.query(names[i]), 10), i) {
				right++
			}
		}
		if recall := float64(right) / searches; recall < c.least {
			t.Errorf("%s: found %.3f of the companies, want %.3f", c.what, recall, c.least)
		}
	}
}

// TestSearchOrder: what has the words stands before what resembles them, and a
// number is never taken for another.
func TestSearchOrder(t *testing.T) {
	b := statetest.New("otv")
	b.Ask("otv", state.AddOrganisations([]survey.NewOrganisation{
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:02164270"}, Name: "CIRCLE HEALTH GROUP LIMITED", NameAsOf: "2022-03-31",
			PreviousNames: []survey.NameSince{{Name: "BMI HEALTHCARE LIMITED", AsOf: "2020-04-03"}}},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:99000001"}, Name: "BMJ HEALTHCARE LIMITED"},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:99000002"}, Name: "CIRCLE HEALTHY GROUPS LIMITED"},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:02164271"}, Name: "SOMEBODY ELSE LLP"}})...)
	r := &searched{NewIndex(), b}
	for _, c := range []struct {
		text, first, matched string
		count                int
	}{
		{"bmi healthcare", "GB-COH:02164270", "BMI HEALTHCARE LIMITED", 2},
		{"bim helthcare", "GB-COH:02164270", "BMI HEALTHCARE LIMITED", 1},
		{"circle health group ltd", "GB-COH:02164270", "CIRCLE HEALTH GROUP LIMITED", 2},
		{"cirle heatlh", "GB-COH:02164270", "CIRCLE HEALTH GROUP LIMITED", 2},
		{"02164270", "GB-COH:02164270", "GB-COH:02164270", 1},
		{"2164270", "GB-COH:02164270", "GB-COH:02164270", 1},
		{"ci", "GB-COH:02164270", "CIRCLE HEALTH GROUP LIMITED", 2},
		{"s", "GB-COH:02164271", "SOMEBODY ELSE LLP", 1},
	} {
		got := r.search(c.text, 10)
		if len(got) != c.count || string(got[0].ID) != c.first || got[0].Matched != c.matched {
			t.Errorf("search %q: %+v", c.text, got)
		}
	}
	// A changed name is found at once, also by its old spelling, and the index
	// sweeps out what is dead.
	for i := range 3000 {
		name := fmt.Sprintf("TURNING WHEEL %d LIMITED", i)
		b.Ask("otv", state.AddOrganisations([]survey.NewOrganisation{{Identifiers: []survey.Identifier{"GB-COH:99000001"}, Name: name, NameAsOf: fmt.Sprintf("2%03d-01-01", 30+i%20)}})...)
		if i%300 == 0 {
			if got := r.search("turnnig wheel", 3); len(got) != 1 || got[0].ID != "GB-COH:99000001" {
				t.Fatalf("after %d names: %+v", i+1, got)
			}
		}
	}
}

// TestSearchWhileChanging: searches and changes at the same time see whole
// organisations only.
func TestSearchWhileChanging(t *testing.T) {
	r := searchable(t, companyNames(500, 3))
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for range 200 {
				r.search("oxford helth limited", 5)
			}
		})
	}
	for i := range 200 {
		newer := survey.NewOrganisation{Identifiers: []survey.Identifier{searchedID(i)}, Name: fmt.Sprintf("NEWER NAME %d LIMITED", i), NameAsOf: "2023-06-01"}
		if o := r.bench.Ask("otv", state.AddOrganisations([]survey.NewOrganisation{newer})...); o[0].Status != survey.OutcomeUpdated {
			t.Errorf("change %d: %+v", i, o[0])
		}
	}
	group.Wait()
}

// FuzzSearch: no text can make a search panic.
func FuzzSearch(f *testing.F) {
	r := searchable(f, companyNames(300, 5))
	for _, text := range []string{"bmi", "a", "GB-COH:99", "é漢字", strings.Repeat("medical ", 40), "x\x00y"} {
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text string) { r.search(text, 10) })
}

// BenchmarkSearch searches 100,000 organisations as people type: whole names
// with none to two errors, beginnings, words in the middle, numbers.
func BenchmarkSearch(b *testing.B) {
	names := companyNames(100_000, 7)
	r := searchable(b, names)
	began := time.Now()
	r.search("warm up", 1)
	b.Logf("indexed in %s", time.Since(began).Round(time.Millisecond))
	for _, c := range []struct {
		name  string
		query func(random *rand.Rand, i int) string
	}{
		{"whole", func(_ *rand.Rand, i int) string { return names[i] }},
		{"errors=1", func(random *rand.Rand, i int) string { return mistype(random, names[i]) }},
		{"errors=2", func(random *rand.Rand, i int) string { return mistype(random, mistype(random, names[i])) }},
		{"typing", func(random *rand.Rand, i int) string { return names[i][:1+random.IntN(len(names[i]))] }},
		{"common", func(*rand.Rand, int) string { return "health limited" }},
		{"number", func(_ *rand.Rand, i int) string { return fmt.Sprint(99000000 + i) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(5, 5))
			took := make([]time.Duration, b.N)
			right := 0
			b.ResetTimer()
			for n := range b.N {
				i := random.IntN(len(names))
				text := c.query(random, i)
				began := time.Now()
				matches := r.search(text, 10)
				took[n] = time.Since(began)
				if foundAs(matches, i) {
					right++
				}
			}
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(right)/float64(b.N), "recall@10")
		})
	}
}

func TestSearch(t *testing.T) {
	b := statetest.New("otv")
	b.Ask("otv", state.AddOrganisations([]survey.NewOrganisation{
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:00123456"}, Name: "Acme Medical Devices Limited", NameAsOf: "2023-01-01",
			PreviousNames: []survey.NameSince{{Name: "Zenith Clinics Ltd", AsOf: "2020-01-01"}}},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-COH:07209813"}, Name: "Medical Acme plc"},
		survey.NewOrganisation{Identifiers: []survey.Identifier{"GB-CHC:1234567"}, Name: "St Anne's Hospice"}})...)
	r := &searched{NewIndex(), b}
	for _, c := range []struct {
		text string
		want []survey.Identifier
	}{
		{"acme medical", []survey.Identifier{"GB-COH:00123456", "GB-COH:07209813"}},
		{"MEDICAL ACME PLC", []survey.Identifier{"GB-COH:07209813"}},
		{"zenith", []survey.Identifier{"GB-COH:00123456"}},
		{"st annes", []survey.Identifier{"GB-CHC:1234567"}},
		{"ospic", []survey.Identifier{"GB-CHC:1234567"}},
		{"123456", []survey.Identifier{"GB-COH:00123456", "GB-CHC:1234567"}},
		{"00123456", []survey.Identifier{"GB-COH:00123456", "GB-CHC:1234567"}},
		{"GB-COH:7209813", []survey.Identifier{"GB-COH:07209813"}},
		{"nobody", nil},
		{" - ", nil},
	} {
		var got []survey.Identifier
		for _, m := range r.search(c.text, 10) {
			got = append(got, m.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("search %q: %v, want %v", c.text, got, c.want)
		}
	}
	if found := r.search("zenith", 1); len(found) != 1 || found[0].Matched != "Zenith Clinics Ltd" {
		t.Errorf("what matched: %+v", found)
	}
	// A change is found at once; the old spelling too.
	b.Ask("otv", state.AddOrganisations([]survey.NewOrganisation{{Identifiers: []survey.Identifier{"GB-CHC:1234567"}, Name: "Comet Hospice", NameAsOf: "2024-01-01"}})...)
	if found := r.search("comet", 1); len(found) != 1 || found[0].Matched != "Comet Hospice" {
		t.Errorf("the new name: %+v", found)
	}
}
