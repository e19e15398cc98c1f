package web_test

import (
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// An adviser opens the form, the company answers by its link, and the adviser
// saves: the company's answers stay, and what the adviser typed is shown.
func TestAStaleFormReplacesNoNewerAnswers(t *testing.T) {
	s := newSite(t).as(store.PermissionAdviser)
	page := "/companies/" + string(oursID) + "/answers"
	pagetest.WantPage(t, s.Get(page), 200, `name="version" value="0"`)
	s.rooms.answer(thisCycle, oursID, complete)
	s.rooms.shared[oursID] = survey.SharingAllowed
	pagetest.WantPage(t, s.Post(page, "cycle", "2022-23", "version", "0", "q01", "yes", "q03", "77", "sharing", "refused"), 409,
		"Newer answers were recorded since you opened this form", "Nothing of yours was recorded", `value="77"`, `name="version" value="0"`)
	if got, _ := s.rooms.Response(t.Context(), thisCycle, oursID); !got.Complete || got.Answers.Of("q03").Number == 7700 {
		t.Errorf("the newer answers were replaced: %+v", got)
	}
	if got := s.rooms.shared[oursID]; got != survey.SharingAllowed {
		t.Errorf("%q was noted", got)
	}
	// A question of the form that is asked again keeps the version that it had.
	pagetest.WantPage(t, s.Post(page, "cycle", "2022-23", "version", "0", "q03", "twelve"), 422, `name="version" value="0"`)
	pagetest.WantPage(t, s.Get(page), 200, `name="version" value="1"`)
	pagetest.WantPage(t, s.Post(page, "cycle", "2022-23", "version", "1", "q01", "yes", "q03", "77"), 200, "Answers recorded")
}
