package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

func openPeople(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(store.Options{Path: filepath.Join(t.TempDir(), "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		report, err := s.Check(context.Background())
		if err != nil || !report.Clean() {
			t.Errorf("check: %+v %v", report.Findings, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPeopleSignIn(t *testing.T) {
	s, ctx := openPeople(t), t.Context()
	sam, err := s.People().AddUser(ctx, store.NewUser{Name: " Sam Patel ", Password: "a long enough one", Role: store.PermissionAdviser})
	if err != nil || sam.Name != "Sam Patel" || sam.Actor == 0 {
		t.Fatalf("%+v %v", sam, err)
	}
	token, _, err := s.People().CreateToken(ctx, store.NewToken{Name: "x", Role: store.PermissionViewer})
	if err != nil || token.Actor == sam.Actor {
		t.Errorf("a person and a token share the number %d: %v", sam.Actor, err)
	}
	for name, bad := range map[string]store.NewUser{
		"taken in another case": {Name: "SAM PATEL", Password: "a long enough one", Role: store.PermissionViewer},
		"no name":               {Name: " ", Password: "a long enough one", Role: store.PermissionViewer},
		"a short password":      {Name: "Jo", Password: "short", Role: store.PermissionViewer},
		"a role of nobody":      {Name: "Jo", Password: "a long enough one", Role: "king"},
		"a control character":   {Name: "J\x00o", Password: "a long enough one", Role: store.PermissionViewer},
	} {
		if _, err := s.People().AddUser(ctx, bad); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := s.People().SignIn("sam patel", "a long enough one")
	if err != nil || got.ID != sam.ID {
		t.Errorf("sign in: %+v %v", got, err)
	}
	for _, pair := range [][2]string{{"Sam Patel", "a long enough on"}, {"Jo", "a long enough one"}, {"", ""}} {
		if _, err := s.People().SignIn(pair[0], pair[1]); !errors.Is(err, store.ErrUnauthenticated) {
			t.Errorf("%v: %v", pair, err)
		}
	}
	if err := s.People().SetPassword(ctx, sam.ID, "quite another one", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.People().SignIn("Sam Patel", "a long enough one"); !errors.Is(err, store.ErrUnauthenticated) {
		t.Errorf("the old password: %v", err)
	}
	if err := s.People().DisableUser(ctx, sam.ID, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.People().SignIn("Sam Patel", "quite another one"); !errors.Is(err, store.ErrUnauthenticated) {
		t.Errorf("disabled: %v", err)
	}
	if err := s.People().DisableUser(ctx, "77", 1); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if all, err := s.People().Users(); err != nil || len(all) != 1 || all[0].Disabled.IsZero() {
		t.Errorf("%+v %v", all, err)
	}
}

func TestSurveyLinkLife(t *testing.T) {
	s, ctx := openPeople(t), t.Context()
	ask := store.NewSurveyLink{Cycle: "2022-23", Organisation: "GB-COH:07209813", Email: "pat@example.org", Contact: "Pat", Expires: time.Now().Add(time.Hour)}
	link, secret, err := s.Links().CreateSurveyLink(ctx, ask)
	if err != nil || link.Stage() != store.LinkSent {
		t.Fatalf("%+v %v", link, err)
	}
	for name, change := range map[string]func(*store.NewSurveyLink){
		"no address": func(n *store.NewSurveyLink) { n.Email = "pat" }, "two addresses": func(n *store.NewSurveyLink) { n.Email = "a@b.example, c@d.example" },
		"a header": func(n *store.NewSurveyLink) { n.Contact = "Pat\r\nBcc: x" }, "the past": func(n *store.NewSurveyLink) { n.Expires = time.Now().Add(-time.Hour) },
		"for ever": func(n *store.NewSurveyLink) { n.Expires = time.Now().AddDate(3, 0, 0) }, "no company": func(n *store.NewSurveyLink) { n.Organisation = "x" },
	} {
		bad := ask
		change(&bad)
		if _, _, err := s.Links().CreateSurveyLink(ctx, bad); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, guess := range []string{"", "x", secret[:31], secret + "x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if _, err := s.Links().SurveyLinkBySecret(guess); !errors.Is(err, store.ErrUnauthenticated) {
			t.Errorf("%q: %v", guess, err)
		}
	}
	typed := map[string][]string{"q03": {"about twelve"}}
	if err := errors.Join(s.Links().MarkSurveyLink(ctx, link.ID, store.LinkBegun, false), s.Links().SaveSurveyDraft(ctx, link.ID, "q03", typed),
		s.Links().SaveSurveyDraft(ctx, link.ID, "q04", map[string][]string{"q04": {"1"}})); err != nil {
		t.Fatal(err)
	}
	if d, err := s.Links().SurveyDraft(link.ID); err != nil || d.Version != 2 || d.Fields["q03"]["q03"][0] != "about twelve" {
		t.Errorf("%+v %v", d, err)
	}
	if err := s.Links().SaveSurveyDraft(ctx, link.ID, "q15", map[string][]string{"q15": {string(make([]byte, 70<<10))}}); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a large draft: %v", err)
	}
	again, second, err := s.Links().RemindSurveyLink(ctx, link.ID, 1)
	if err != nil || second == secret || len(again.Reminders) != 1 {
		t.Fatalf("%+v %v", again, err)
	}
	for _, good := range []string{secret, second} {
		if l, err := s.Links().SurveyLinkBySecret(good); err != nil || l.ID != link.ID || l.Stage() != store.LinkBegun {
			t.Errorf("%+v %v", l, err)
		}
	}
	claim := survey.Claim{Region: "otv", State: survey.Contacted}
	if !again.MayRemind(claim, "otv", time.Now()) || again.MayRemind(claim, "we", time.Now()) || again.MayRemind(survey.Claim{Region: "otv", State: survey.Declined}, "otv", time.Now()) {
		t.Error("who may be reminded is not as it should be")
	}
	if err := s.Links().MarkSurveyLink(ctx, link.ID, store.LinkComplete, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Links().RemindSurveyLink(ctx, link.ID, 1); !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a reminder after the answer: %v", err)
	}
	if l, err := s.Links().SurveyLinkOf("2022-23", "GB-COH:07209813"); err != nil || l.Stage() != store.LinkComplete || !l.Consent || l.MayRemind(claim, "otv", time.Now()) {
		t.Errorf("%+v %v", l, err)
	}
	if err := s.Links().RevokeSurveyLink(ctx, link.ID, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Links().SurveyLinkBySecret(secret); !errors.Is(err, store.ErrLinkEnded) {
		t.Errorf("revoked: %v", err)
	}
	if links, err := s.Links().SurveyLinks("2022-23"); err != nil || len(links) != 1 {
		t.Errorf("%+v %v", links, err)
	}
	if _, err := s.Links().SurveyLinkOf("2022-23", "GB-COH:99999999"); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("no link: %v", err)
	}
}
