package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// lastYear is the cycle of which answers are handed over in cycle.
var lastYear = cycle.Previous()

// handedOver is a store whose region surveyed company 1 last year and hands it
// over with those answers.
func handedOver(t *testing.T) (*store.Store, *registry) {
	t.Helper()
	s, r := opened(t)
	for i := 1; i <= 2; i++ {
		r.grant(lastYear, company(i), us)
	}
	feed(t, s, r)
	recordLast(t, s, 1, "1000", them)
	handOver(t, s, 1)
	return s, r
}

// recordLast records what the company said last year, which the region that it
// named may see.
func recordLast(t *testing.T, s *store.Store, n int, pounds string, named survey.Region) {
	t.Helper()
	text := strings.Replace(fmt.Sprintf(whole, pounds), `["otv"]`, fmt.Sprintf(`["otv",%q]`, named), 1)
	request := request(company(n), answers(t, text))
	request.Cycle, request.Sharing = lastYear, survey.SharingAllowed
	if _, err := s.RecordResponse(context.Background(), request); err != nil {
		t.Fatal(err)
	}
}

func handOver(t *testing.T, s *store.Store, n int) {
	t.Helper()
	have, err := s.Response(lastYear, company(n))
	if err != nil {
		t.Fatal(err)
	}
	h := store.Handover{Organisation: company(n), From: us, To: them, At: epoch}
	if number, err := s.HandOver(context.Background(), cycle, h, have.Version, []byte("key")); err != nil || number == 0 {
		t.Fatal(number, err)
	}
}

// sharing is what is to be told, or with done what has been too, in words.
func sharing(t *testing.T, s *store.Store, done bool) string {
	t.Helper()
	list, err := s.Sharing(done)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, w := range list {
		words = append(words, fmt.Sprintf("%s of %s to %s: version %d, done %v, handed over %v", w.Organisation, w.Cycle, w.To, w.Version, w.Done, w.HandedOver))
	}
	return strings.Join(words, "\n")
}

// told tells everything that there is to be told.
func told(t *testing.T, s *store.Store) {
	t.Helper()
	list, err := s.Sharing(false)
	for _, w := range list {
		if err == nil {
			err = s.Shared(w, []byte("key"), epoch)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	checkClean(t, s)
}

func copyOf(n, version int, done, handed bool) string {
	return fmt.Sprintf("%s of %s to %s: version %d, done %v, handed over %v", company(n), lastYear, them, version, done, handed)
}

// Last year's answers that went with a company follow theirs: corrected, moved
// by merges, taken back with the company's word.
func TestAHandedOverCopyFollowsItsAnswers(t *testing.T) {
	s, r := handedOver(t)
	ctx := context.Background()
	want := func(what, due string) {
		t.Helper()
		if got := sharing(t, s, false); got != due {
			t.Errorf("%s:\n%s\nwant:\n%s", what, got, due)
		}
		told(t, s)
	}
	if got := sharing(t, s, true); got != copyOf(1, 1, true, true) {
		t.Errorf("handed over: %s", got)
	}
	recordLast(t, s, 1, "1001", them)
	want("corrected", copyOf(1, 2, false, true))

	r.merge(company(1), company(2), []survey.Cycle{lastYear})
	feed(t, s, r)
	want("merged", copyOf(1, 0, false, false)+"\n"+copyOf(2, 2, false, true))
	if given, err := s.GivenOn(lastYear); err != nil || !given[company(2)] || given[company(3)] {
		t.Errorf("given on: %v %v", given, err)
	}
	r.split(company(1))
	r.grant(lastYear, company(1), us)
	feed(t, s, r)
	want("split again", copyOf(1, 2, false, true)+"\n"+copyOf(2, 0, false, false))

	say := func(word survey.Sharing) {
		t.Helper()
		if err := s.SetSharing(ctx, lastYear, company(1), word, 7, epoch); err != nil {
			t.Fatal(err)
		}
	}
	say(survey.SharingAllowed) // as it was
	want("allowed", "")
	say(survey.SharingRefused)
	want("refused", copyOf(1, 0, false, true))
	h := store.Handover{Organisation: company(1), From: us, To: them, At: epoch}
	var refusal *survey.Refusal
	if _, err := s.HandOver(ctx, cycle, h, 3, nil); !errors.As(err, &refusal) || refusal.Code != survey.RefusedNotAllowed {
		t.Errorf("handed over against the company's word: %v", err)
	}
	say(survey.SharingAllowed)
	want("allowed again", copyOf(1, 4, false, true))
	handOver(t, s, 1)
	recordLast(t, s, 1, "1002", them)
	want("handed over again", copyOf(1, 5, false, true))
	recordLast(t, s, 1, "1002", "gm")
	want("another one named", strings.Replace(copyOf(1, 6, false, false), string(them), "gm", 1)+"\n"+copyOf(1, 0, false, true))
	recordLast(t, s, 1, "1002", them)
	want("named again", strings.Replace(copyOf(1, 0, false, false), string(them), "gm", 1)+"\n"+copyOf(1, 7, false, true))
	if _, err := s.Privacy().EraseOrganisation(ctx, company(1), 7, epoch); err != nil {
		t.Fatal(err)
	}
	want("erased", copyOf(1, 0, false, true))
	if got := sharing(t, s, true); got != "" {
		t.Errorf("after all that: %s", got)
	}
}

func TestNothingIsHandedOverThatIsNotTheRegions(t *testing.T) {
	s, r := handedOver(t)
	ctx := context.Background()
	h := store.Handover{Organisation: company(1), From: us, To: "gm", At: epoch}
	for _, version := range []uint64{0, 2} {
		if _, err := s.HandOver(ctx, cycle, h, version, nil); err == nil {
			t.Errorf("version %d, which is not there, is handed over", version)
		}
	}
	if list, err := s.Handovers(cycle); err != nil || len(list) != 1 || list[0].To != them || !list[0].LastYear {
		t.Errorf("noted: %+v %v", list, err)
	}
	recordLast(t, s, 3, "5", "gm") // nobody granted the claim
	h.Organisation = company(3)
	if number, err := s.HandOver(ctx, cycle, h, 1, nil); err != nil || number != 0 {
		t.Errorf("a provisional answer: number %d, %v", number, err)
	}
	r.transfer(lastYear, company(1), "gm")
	feed(t, s, r)
	if got := sharing(t, s, false); got != copyOf(1, 0, false, true) {
		t.Errorf("the answers are no longer ours: %s", got)
	}
	told(t, s)
}

// What a region shares anyway is no hand-over, and a hand-over stays one whatever
// is shared later. Taken back, it is neither, until it is taken over again.
func TestWhatIsSharedIsNotHandedOver(t *testing.T) {
	s, _ := opened(t)
	keep := func(number uint64, handed bool, sealed string) string {
		t.Helper()
		c := store.SharedCopy{Cycle: lastYear, Organisation: company(1), From: them, Version: number, Number: number, HandedOver: handed, ReceivedAt: epoch}
		if sealed != "" {
			c.Sealed = []byte(sealed)
		}
		if err := s.KeepShared(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		got, err := s.SharedOf(lastYear, company(1))
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		return fmt.Sprint(string(got[0].Sealed), " ", got[0].HandedOver)
	}
	watch := s.Watch()
	for i, step := range []struct {
		handed       bool
		sealed, want string
	}{{false, "a", "a false"}, {true, "b", "b true"}, {false, "c", "c true"}, {false, "", " false"}, {false, "d", "d false"}, {true, "e", "e true"}} {
		if got := keep(uint64(i+1), step.handed, step.sealed); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
		select {
		case <-watch:
			if i == 0 {
				t.Error("a shared copy is no news for the figures")
			}
		default:
			if i > 0 {
				t.Error("nobody hears of what was handed over")
			}
		}
	}
	checkClean(t, s)
}
