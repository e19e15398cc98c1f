package web_test

import (
	"testing"

	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store/survey"
)

// asksOfItsOwn lets the region ask three questions after the national ones.
func asksOfItsOwn(t *testing.T) func(*web.Options) {
	t.Helper()
	known := survey.NewEditions(ours)
	more, err := known.Check([]byte(`{"id": "own-1", "region": "` + string(ours) + `", "questions": [
	 {"id": "` + string(ours) + `.posts", "kind": "fte", "unit": "fte_hundredths", "maximum": 10000, "text": "How many posts in the enterprise zone?", "allow": ["dont_know"]},
	 {"id": "` + string(ours) + `.stage", "kind": "stage", "text": "And the second product?", "options": [{"code": "idea", "label": "Idea"}]},
	 {"id": "` + string(ours) + `.park", "kind": "text", "maximum": 100, "text": "Which park?"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *web.Options) { o.Editions = known.With(more) }
}

func TestARegionsOwnQuestionsAreAskedLast(t *testing.T) {
	s := newSite(t, asksOfItsOwn(t))
	own := string(ours)
	wantPage(t, s.get("/respond/fresh/questions/16"), 200, "Question 16 of 18", "enterprise zone", "goes into no national figure")
	wantPage(t, s.post("/respond/fresh/questions/16", own+".posts", "many"), 422, "Error: ", `value="many"`)
	wantPage(t, s.post("/respond/fresh/questions/16", own+".posts", "2.5", own+".posts.status", "dont_know"), 422, "not both")
	wantPage(t, s.post("/respond/fresh/questions/16", own+".posts", "2.5"), 303)
	wantPage(t, s.post("/respond/fresh/questions/17", own+".stage", "idea", own+".stage.trl", "12"), 422, "1 to 9")
	wantPage(t, s.post("/respond/fresh/questions/17", own+".stage", "idea", own+".stage.trl", "2"), 303)
	wantPage(t, s.post("/respond/fresh/questions/18", own+".park", "By the river"), 303)
	fillIn(s)
	wantPage(t, s.get("/respond/fresh/check"), 200, "By the river", "2.5 posts", "readiness level 2")
	wantPage(t, s.post("/respond/fresh/send"), 303)
	wantPage(t, s.get("/respond/fresh/done"), 200, "By the river")
}
