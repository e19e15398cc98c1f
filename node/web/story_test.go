package web_test

import (
	"flag"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/ahsn-network/tracker/node/page/pagetest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// story is one page in one state. Run makes the request that shows it, after
// whatever came before it.
type story struct {
	name   string
	role   store.Permission
	status int
	run    func(*site) *httptest.ResponseRecorder
}

func page(address string) func(*site) *httptest.ResponseRecorder {
	return func(s *site) *httptest.ResponseRecorder { return s.Get(address) }
}

const (
	complete = `{"q01":"yes","q02":["otv"],"q03":41,"q04":6,"q05":3.5,"q06":1,"q07":{"equity":900000},"q08":400000,"q10":3}`
	lastYear = `{"q01":"yes","q02":["otv"],"q03":12,"q04":2,"q05":1,"q06":0,"q07":{"equity":50000},"q08":20000,"q10":1}`
)

// stories are every page of the site, in its usual state and in those of
// error.
func stories() []story {
	const adviser, viewer, lead = store.PermissionAdviser, store.PermissionViewer, store.PermissionLead
	free, mine, theirs := "/companies/"+string(freeID), "/companies/"+string(oursID), "/companies/"+string(theirsID)
	return append([]story{
		{"sign-in", "", 200, page("/sign-in")},
		{"sign-in-wrong", "", 401, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/sign-in", "name", "sam", "password", "not the password")
		}},
		{"sign-in-ended", "", 401, func(s *site) *httptest.ResponseRecorder {
			return s.Post(mine+"/answers", "q03", "41", "q15", "a long text")
		}},
		{"pending", "", 200, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/sign-in", "name", "adviser", "password", "adviser-password", "to", mine+"/answers", "pending", "q03=41&q15=a+long+text")
		}},
		{"home", adviser, 200, page("/")},
		{"home-alone", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.status.Quorum.Reachable = 7
			return s.Get("/")
		}},
		{"home-empty", lead, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.campaigns = nil; return s.Get("/") }},
		{"national", viewer, 200, page("/national/2022-23")},
		{"national-sector", viewer, 200, page("/national/2022-23?by=sector&metric=jobs_created&answer=old")},
		{"region", adviser, 200, page("/region")},
		{"companies", viewer, 200, page("/companies")},
		{"companies-found", adviser, 200, page("/companies?q=ltd")},
		{"companies-none", adviser, 200, page("/companies?q=zzz")},
		{"company-free", adviser, 200, page(free)},
		{"company-ours", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.Get(mine)
		}},
		{"company-theirs", adviser, 200, page(theirs)},
		{"company-hostile", adviser, 200, page("/companies/" + string(hostileID))},
		{"company-offered", adviser, 200, page("/companies/" + string(offeredID))},
		{"company-handed-over", adviser, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.handed(); return s.Get(mine) }},
		{"company-shared", adviser, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.share(s.t); return s.Get(theirs) }},
		{"taken-over", adviser, 200, func(s *site) *httptest.ResponseRecorder { return s.Post(mine+"/take-over", "cycle", "2022-23") }},
		{"taken-over-away", adviser, 503, func(s *site) *httptest.ResponseRecorder {
			s.rooms.takeoverError = survey.Refuse(survey.RefusedRegionAway, "no answer")
			return s.Post(mine+"/take-over", "cycle", "2022-23", "key", "k1")
		}},
		{"company-left-out", lead, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.organisations[0].DoNotSurvey = "2021-22"
			return s.Get(free)
		}},
		{"company-no-reason", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.Post(mine+"/step", "cycle", "2022-23", "token", "4001", "action", "decline")
		}},
		{"held", adviser, 409, func(s *site) *httptest.ResponseRecorder { return s.Post(theirs+"/claim", "cycle", "2022-23") }},
		{"claim-alone", adviser, 503, func(s *site) *httptest.ResponseRecorder {
			s.rooms.writeError, s.rooms.status.Quorum.Reachable = survey.ErrNoQuorum, 7
			return s.Post(free+"/claim", "cycle", "2022-23", "key", "k1")
		}},
		{"claim-unknown", adviser, 504, func(s *site) *httptest.ResponseRecorder {
			s.rooms.writeError = survey.ErrUnknownOutcome
			return s.Post(free+"/claim", "cycle", "2022-23", "key", "k1")
		}},
		{"claim-stale", adviser, 409, func(s *site) *httptest.ResponseRecorder {
			return s.Post(mine+"/step", "cycle", "2022-23", "token", "1", "action", "unreachable", "reason", "no-contact")
		}},
		{"receipt", adviser, 200, page(mine + "/receipt?cycle=2022-23")},
		{"claims", adviser, 200, page("/claims")},
		{"claims-moved", adviser, 200, func(s *site) *httptest.ResponseRecorder { s.rooms.handed(); return s.Get("/claims") }},
		{"claims-empty", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			clear(s.rooms.claims)
			return s.Get("/claims")
		}},
		{"claim-list", adviser, 200, page("/claims/list")},
		{"claim-list-nothing", adviser, 422, func(s *site) *httptest.ResponseRecorder { return s.Post("/claims/list", "cycle", "2022-23") }},
		{"claim-list-done", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/claims/list", "cycle", "2022-23", "list", "99000001\n99000002\n99000003\n99123456\nnot a number\n")
		}},
		{"add-company", adviser, 200, page("/companies/add?name=Northfield")},
		{"add-company-faulty", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/companies/add", "name", " ", "number", "not a number", "kind", "company", "postcode", "OX4 1AA")
		}},
		{"add-company-candidates", adviser, 409, func(s *site) *httptest.ResponseRecorder {
			return s.Post("/companies/add", "name", "Northfield Digital", "kind", "company")
		}},
		{"answers", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.Get(mine + "/answers")
		}},
		{"answers-faulty", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.Post(mine+"/answers", "cycle", "2022-23", "q03", "twelve", "q04", "3", "q05", "4", "q07.equity", "£1.2m", "q10", "1", "q10.status", "refused")
		}},
		{"answers-warned", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.rooms.answer("2021-22", oursID, lastYear)
			return s.Post(mine+"/answers", "cycle", "2022-23", "q03", "41", "q07.equity", "£25,000,000")
		}},
		{"recorded", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Post(mine+"/answers", "cycle", "2022-23", "q01", "yes", "q03", "41")
		}},
		{"link", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Post(mine+"/link", "cycle", "2022-23", "email", "pat@isis.example", "contact", "Pat Lee")
		}},
		{"links", lead, 200, page("/links")},
		{"links-empty", adviser, 200, func(s *site) *httptest.ResponseRecorder { clear(s.links.byID); return s.Get("/links") }},
		{"link-sent", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.office.sends = true
			return s.Post(mine+"/link", "cycle", "2022-23", "email", "pat@isis.example", "contact", "Pat Lee", "send", "1")
		}},
		{"link-refused", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			s.office.sends = true
			return s.Post(mine+"/link", "cycle", "2022-23", "email", "gone@isis.example", "send", "1")
		}},
		{"link-opted-out", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			s.office.sends, s.office.optedOut = true, "pat@isis.example"
			return s.Post(mine+"/link", "cycle", "2022-23", "email", "pat@isis.example")
		}},
		{"links-mail", lead, 200, func(s *site) *httptest.ResponseRecorder { s.office.sends = true; return s.Get("/links") }},
		{"reminded", lead, 200, func(s *site) *httptest.ResponseRecorder {
			s.office.sends = true
			s.links.put("gone", store.SurveyLink{ID: "54", Organisation: hostileID, Email: "gone@hostile.example"})
			return s.Post("/links/remind", "cycle", "2022-23", "how", "mail")
		}},
		{"returned", adviser, 200, page("/returned")},
		{"returned-nothing", adviser, 422, func(s *site) *httptest.ResponseRecorder { return s.Post("/returned", "cycle", "2022-23") }},
		{"returned-unreadable", adviser, 422, func(s *site) *httptest.ResponseRecorder {
			return s.Upload("/returned", "form.csv", "nothing", "cycle", "2022-23")
		}},
		{"returned-compared", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			return s.Get(s.Upload("/returned", `C:\Users\pat\form "2022".csv`, "number,q03", "cycle", "2022-23", "key", "k").Header().Get("Location"))
		}},
		{"returned-recorded", adviser, 200, func(s *site) *httptest.ResponseRecorder {
			address := s.Upload("/returned", "form.csv", "number,q03", "cycle", "2022-23", "key", "k").Header().Get("Location")
			return s.Get(s.Post(address).Header().Get("Location"))
		}},
		{"returned-gone", adviser, 404, page("/returned/01234567-0123-8123-8123-0123456789ab")},
		{"forbidden", viewer, 403, page("/companies/add")},
		{"not-found", viewer, 404, page("/nowhere")},
		{"accessibility", "", 200, page("/accessibility")},
	}, slices.Concat(finalStories(), campaignStories(), eligibleStories(), lapseStories())...)
}

// told are the stories, each with its own site.
func told() []pagetest.Story {
	var out []pagetest.Story
	for _, story := range stories() {
		out = append(out, pagetest.Story{Name: story.name, Status: story.status, Run: func(t *testing.T) *httptest.ResponseRecorder {
			s := newSite(t)
			if story.role != "" {
				s.as(story.role)
			}
			return story.run(s)
		}})
	}
	return out
}

// TestStories holds every page against its golden HTML.
func TestStories(t *testing.T) { pagetest.Stories(t, told(), *update) }

// TestAxe holds every page against the accessibility rules.
func TestAxe(t *testing.T) { pagetest.Axe(t, told(), newSite(t).pages) }

// TestClassesAreKnown: what the pages borrow from nhsuk-frontend is there.
func TestClassesAreKnown(t *testing.T) { pagetest.KnownClasses(t) }
