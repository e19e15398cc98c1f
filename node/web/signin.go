package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/alexedwards/scs/v2"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
)

// People are the people and the tokens that may sign in: store.People.
type People interface {
	SignIn(name, password string) (store.User, error)
	User(id string) (store.User, error)
	Authenticate(secret string) (store.Token, error)
	Token(id string) (store.Token, error)
}

// signInPages sign people in and out.
type signInPages struct {
	base
	people   People
	sessions *scs.SessionManager
	signIns  *middleware.Failures // by remote network and by name
	hashing  chan struct{}
	route    func(*http.Request) (route, bool)
}

func newSignInPages(b base, people People, sessions Sessions) *signInPages {
	h := &signInPages{base: b, people: people, signIns: middleware.NewFailures(signInBurst, signInEvery),
		hashing: make(chan struct{}, maxHashes)}
	h.sessions = newSessionManager(sessions, h.sessionFailed)
	return h
}

// signInView is the sign-in page. To is where the visitor wanted to
// go; Pending is the form that was sent when the session had ended, so that
// nothing typed is lost.
type signInView struct {
	Name    string
	To      string
	Pending string
	Ended   bool // the visitor sent a form without a session
}

func (h *signInPages) form(w http.ResponseWriter, r *http.Request) error {
	view := signInView{To: h.ownAddress(r.URL.Query().Get("to"), get)}
	return h.Render(w, r, http.StatusOK, "sign-in", "Sign in", view)
}

// ask leads a visitor without a session to the sign-in page, and from
// there back to where the visit was meant to go.
func (h *signInPages) ask(w http.ResponseWriter, r *http.Request, to route) error {
	switch {
	case r.Method != post && r.URL.Path == "/":
		return page.Redirect(w, r, "/sign-in")
	case r.Method != post:
		return page.Redirect(w, r, "/sign-in?"+url.Values{"to": {r.URL.RequestURI()}}.Encode())
	}

	if err := page.ReadForm(w, r, to.form, to.form == uploadForm); err != nil {
		return err
	}
	form := r.PostForm
	if r.MultipartForm != nil {
		form = url.Values(r.MultipartForm.Value) // the file itself has to be chosen again
	}
	view := signInView{To: r.URL.RequestURI(), Pending: form.Encode(), Ended: true}
	if len(view.Pending) > smallForm {
		view.Pending = ""
	}
	return h.Render(w, r, http.StatusUnauthorized, "sign-in", "Sign in", view)
}

// ownAddress returns the address if it is a page of this site that takes the
// method, else nothing: a sign-in never leads elsewhere.
func (h *signInPages) ownAddress(address, method string) string {
	if len(address) > middleware.MaxPath+middleware.MaxQuery || !strings.HasPrefix(address, "/") ||
		strings.HasPrefix(address, "//") || strings.Contains(address, `\`) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || (middleware.AddressRules{}).Check(u) != "" {
		return ""
	}
	if to, known := h.route(&http.Request{Method: method, URL: u, Host: "localhost"}); !known || to.role == anyone {
		return ""
	}
	return u.RequestURI()
}

func (h *signInPages) signIn(w http.ResponseWriter, r *http.Request) error {
	name, password := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password")
	token := strings.TrimSpace(r.PostForm.Get("token"))
	view := signInView{Name: name, Pending: r.PostForm.Get("pending")}
	method := get
	if view.Pending != "" {
		method = post
	}
	view.To = h.ownAddress(r.PostForm.Get("to"), method)
	again := func(status int, message string) error {
		return h.Render(w, r, status, "sign-in", "Sign in", view, page.Fault{Field: "name", Message: message})
	}
	if token == "" && (name == "" || password == "") {
		return again(http.StatusUnprocessableEntity, "Enter your name and your password, or a token")
	}

	// The name has an allowance of its own, since many people share the address of a trust.
	from, as := "net "+middleware.Network(r.RemoteAddr), "name "+strings.ToLower(name)
	wrong := "The name or the password is not right"
	if token != "" {
		as, wrong = from, "The token is not right, or it has ended"
	}
	if now := h.Now(); h.signIns.Exhausted(from, now) || h.signIns.Exhausted(as, now) {
		return again(http.StatusTooManyRequests, "Too many attempts failed. Wait a minute, then try again")
	}
	who, err := h.check(r.Context(), name, password, token)
	switch {
	case errors.Is(err, store.ErrUnauthenticated):
		h.signIns.Fail(from, h.Now())
		if as != from {
			h.signIns.Fail(as, h.Now())
		}
		return again(http.StatusUnauthorized, wrong)
	case errors.Is(err, errBusy):
		return again(http.StatusServiceUnavailable, "Many people are signing in at this moment. Try again")
	case err != nil:
		return err
	}

	if err := h.begin(r.Context(), who); err != nil {
		return err
	}
	return h.proceed(w, r, view)
}

// pendingView is a form that was sent while the session had ended.
type pendingView struct {
	To     string
	Fields []page.Field
}

// proceed leads to where the visitor wanted to go. A form that was sent without a
// session is shown as a button: nothing is sent again by itself.
func (h *signInPages) proceed(w http.ResponseWriter, r *http.Request, view signInView) error {
	form, err := url.ParseQuery(view.Pending)
	switch {
	case view.To == "" || err != nil:
		return page.Redirect(w, r, "/")
	case view.Pending == "":
		return page.Redirect(w, r, view.To)
	}

	return h.Render(w, r, http.StatusOK, "pending", "You are signed in again",
		pendingView{To: view.To, Fields: page.Fields(form)})
}

// signOut ends the session.
func (h *signInPages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.sessions.Destroy(r.Context()); err != nil {
		return err
	}

	// Pages seen before must not come back with the back button.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	return page.Redirect(w, r, "/sign-in")
}
