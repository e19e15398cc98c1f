package respond_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store/survey"
)

// story is one page in one state.
type story struct {
	name   string
	status int
	run    func(*site) *httptest.ResponseRecorder
}

func page(address string) func(*site) *httptest.ResponseRecorder {
	return func(s *site) *httptest.ResponseRecorder { return s.Get(address) }
}

func respondPage(page string) string { return "/respond/fresh" + page }

func stories() []story {
	return append([]story{
		{"respond-start", 200, page(respondPage(""))},
		{"respond-unknown", 404, page("/respond/guessed")},
		{"respond-ended", 410, page("/respond/ended")},
		{"respond-saved", 200, page(respondPage("/saved"))},
		{"respond-faulty", 422, func(s *site) *httptest.ResponseRecorder {
			return s.Post(respondPage("/questions/3"), "q03", "about twelve")
		}},
		{"respond-warned", 422, func(s *site) *httptest.ResponseRecorder {
			return s.Post(respondPage("/questions/7"), "q07.equity", "25,000,000")
		}},
		{"respond-check", 200, func(s *site) *httptest.ResponseRecorder {
			fillIn(s)
			return s.Get(respondPage("/check"))
		}},
		{"respond-check-missing", 200, page(respondPage("/check"))},
		{"respond-done", 200, func(s *site) *httptest.ResponseRecorder {
			fillIn(s)
			s.Post(respondPage("/send"), "consent", "yes")
			return s.Get(respondPage("/done"))
		}},
		{"respond-done-elsewhere", 200, page("/respond/sent/done")},
	}, questionStories()...)
}

// questionStories are one story for each question of the companies' form.
func questionStories() []story {
	var out []story
	q, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		panic(err)
	}
	for i, question := range q.Questions {
		number := string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
		out = append(out, story{"respond-question-" + string(question.ID), 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.Get(respondPage("/questions/" + strings.TrimLeft(number, "0")))
		}})
	}
	return out
}

// fillIn answers every core question of the companies' form.
func fillIn(s *site) {
	for _, typed := range [][]string{{"1", "q01", "yes"}, {"2", "q02", "otv"}, {"3", "q03", "41"}, {"4", "q04", "6"}, {"5", "q05", "3.5"}, {"6", "q06", "1"},
		{"7", "q07.equity", "£900,000"}, {"8", "q08", "400,000"}, {"10", "q10", "3"}} {
		s.Post("/respond/fresh/questions/"+typed[0], typed[1:]...)
	}
}

// told are the stories, each with its own form.
func told() []pagetest.Story {
	var out []pagetest.Story
	for _, story := range stories() {
		out = append(out, pagetest.Story{Name: story.name, Status: story.status, Run: func(t *testing.T) *httptest.ResponseRecorder { return story.run(newSite(t)) }})
	}
	return out
}

// TestStories holds every page against its golden HTML.
func TestStories(t *testing.T) { pagetest.Stories(t, told(), *update) }

// TestAxe holds every page against the accessibility rules.
func TestAxe(t *testing.T) { pagetest.Axe(t, told(), newSite(t).form) }

// TestClassesAreKnown: what the pages borrow from nhsuk-frontend is there.
func TestClassesAreKnown(t *testing.T) { pagetest.KnownClasses(t) }
