package totals

import (
	"fmt"
	"math/rand"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestCertifiedIsTheSumOfWhatWasCounted lives through whole campaigns with
// corrections, transfers, merges, partitions and restored nodes, certifies them
// twice and compares with the answers: CAMPAIGNS=1000 go test is the long run.
func TestCertifiedIsTheSumOfWhatWasCounted(t *testing.T) {
	exact, bounded := 0, 0
	for seed := range tries(t, "CAMPAIGNS", 40) {
		synctest.Test(t, func(t *testing.T) {
			s := simulate(t, int64(seed))
			defer s.end()
			e, b := s.live()
			exact, bounded = exact+e, bounded+b
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
	t.Logf("%d figures exact, %d with bounds", exact, bounded)
	if exact == 0 || bounded == 0 {
		t.Error("one of the two never came up")
	}
}

type simulation struct {
	*nation
	random *rand.Rand
	next   int // company
	of     map[survey.Region][]int
	gone   survey.Region // absent at the close
}

func simulate(t *testing.T, seed int64) *simulation {
	s := &simulation{random: rand.New(rand.NewSource(seed)), of: map[survey.Region][]int{}}
	s.nation = found(t, []survey.Region{"gm", "kss", "otv", "sw", "we"}[:3+s.random.Intn(3)]...)
	s.policy([]string{"standard", "standard", "ons-business", "open"}[s.random.Intn(4)])
	return s
}

func (s *simulation) amount() int64 {
	if s.random.Intn(3) == 0 {
		return 0
	}
	return int64(s.random.ExpFloat64() * 1e6)
}

func (s *simulation) any() survey.Region { return s.regions[s.random.Intn(len(s.regions))] }

// step is one thing that happens in a campaign.
func (s *simulation) step() {
	region := s.any()
	mine := s.of[region]
	switch n := s.random.Intn(12); {
	case n < 7 || len(mine) == 0:
		s.next++
		s.of[region] = append(mine, s.next)
		s.records[region].answer(s.next, s.amount())
	case n < 9: // a correction
		s.records[region].answer(mine[s.random.Intn(len(mine))], s.amount())
	default: // a transfer, or a merge with a company that was counted elsewhere
		at := s.random.Intn(len(mine))
		company := mine[at]
		s.of[region] = append(mine[:at:at], mine[at+1:]...)
		s.records[region].withdraw(company)
		if n < 11 {
			to := s.any()
			s.of[to] = append(s.of[to], company)
			s.records[to].answer(company, s.amount())
		}
	}
}

// withdraw takes a company's answer out.
func (r *records) withdraw(company int) {
	id := survey.Identifier(fmt.Sprintf("AHSN:%06d", company))
	r.change(func() {
		r.touched(id)
		keep := r.counted[:0:0]
		for _, c := range r.counted {
			if c.Organisation != id {
				keep = append(keep, c)
			}
		}
		r.counted, r.answers = keep, int64(len(keep))
		r.cells = nil
		if len(keep) > 0 {
			r.cells = []survey.Cell{{Metric: money, Contributors: int64(len(keep))}}
			for _, c := range keep {
				r.cells[0].Value += c.Values[0].Value
			}
		}
	})
}

func (r *records) sum() (sum int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.counted {
		sum += c.Values[0].Value
	}
	return sum
}

// live is one campaign and two revisions. It returns how many figures were
// exact and how many had bounds.
func (s *simulation) live() (exact, bounded int) {
	for range 20 + s.random.Intn(80) {
		s.step()
		switch s.random.Intn(25) {
		case 0:
			s.separate(s.any(), s.random.Intn(2) == 0)
		case 1:
			s.restore(s.any())
		}
		time.Sleep(time.Second)
	}
	for _, r := range s.regions {
		s.separate(r, false)
	}
	time.Sleep(time.Minute)
	responded := map[survey.Region]int{}
	for _, r := range s.regions {
		responded[r] = len(s.of[r])
	}
	s.responded(responded)
	if s.random.Intn(5) == 0 {
		s.gone = s.any()
		s.close(s.gone)
	}
	s.closeCampaign()
	s.registry.openRevision(cycle, "")
	first := s.truth()
	s.certify(0)
	e, b := s.check(0, first, first)
	for range s.random.Intn(25) {
		s.step()
	}
	s.registry.openRevision(cycle, survey.ReasonLateAnswers)
	s.certify(1)
	e1, b1 := s.check(1, s.truth(), first)
	e0, b0 := s.check(0, first, first) // it did not move
	return e + e1 + e0, b + b1 + b0
}

func (s *simulation) truth() map[survey.Region]int64 {
	out := map[survey.Region]int64{}
	for _, r := range s.regions {
		out[r] = s.records[r].sum()
	}
	return out
}

// restore puts back an older disk; the registry raises the generation.
func (s *simulation) restore(region survey.Region) {
	old := s.archives[region].copy()
	time.Sleep(5 * time.Second)
	s.step()
	time.Sleep(5 * time.Second)
	s.nation.close(region)
	s.archives[region] = old
	s.registry.raise(region)
	s.start(region)
	time.Sleep(10 * time.Second)
}

// check compares a certified revision with the answers: of now, or for a cell
// that was kept, of before.
func (s *simulation) check(revision int, now, before map[survey.Region]int64) (exact, bounded int) {
	at := s.regions[0]
	if at == s.gone {
		at = s.regions[1]
	}
	q := certified(revision)
	q.By = survey.ByRegion
	got := s.ask(at, q)
	sum, whole := int64(0), int64(0)
	for i, row := range got.Rows {
		region := survey.Region(row.Key)
		f := figure(row.Figures, money)
		sum += f.Value
		want := now[region]
		late := got.Coverage.Regions[i].AnswersIn > got.Coverage.Regions[i].AnswersReleased
		switch {
		case f.Qualifier == survey.QualifierExact && f.Value == want:
		case f.Qualifier == survey.QualifierExact && revision > 0 && f.Value == before[region]:
			want = before[region]
			if !late && f.Value != now[region] && s.records[region].size() > 0 {
				s.t.Errorf("revision %d: %s keeps %d of %d and does not say so", revision, region, f.Value, now[region])
			}
		case f.Qualifier == survey.QualifierExact && f.Contributors > 0:
			s.t.Errorf("revision %d: %s says exactly %d, answered were %d", revision, region, f.Value, want)
		case f.Bounds != nil && f.Bounds.Lower > want:
			s.t.Errorf("revision %d: %s says at least %d, answered were %d", revision, region, f.Bounds.Lower, want)
		}
		whole += want
	}
	f := figure(got.Figures, money)
	switch {
	case f.Value != sum:
		s.t.Errorf("revision %d: the nation is %d, its regions %d", revision, f.Value, sum)
	case f.Qualifier == survey.QualifierExact && f.Value != whole && f.Contributors > 0:
		s.t.Errorf("revision %d: exactly %d, answered were %d", revision, f.Value, whole)
	case f.Qualifier == survey.QualifierExact:
		return 1, 0
	case f.Bounds == nil || f.Bounds.Lower > whole || f.Bounds.Upper != nil && *f.Bounds.Upper < whole:
		s.t.Errorf("revision %d: %+v, answered were %d", revision, f, whole)
	}
	return 0, 1
}

func (r *records) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.counted)
}
