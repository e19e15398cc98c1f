package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// Answers that were made from an older version replace no newer one; the same
// answers once more are no change.
func TestAnswersMadeFromAnOlderVersionAreRefused(t *testing.T) {
	s, _ := opened(t)
	record := func(pounds string, seen uint64) (survey.ResponseResult, error) {
		r := request(company(1), complete(t, pounds))
		r.Seen = &seen
		return s.RecordResponse(context.Background(), r)
	}
	refused := func(err error) bool {
		var refusal *survey.Refusal
		return errors.As(err, &refusal) && refusal.Code == survey.RefusedAnswerChanged
	}
	for i, step := range []struct {
		pounds  string
		seen    uint64
		refused bool
		version uint64
	}{{"1", 1, true, 0}, {"1", 0, false, 1}, {"2", 0, true, 1}, {"1", 0, false, 1}, {"2", 1, false, 2}, {"3", 1, true, 2}, {"3", 9, true, 2}} {
		result, err := record(step.pounds, step.seen)
		if refused(err) != step.refused || !step.refused && (err != nil || result.Version != step.version) {
			t.Errorf("step %d: %+v %v", i, result, err)
		}
		if have, _ := s.Response(cycle, company(1)); have.Version != step.version {
			t.Errorf("step %d: version %d is there", i, have.Version)
		}
	}

	// Of many made from the same version one is taken.
	var all sync.WaitGroup
	taken := make(chan string, 8)
	for _, pounds := range []string{"11", "12", "13", "14", "15", "16", "17", "18"} {
		all.Go(func() {
			if _, err := record(pounds, 2); err == nil {
				taken <- pounds
			} else if !refused(err) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(taken) != 1 {
		t.Errorf("%d were taken", len(taken))
	}
	checkClean(t, s)
}
