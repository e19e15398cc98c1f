package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/ahsn-network/tracker/node/page"
)

// How long a session lasts without a click, and in all: a working day.
const (
	sessionIdle     = time.Hour
	sessionLifetime = 12 * time.Hour
	cookieName      = "__Host-tracker"
	sessionWho      = "who" // user/ID or token/ID
)

// How often a sign-in may fail at once and then one by one. Many people share
// the address of a trust, so the allowance is generous; passwords are
// protected by their name's allowance too.
const (
	signInBurst = 10
	signInEvery = 6 * time.Second
	maxHashes   = 2 // 19 MiB each
	hashTimeout = 5 * time.Second
)

// Sessions stores the sessions of people: *sessions.Sessions.
type Sessions = scs.Store

func newSessionManager(rooms Sessions, failed func(http.ResponseWriter, *http.Request, error)) *scs.SessionManager {
	m := scs.New()
	m.Store = rooms
	m.Codec = plainCodec{}
	m.IdleTimeout, m.Lifetime = sessionIdle, sessionLifetime
	m.HashTokenInStore = true
	m.ErrorFunc = failed
	m.Cookie.Name = cookieName
	m.Cookie.Path = "/"
	m.Cookie.Secure, m.Cookie.HttpOnly, m.Cookie.Persist = true, true, false
	m.Cookie.SameSite = http.SameSiteLaxMode
	return m
}

// plainCodec writes sessions as JSON: equal sessions are equal bytes, so that
// the store can leave out writes that change nothing, and nothing but texts
// can be in one.
type plainCodec struct{}

type plainSession struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values"`
}

// Encode implements scs.Codec.
func (plainCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	plain := plainSession{Deadline: deadline.UTC(), Values: map[string]string{}}
	for name, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("encode a session: %s is not text", name)
		}
		plain.Values[name] = text
	}
	return json.Marshal(plain)
}

// Decode implements scs.Codec.
func (plainCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var plain plainSession
	if err := json.Unmarshal(data, &plain); err != nil {
		return time.Time{}, nil, fmt.Errorf("decode a session: %w", err)
	}

	values := make(map[string]any, len(plain.Values))
	for name, text := range plain.Values {
		values[name] = text
	}
	return plain.Deadline, values, nil
}

func (h *signInPages) sessionFailed(w http.ResponseWriter, r *http.Request, err error) {
	h.Fail(w, r, fmt.Errorf("read or store the session: %w", err))
}

// visitor returns the person who is signed in. The session only names the person,
// so that somebody who was disabled is out at once.
func (h *signInPages) visitor(r *http.Request) (page.Visitor, bool) {
	kind, id, _ := strings.Cut(h.sessions.GetString(r.Context(), sessionWho), "/")

	switch kind {
	case "user":
		user, err := h.people.User(id)
		if err == nil && user.Disabled.IsZero() {
			return page.Visitor{Name: user.Name, Role: user.Role, Actor: user.Actor}, true
		}
	case "token":
		token, err := h.people.Token(id)
		if err == nil && token.Good(time.Now()) {
			return page.Visitor{Name: token.Name, Role: token.Role, Actor: token.Actor}, true
		}
	}
	return page.Visitor{}, false
}

// begin starts a session under a new token, so that a token that somebody planted
// before is worth nothing.
func (h *signInPages) begin(ctx context.Context, who string) error {
	if err := errors.Join(h.sessions.Clear(ctx), h.sessions.RenewToken(ctx)); err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}

	h.sessions.Put(ctx, sessionWho, who)
	return nil
}

// errBusy is the error of check while too many people sign in.
var errBusy = errors.New("too many people sign in at this moment")

// check returns to whom the name and password, or the token, belong. It waits at
// most hashTimeout, and returns errBusy after that.
func (h *signInPages) check(ctx context.Context, name, password, token string) (who string, err error) {
	if token != "" {
		found, err := h.people.Authenticate(token)
		if err != nil {
			return "", err
		}
		return "token/" + found.ID, nil
	}

	// Each hash takes much memory, so only maxHashes are computed at once.
	ctx, cancel := context.WithTimeout(ctx, hashTimeout)
	defer cancel()
	select {
	case h.hashing <- struct{}{}:
		defer func() { <-h.hashing }()
	case <-ctx.Done():
		return "", errBusy
	}
	user, err := h.people.SignIn(name, password)
	if err != nil {
		return "", err
	}
	return "user/" + user.ID, nil
}
