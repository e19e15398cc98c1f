package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// people are canned: one person of each role, whose password is the role.
type people struct {
	mu       sync.Mutex
	disabled map[string]bool
}

var roles = []store.Permission{store.PermissionViewer, store.PermissionAdviser, store.PermissionLead, store.PermissionAdministrator}

func (p *people) user(role string) (store.User, error) {
	for i, known := range roles {
		if string(known) == role {
			u := store.User{ID: role, Name: "Sam " + role, Role: known, Actor: uint64(i + 1)}
			if p.disabled[role] {
				u.Disabled = daysAgo(1)
			}
			return u, nil
		}
	}
	return store.User{}, survey.ErrNotFound
}

func (p *people) SignIn(name, password string) (store.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, err := p.user(name)
	if err != nil || password != name+"-password" || p.disabled[name] {
		return store.User{}, store.ErrUnauthenticated
	}
	return u, nil
}

func (p *people) User(id string) (store.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.user(id)
}

func (p *people) Authenticate(secret string) (store.Token, error) {
	if secret != "trk_good" {
		return store.Token{}, store.ErrUnauthenticated
	}
	return p.Token("9")
}

func (p *people) Token(id string) (store.Token, error) {
	if id != "9" {
		return store.Token{}, survey.ErrNotFound
	}
	return store.Token{ID: "9", Name: "reporting", Role: store.PermissionViewer, Actor: 9}, nil
}

// links are canned survey links whose secrets are words.
type links struct {
	mu     sync.Mutex
	byID   map[string]store.SurveyLink
	secret map[string]string
	drafts map[string]store.SurveyDraft
	made   int
}

func newLinks() *links {
	l := &links{byID: map[string]store.SurveyLink{}, secret: map[string]string{}, drafts: map[string]store.SurveyDraft{}}
	l.put("fresh", store.SurveyLink{ID: "51", Organisation: oursID, Email: "pat@isis.example", Contact: "Pat Lee"})
	l.put("ended", store.SurveyLink{ID: "52", Organisation: hostileID, Revoked: daysAgo(1)})
	l.put("sent", store.SurveyLink{ID: "53", Organisation: doneID, Opened: daysAgo(9), Begun: daysAgo(9), Complete: daysAgo(8), Email: "jo@cherwell.example"})
	return l
}

func (l *links) put(secret string, link store.SurveyLink) {
	link.Cycle, link.Created, link.Expires, link.Actor = thisCycle, daysAgo(18), morning.AddDate(0, 3, 0), 77
	l.byID[link.ID], l.secret[secret] = link, link.ID
}

func (l *links) CreateSurveyLink(_ context.Context, n store.NewSurveyLink) (store.SurveyLink, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n.Email != "" && !strings.Contains(n.Email, "@") {
		return store.SurveyLink{}, "", fmt.Errorf("make a survey link: %w", survey.Invalid("the e-mail address is not one"))
	}
	l.made++
	secret := fmt.Sprintf("made%d", l.made)
	l.put(secret, store.SurveyLink{ID: fmt.Sprint(60 + l.made), Organisation: n.Organisation, Email: n.Email, Contact: n.Contact})
	return l.byID[l.secret[secret]], secret, nil
}

func (l *links) SurveyLinks(survey.Cycle) ([]store.SurveyLink, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []store.SurveyLink
	for _, link := range l.byID {
		out = append(out, link)
	}
	slices.SortFunc(out, func(a, b store.SurveyLink) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func (l *links) SurveyLinkOf(_ survey.Cycle, id survey.Identifier) (store.SurveyLink, error) {
	all, _ := l.SurveyLinks(thisCycle)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Organisation == id {
			return all[i], nil
		}
	}
	return store.SurveyLink{}, survey.ErrNotFound
}

func (l *links) change(id string, do func(*store.SurveyLink)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	link, ok := l.byID[id]
	if !ok {
		return survey.ErrNotFound
	}
	do(&link)
	l.byID[id] = link
	return nil
}

func (l *links) RevokeSurveyLink(_ context.Context, id string, _ uint64) error {
	return l.change(id, func(x *store.SurveyLink) { x.Revoked = morning })
}

func (l *links) RemindSurveyLink(_ context.Context, id string, _ uint64) (store.SurveyLink, string, error) {
	err := l.change(id, func(x *store.SurveyLink) { x.Reminders = append(x.Reminders, morning) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secret["again"+id] = id
	return l.byID[id], "again" + id, err
}
