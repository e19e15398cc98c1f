package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
)

// signInView is what the sign-in page shows. To is where the visitor wanted to
// go; Pending is the form that was sent when the session had ended, so that
// nothing typed is lost.
type signInView struct {
	Name    string
	To      string
	Pending string
	Ended   bool // the visitor sent a form without a session
}

func (s *Site) signInPage(w http.ResponseWriter, r *http.Request) {
	s.Render(w, r, http.StatusOK, "sign-in", "Sign in", signInView{To: s.ownAddress(r.URL.Query().Get("to"), get)})
}

// askToSignIn leads a visitor without a session to the sign-in page, and from
// there back to where the visit was meant to go.
func (s *Site) askToSignIn(w http.ResponseWriter, r *http.Request, to route) {
	if r.Method != post {
		target := "/sign-in"
		if r.URL.Path != "/" {
			target += "?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
		return
	}
	if !s.ReadForm(w, r, to.form, to.form == uploadForm) {
		return
	}
	form := r.PostForm
	if r.MultipartForm != nil {
		form = url.Values(r.MultipartForm.Value) // the file itself has to be chosen again
	}
	view := signInView{To: r.URL.RequestURI(), Pending: form.Encode(), Ended: true}
	if len(view.Pending) > smallForm {
		view.Pending = ""
	}
	s.Render(w, r, http.StatusUnauthorized, "sign-in", "Sign in", view)
}

// ownAddress returns the address if it is a page of this site that takes the
// method, else nothing: a sign-in never leads elsewhere.
func (s *Site) ownAddress(address, method string) string {
	if len(address) > middleware.MaxPath+middleware.MaxQuery || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.Contains(address, `\`) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || !goodAddress(u) {
		return ""
	}
	_, pattern := s.mux.Handler(&http.Request{Method: method, URL: u, Host: "localhost"})
	if to, known := s.routes[pattern]; !known || to.role == anyone {
		return ""
	}
	return u.RequestURI()
}

func (s *Site) signIn(w http.ResponseWriter, r *http.Request) {
	name, password, token := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password"), strings.TrimSpace(r.PostForm.Get("token"))
	view := signInView{Name: name, Pending: r.PostForm.Get("pending")}
	if view.Pending != "" {
		view.To = s.ownAddress(r.PostForm.Get("to"), post)
	} else {
		view.To = s.ownAddress(r.PostForm.Get("to"), get)
	}
	again := func(status int, field, message string) {
		s.RenderFaulty(w, r, status, "sign-in", "Sign in", view, []page.Fault{{Field: field, Message: message}})
	}
	if token == "" && (name == "" || password == "") {
		again(http.StatusUnprocessableEntity, "name", "Enter your name and your password, or a token")
		return
	}
	from, as := "net "+middleware.Network(r.RemoteAddr), "name "+strings.ToLower(name)
	if token != "" {
		as = from
	}
	if now := s.Now(); s.signIns.Exhausted(from, now) || s.signIns.Exhausted(as, now) {
		again(http.StatusTooManyRequests, "name", "Too many attempts failed. Wait a minute, then try again")
		return
	}
	who, err := s.check(r.Context(), name, password, token)
	switch {
	case unauthenticated(err):
		s.signIns.Fail(from, s.Now())
		if as != from {
			s.signIns.Fail(as, s.Now())
		}
		message := "The name or the password is not right"
		if token != "" {
			message = "The token is not right, or it has ended"
		}
		again(http.StatusUnauthorized, "name", message)
		return
	case errors.Is(err, errBusy):
		again(http.StatusServiceUnavailable, "name", "Many people are signing in at this moment. Try again")
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	if err := s.begin(r.Context(), who); err != nil {
		s.fail(w, r, err)
		return
	}
	s.goOn(w, r, view)
}

// pendingView is a form that was sent while the session had ended.
type pendingView struct {
	To     string
	Fields []page.Field
}

// goOn leads to where the visitor wanted to go. A form that was sent without a
// session is shown as a button: nothing is sent again by itself.
func (s *Site) goOn(w http.ResponseWriter, r *http.Request, view signInView) {
	if view.Pending == "" || view.To == "" {
		target := view.To
		if target == "" {
			target = "/"
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
		return
	}
	form, err := url.ParseQuery(view.Pending)
	if err != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.Render(w, r, http.StatusOK, "pending", "You are signed in again", pendingView{To: view.To, Fields: page.Fields(form)})
}

// signOut ends the session.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	// Pages seen before must not come back with the back button.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}
