package api_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// fakeUsers are one person.
type fakeUsers struct{}

func (fakeUsers) AddUser(_ context.Context, n store.NewUser) (store.User, error) {
	return store.User{ID: "7", Name: n.Name, Role: n.Role}, nil
}

func (fakeUsers) Users() ([]store.User, error) {
	return []store.User{{ID: "7", Name: "Sam", Role: store.PermissionAdviser}}, nil
}

func (fakeUsers) DisableUser(context.Context, string, uint64) error { return nil }

func (fakeUsers) SetPassword(context.Context, string, string, uint64) error { return nil }

// fakeLinks are the links that were made through them.
type fakeLinks struct{ made []store.SurveyLink }

func (f *fakeLinks) CreateSurveyLink(_ context.Context, n store.NewSurveyLink) (store.SurveyLink, string, error) {
	l := store.SurveyLink{ID: "51", Cycle: n.Cycle, Organisation: n.Organisation, Email: n.Email, Contact: n.Contact, Expires: n.Expires, Created: time.Now()}
	f.made = append(f.made, l)
	return l, "secret", nil
}

func (f *fakeLinks) SurveyLinks(survey.Cycle) ([]store.SurveyLink, error) {
	return slices.Clone(f.made), nil
}

func (f *fakeLinks) RevokeSurveyLink(context.Context, string, uint64) error { return nil }

func (f *fakeLinks) RemindSurveyLink(context.Context, string, uint64) (store.SurveyLink, string, error) {
	f.made[0].Reminders = append(f.made[0].Reminders, time.Now())
	return f.made[0], "again", nil
}

// fakeMailer takes every letter but those to addresses that begin with gone.
// Those that begin with out belong to people who opted out.
type fakeMailer struct{}

func (fakeMailer) Sends() bool { return true }

func (fakeMailer) MayWrite(_ survey.Identifier, address string) (bool, error) {
	return !strings.HasPrefix(address, "out"), nil
}

func (fakeMailer) Send(_ context.Context, round []letters.Letter) []letters.Delivery {
	var out []letters.Delivery
	for _, l := range round {
		d := letters.Delivery{To: l.To, State: letters.Sent}
		if strings.HasPrefix(l.To, "gone") {
			d.State, d.Reason = letters.Refused, "no such user"
		}
		out = append(out, d)
	}
	return out
}

const linksOfYear = api.Prefix + "/campaigns/2022-23/links"

// TestSurveyLinks: links carry the public address, and letters leave with a
// result of their own.
func TestSurveyLinks(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	a := ask(t, h, "adviser", "POST", linksOfYear, `{"organisation": "`+string(acme)+`", "email": "pat@acme.example"}`)
	want(t, a, 201)
	if got := a.json(t)["address"]; got != "https://survey.example.org/respond/secret" {
		t.Errorf("address %v", got)
	}
	if a.json(t)["delivery"] != nil {
		t.Error("a letter was sent that nobody asked for")
	}
	for address, state := range map[string]string{"pat@acme.example": "sent", "gone@acme.example": "refused"} {
		a := ask(t, h, "adviser", "POST", linksOfYear, `{"organisation": "`+string(acme)+`", "email": "`+address+`", "send": true, "base": "https://other.example/"}`)
		want(t, a, 201)
		delivery, _ := a.json(t)["delivery"].(map[string]any)
		if delivery["state"] != state || a.json(t)["address"] != "https://other.example/respond/secret" {
			t.Errorf("%s: %s", address, a.text)
		}
	}
	for body, field := range map[string]string{
		`{"organisation": "` + string(acme) + `", "send": true}`:                "body.email",
		`{"organisation": "` + string(acme) + `", "email": "out@acme.example"}`: "body.email",
	} {
		a := ask(t, h, "adviser", "POST", linksOfYear, body)
		if a.StatusCode != 422 || !strings.Contains(string(a.text), field) {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.text)
		}
	}
}

// TestRemindByMailOnceADay: a round that is sent twice asks nobody twice.
func TestRemindByMailOnceADay(t *testing.T) {
	h := open(t, &fakeRegistry{}, &fakeRooms{})
	want(t, ask(t, h, "adviser", "POST", linksOfYear, `{"organisation": "`+string(acme)+`", "email": "pat@acme.example"}`), 201)
	for i, sent := range []int{1, 0} {
		a := ask(t, h, "lead", "POST", linksOfYear+"/remind", `{"send": true}`)
		want(t, a, 200)
		items, _ := a.json(t)["items"].([]any)
		if len(items) != sent {
			t.Errorf("round %d: %s", i, a.text)
		}
	}
}
