package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// scrambler makes the parts of records that never leave the region: the same
// seed gives the same, each seed marks them with its own word.
type scrambler struct {
	seed uint64
	rand *rand.Rand
}

func (s scrambler) word() string { return fmt.Sprintf("LOCAL%d-%x", s.seed, s.rand.Uint64()) }

func (s scrambler) one(options ...string) string { return options[s.rand.IntN(len(options))] }

// populate records what both stores have in common, with everything else
// scrambled.
func populate(t *testing.T, s *store.Store, r *registry, seed uint64) {
	t.Helper()
	x := scrambler{seed: seed, rand: rand.New(rand.NewPCG(seed, 1))}
	for n := 1; n <= 12; n++ {
		id := company(n)
		if _, refusal := r.grant(cycle, id, us); refusal != nil {
			t.Fatal(refusal)
		}
		feed(t, s, r)
		text := strings.TrimSuffix(fmt.Sprintf(whole, fmt.Sprint(n*1000)), "}") + fmt.Sprintf(`,"q15":%q}`, x.word())
		q := request(id, answers(t, text))
		q.Actor, q.At = x.rand.Uint64()%100, q.At.AddDate(0, 0, x.rand.IntN(300))
		if _, err := s.RecordResponse(context.Background(), q); err != nil {
			t.Fatal(err)
		}
		for i, record := range []struct {
			kind survey.RecordKind
			text string
		}{
			{survey.RecordContacts, fmt.Sprintf(`"name": %q, "email": "%s@example.org", "phone": %q, "note": %q`, x.word(), x.word(), x.word(), x.word())},
			{survey.RecordInteractions, fmt.Sprintf(`"date": %q, "channel": %q, "two_way": true, "minutes": %d, "innovation": %q, "adviser": %q, "contact": %q, "tags": [%q]`,
				x.one("2022-05-01", "2022-09-09", "2023-03-31"), x.one("call", "meeting", "video"), 30+x.rand.IntN(200), x.word(), x.word(), x.word(), x.word())},
			{survey.RecordEngagements, fmt.Sprintf(`"date": %q, "category": "pricing", "level": %q, "adviser": %q, "otv.lep": %q`, x.one("2022-05-01", "2022-06-01"), x.one("light", "intensive"), x.word(), x.word())},
			{survey.RecordPartnerships, fmt.Sprintf(`"partner": %q, "partner_kind": %q, "starts": "2022-05-01", "months": %d`, x.word(), x.one("nhs", "ahsn"), 12+x.rand.IntN(24))},
			{survey.RecordChases, fmt.Sprintf(`"cycle": "2022-23", "date": %q, "channel": %q, "note": %q`, x.one("2023-05-01", "2023-06-01"), x.one("call", "email"), x.word())},
			{survey.RecordNotes, fmt.Sprintf(`"note": %q`, x.word())},
		} {
			w := write(t, record.kind, fmt.Sprint(n, i), fmt.Sprintf(`{"organisation": %q, %s}`, id, record.text))
			w.Actor = x.rand.Uint64() % 100
			add(t, s, w)
		}
	}
	for range x.rand.IntN(5) { // kinds that count nowhere, as many as one likes
		add(t, s, write(t, survey.RecordFunding, x.word(), fmt.Sprintf(`{"cycle": "2022-23", "source": "ols", "amount": %d, "note": %q}`, x.rand.IntN(1e6), x.word())))
	}
}

// leaving is everything that other rooms take out of the store to send to
// other nodes, without the random ids of retries and the times of this node.
func leaving(t *testing.T, s *store.Store) string {
	t.Helper()
	cells, in, err := s.Cells(cycle)
	if err != nil {
		t.Fatal(err)
	}
	counted, err := s.Counted(cycle)
	if err != nil {
		t.Fatal(err)
	}
	activities, err := s.CountedActivities(cycle)
	if err != nil {
		t.Fatal(err)
	}
	work, err := s.Outbox().Due(1000)
	if err != nil {
		t.Fatal(err)
	}
	supported, err := s.Outbox().Support(1000)
	if err != nil {
		t.Fatal(err)
	}
	work = append(work, supported...)
	for i := range work {
		work[i].RequestID, work[i].Since = "", epoch
	}
	for _, list := range [][]store.CountedItem{counted, activities} {
		for i := range list {
			list[i].Sequence = 0
		}
	}
	text, err := json.MarshalIndent([]any{cells, in, counted, activities, work}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Scrambling every field that is not published changes no byte of what leaves
// the store, and no local word is in it.
func TestLocalStaysLocal(t *testing.T) {
	var first string
	for seed := uint64(1); seed <= 3; seed++ {
		s, r := opened(t)
		populate(t, s, r, seed)
		out := leaving(t, s)
		if strings.Contains(out, "LOCAL") {
			t.Error("a local word leaves the store")
		}
		if !strings.Contains(out, "meaningful_interactions") || !strings.Contains(out, "supported") {
			t.Error("nothing of the records leaves the store")
		}
		if first == "" {
			first = out
		} else if out != first {
			t.Errorf("seed %d changes what leaves the store", seed)
		}
	}
}
