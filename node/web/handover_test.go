package web_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// SetSharing notes what the company said.
func (c *canned) SetSharing(_ context.Context, _ survey.Request, _ survey.Cycle, id survey.Identifier, sharing survey.Sharing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared[id] = sharing
	return nil
}

// SharedOf are the copies of one company.
func (c *canned) SharedOf(cycle survey.Cycle, id survey.Identifier) ([]survey.SharedResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []survey.SharedResponse
	for _, copied := range c.copies {
		if copied.Cycle == cycle && copied.Organisation == id {
			out = append(out, copied)
		}
	}
	return out, nil
}

// FormerHolder and Takeovers know of Wessex alone.
func (c *canned) FormerHolder(_ survey.Cycle, id survey.Identifier) (survey.Region, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before[id] == "" {
		return "", fmt.Errorf("former holder of %s: %w", id, survey.ErrNotFound)
	}
	return c.before[id], nil
}

func (c *canned) Takeovers(survey.Cycle) ([]survey.TakeoverOffer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []survey.TakeoverOffer
	for id, from := range c.before {
		out = append(out, survey.TakeoverOffer{Organisation: id, From: from, LastYear: true}, survey.TakeoverOffer{Organisation: doneID, From: from, LastYear: true, TakenOver: true})
	}
	return out, nil
}

// share lets Wessex share answers of its company: this year's, last year's that
// cannot be opened, and one that was taken back.
func (c *canned) share(t interface{ Fatal(...any) }) {
	q, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	answers, problems, err := survey.ParseAnswers(q, []byte(complete))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	c.copies = []survey.SharedResponse{
		{Cycle: thisCycle, Organisation: theirsID, From: "wessex", Version: 2, ReceivedAt: daysAgo(3), Answers: &answers},
		{Cycle: "2021-22", Organisation: theirsID, From: "wessex", Version: 1, ReceivedAt: daysAgo(90), Unreadable: true},
		{Cycle: "2021-22", Organisation: theirsID, From: "kss", Version: 1, ReceivedAt: daysAgo(80), RevokedAt: daysAgo(2)},
	}
}

// TakeOver gives what Wessex knew.
func (c *canned) TakeOver(_ context.Context, _ survey.Request, _ survey.Cycle, _ survey.Identifier) (survey.Takeover, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.takeoverError != nil {
		return survey.Takeover{}, c.takeoverError
	}
	return survey.Takeover{From: "wessex", Answers: true}, nil
}

// Form and Export write no real workbook.
func (c *canned) Form(_ context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error {
	_, err := fmt.Fprintf(w, "a workbook of %s for %s", id, cycle)
	return err
}

func (c *canned) Export(_ context.Context, list string, cycle survey.Cycle, format sheet.Format, w io.Writer) error {
	_, err := fmt.Fprintf(w, "a workbook of %s for %s as %s", list, cycle, format)
	return err
}

// handed makes a company ours that Wessex held before.
func (c *canned) handed() {
	c.before = map[survey.Identifier]survey.Region{oursID: "wessex"}
}

// Only the holder after another one is offered to take over, and each way in
// which that can fail has its page.
func TestTakeOver(t *testing.T) {
	page := "/companies/" + string(oursID)
	s := newSite(t).as(store.PermissionAdviser)
	if w := s.Get(page); contains(w, "Take over what they know") {
		t.Error("there is nobody to take over from")
	}
	s.rooms.handed()
	pagetest.WantPage(t, s.Get(page), 200, "Health Innovation Wessex held this company before", "Take over what they know")
	pagetest.WantPage(t, s.Post(page+"/take-over", "cycle", "2022-23"), 200, "Taken over from Health Innovation Wessex", "They stay with Health Innovation Wessex")
	for err, want := range map[error]int{
		fmt.Errorf("take over: %w", survey.ErrNotFound):                                       404,
		&survey.Refusal{Code: survey.RefusedNotHolder, Detail: "as far as it knows"}:          409,
		&survey.Refusal{Code: survey.RefusedNotHolder, Holder: "kss", Since: time.Unix(0, 0)}: 409,
		&survey.Refusal{Code: survey.RefusedNotAllowed}:                                       409,
		context.DeadlineExceeded: 504,
	} {
		s.rooms.takeoverError = err
		pagetest.WantPage(t, s.Post(page+"/take-over", "cycle", "2022-23"), want)
	}
	s.rooms.takeoverError = &survey.Refusal{Code: survey.RefusedNotAllowed, Detail: "the company has not allowed us to see what it told them: nothing was handed over"}
	pagetest.WantPage(t, s.Post(page+"/take-over", "cycle", "2022-23"), 409, "The company has not allowed it", "nothing was handed over.", "Ask the company for its answers")
}
