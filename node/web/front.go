package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
)

// open puts the routes behind the checks that every request passes before a
// page sees it. The site serves its routes, the companies' form and nothing
// else.
func (s *Site) open() {
	s.mux, s.routes = http.NewServeMux(), map[string]route{}
	for _, r := range s.table() {
		pattern := r.method + " " + r.path
		s.routes[pattern] = r
		s.mux.HandleFunc(pattern, r.handle)
	}
	s.checked = s.shell.Front(s.mux, func(pattern string) bool { return s.routes[pattern].handle != nil }, s.serve)
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
	packed, done := s.shell.Compress(w, r)
	defer done()
	s.signIn.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.admit(w, r, to) })).ServeHTTP(packed, r)
}

// admit checks who asks and what the form holds, and hands over to the page.
func (s *Site) admit(w http.ResponseWriter, r *http.Request, to route) {
	visitor, signedIn := s.signIn.visitor(r)
	r = page.By(r, visitor)
	if to.role != anyone && !signedIn {
		s.signIn.ask(w, r, to)
		return
	}
	if to.role != anyone && !visitor.Role.Includes(to.role) {
		s.shell.Problem(w, r, http.StatusForbidden, problemRole(to.role, visitor.Role))
		return
	}
	if r.Method == post && !s.shell.ReadForm(w, r, to.form, to.form == uploadForm) {
		return
	}
	s.mux.ServeHTTP(w, r)
}

// routeOf returns the route of a request.
func (s *Site) routeOf(r *http.Request) (route, bool) {
	_, pattern := s.mux.Handler(r)
	to, known := s.routes[pattern]
	return to, known
}

// goodAddress reports whether the address is one that a page can have.
func goodAddress(u *url.URL) bool { return middleware.AddressRules{}.Check(u) == "" }

// problemRole says that the page takes a higher role.
func problemRole(needed, have store.Permission) page.Problem {
	return page.Problem{Title: "Your role does not allow this", Text: fmt.Sprintf("This page is for the role %s; yours is %s. Nothing was recorded.", needed, have),
		Next: "Ask the administrator of your AHSN.", Link: "/", Label: "Start page"}
}
