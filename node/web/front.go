package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
)

// open puts the routes behind the checks that every request passes before a
// page sees it. The site serves its routes, the companies' form and nothing
// else.
func (s *Site) open() {
	s.mux, s.routes = http.NewServeMux(), map[string]route{}
	for _, to := range s.table() {
		pattern := to.method + " " + to.path
		s.routes[pattern] = to
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := to.handle(w, r); err != nil {
				s.base.fail(w, r, err)
			}
		})
	}
	known := func(pattern string) bool { return s.routes[pattern].handle != nil }
	s.checked = s.base.Front(s.mux, known, s.serve)
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/respond" || strings.HasPrefix(r.URL.Path, "/respond/") {
		s.respond.ServeHTTP(w, r)
		return
	}
	s.checked.ServeHTTP(w, r)
}

// serve compresses the answer and begins the session, but for static files.
func (s *Site) serve(w http.ResponseWriter, r *http.Request, pattern string) {
	to := s.routes[pattern]
	if to.path == page.StaticPrefix {
		s.mux.ServeHTTP(w, r)
		return
	}

	// Static files have no session and are compressed already.
	packed, done := s.base.Compress(w, r)
	defer done()
	s.signIn.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor, signedIn := s.signIn.visitor(r)
		r = page.By(r, visitor)
		if err := s.admit(w, r, to, signedIn); err != nil {
			s.base.fail(w, r, err)
		}
	})).ServeHTTP(packed, r)
}

// admit checks the role of the visitor, reads the form, and hands over to the page.
func (s *Site) admit(w http.ResponseWriter, r *http.Request, to route, signedIn bool) error {
	visitor := page.VisitorOf(r)
	switch {
	case to.role == anyone:
	case !signedIn:
		return s.signIn.ask(w, r, to)
	case !visitor.May(to.role):
		return problemRole(to.role, visitor)
	}

	// The form is read after the role is checked, so strangers cannot make the node read large
	// ones.
	if r.Method == post {
		if err := page.ReadForm(w, r, to.form, to.form == uploadForm); err != nil {
			return err
		}
	}
	s.mux.ServeHTTP(w, r)
	return nil
}

// routeOf returns the route of a request.
func (s *Site) routeOf(r *http.Request) (route, bool) {
	_, pattern := s.mux.Handler(r)
	to, known := s.routes[pattern]
	return to, known
}

// problemRole says that the page takes a higher role.
func problemRole(needed store.Permission, visitor page.Visitor) page.Problem {
	return page.Problem{Status: http.StatusForbidden, Title: "Your role does not allow this",
		Text: fmt.Sprintf("This page is for the role %s; yours is %s. Nothing was recorded.", needed, visitor.Role),
		Next: "Ask the administrator of your AHSN.", Link: "/", Label: "Start page"}
}
