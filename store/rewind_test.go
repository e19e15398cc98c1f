package store_test

import (
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// An answer was counted under a claim that only the lost part of the registry
// knew, and another region's release was lost too.
func TestRewindForgetsWhatTheRegistryLost(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), us)
	feed(t, s, r)
	record(t, s, company(1), complete(t, "1"))
	kept := r.clone()
	for _, n := range []int{2, 3} {
		r.grant(cycle, company(n), us)
	}
	r.release(cycle, company(1))
	add(t, s, write(t, survey.RecordEngagements, "1", fmt.Sprintf(`{"organisation": %q, "date": "2022-06-01", "category": "pricing"}`, company(1))))
	told, err := s.Outbox().Support(10)
	if err != nil || len(told) != 1 {
		t.Fatalf("%+v %v", told, err)
	}
	if err := s.Outbox().SupportTold(told, []*survey.Refusal{nil}); err != nil {
		t.Fatal(err)
	}
	feed(t, s, r)
	record(t, s, company(2), complete(t, "20"))
	wantTotal(t, s, "investment_leveraged", 2000, 1)

	// The registry goes on from the copy; company 3 is given to another region
	// under a number that is below the cursor.
	kept.grant(cycle, company(3), them)
	if kept.number >= s.Cursor() {
		t.Fatalf("the registry is at %d, the records at %d", kept.number, s.Cursor())
	}
	for range 2 { // the second time changes nothing
		if err := s.Rewind(1, kept.number, kept.changesSince(0, kept.number)); err != nil {
			t.Fatal(err)
		}
		wantTotal(t, s, "investment_leveraged", 100, 1)
		if got := work(t, s); got != "respond GB-COH:99000001, claim GB-COH:99000002" {
			t.Errorf("work: %s", got)
		}
	}
	if epoch, err := s.Epoch(); err != nil || epoch != 1 || s.Cursor() != kept.number {
		t.Errorf("epoch %d (%v), cursor %d of %d", epoch, err, s.Cursor(), kept.number)
	}
	if again, _ := s.Outbox().Support(10); len(again) != 1 {
		t.Errorf("support to be told again: %+v", again)
	}
	if _, err := kept.carryOut(s, 10); err != nil {
		t.Fatal(err)
	}
	feed(t, s, kept)
	wantTotal(t, s, "investment_leveraged", 2100, 2)
}
