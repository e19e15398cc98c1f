package respond_test

import (
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/node/respond"
	"github.com/ahsn-network/tracker/store/survey"
)

// asksOfItsOwn lets the region ask three questions after the national ones.
func asksOfItsOwn(t *testing.T) func(*respond.Options) {
	t.Helper()
	known := survey.NewEditions(ours)
	more, err := known.Check([]byte(`{"id": "own-1", "region": "` + string(ours) + `", "questions": [
	 {"id": "` + string(ours) + `.posts", "kind": "fte", "unit": "fte_hundredths", "maximum": 10000, "text": "How many posts in the enterprise zone?", "allow": ["dont_know"]},
	 {"id": "` + string(ours) + `.stage", "kind": "stage", "text": "And the second product?", "options": [{"code": "idea", "label": "Idea"}]},
	 {"id": "` + string(ours) + `.park", "kind": "text", "maximum": 100, "text": "Which park?"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *respond.Options) { o.Editions = known.With(more) }
}

func TestARegionsOwnQuestionsAreAskedLast(t *testing.T) {
	s := newSite(t, asksOfItsOwn(t))
	own := string(ours)
	pagetest.WantPage(t, s.Get("/respond/fresh/questions/16"), 200, "Question 16 of 18", "enterprise zone", "goes into no national figure")
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/16", own+".posts", "many"), 422, "Error: ", `value="many"`)
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/16", own+".posts", "2.5", own+".posts.status", "dont_know"), 422, "not both")
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/16", own+".posts", "2.5"), 303)
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/17", own+".stage", "idea", own+".stage.trl", "12"), 422, "1 to 9")
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/17", own+".stage", "idea", own+".stage.trl", "2"), 303)
	pagetest.WantPage(t, s.Post("/respond/fresh/questions/18", own+".park", "By the river"), 303)
	fillIn(s)
	pagetest.WantPage(t, s.Get("/respond/fresh/check"), 200, "By the river", "2.5 posts", "readiness level 2")
	pagetest.WantPage(t, s.Post("/respond/fresh/send"), 303)
	pagetest.WantPage(t, s.Get("/respond/fresh/done"), 200, "By the river")
}
