//go:build unix

package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// The demo prints these lines about its pages; the form asks who the visitor is.
var (
	pagesLine    = regexp.MustCompile(`(?m)^  (https://127\.0\.0\.1:[0-9]+)$`)
	personLine   = regexp.MustCompile(`(?m)^  (adviser|lead) +name: (.+?) +password: (\S+)$`)
	signInForm   = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`)
	formInput    = regexp.MustCompile(`<input [^>]*>`)
	tagAttribute = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// TestTheDemoSaysHowToSignIn reads the address, the names and the passwords
// from what the demo prints, and signs in with each: after the demo was resumed
// too.
func TestTheDemoSaysHowToSignIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	printed := ""
	for _, args := range [][]string{{"--nodes", "1", "--no-data"}, nil} {
		d := startDemo(t, dir, args...)
		eventually(t, factTimeout, func() string {
			if !strings.Contains(d.said(), "Try, in another terminal") {
				return "it goes on: " + d.said()
			}
			return ""
		})
		_, said, _ := strings.Cut(d.said(), "ready: ")
		address, people := pagesLine.FindStringSubmatch(said), personLine.FindAllStringSubmatch(said, -1)
		if address == nil || len(people) != 2 || people[0][1] == people[1][1] || !strings.Contains(said, "The browser warns about an unknown certificate") {
			t.Fatalf("the reader is not told how to sign in: %s", said)
		}
		if again := people[0][0] + people[1][0]; printed != "" && again != printed {
			t.Errorf("resumed, it says\n%s\nnot\n%s", again, printed)
		}
		printed = people[0][0] + people[1][0]
		for _, p := range people {
			d.signsIn(address[1], store.Permission(p[1]), p[2], p[3])
		}
		d.stop()
	}
}

// signsIn sends the pages' own form, first with a wrong password, and opens a
// page for leads.
func (d *federated) signsIn(address string, role store.Permission, name, password string) {
	d.t.Helper()
	transport, err := cli.Trusting(d.file.CA)
	if err != nil {
		d.t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: transport, Timeout: cli.RequestTimeout}
	read := func(r *http.Response, err error) (int, string) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			d.t.Fatal(err)
		}
		return r.StatusCode, html.UnescapeString(string(text))
	}

	_, page := read(browser.Get(address))
	form := signInForm.FindStringSubmatch(page)
	if form == nil {
		d.t.Fatalf("%s asks nobody to sign in:\n%s", address, page)
	}
	fields := url.Values{}
	for _, input := range formInput.FindAllString(form[0], -1) {
		attributes := map[string]string{}
		for _, a := range tagAttribute.FindAllStringSubmatch(input, -1) {
			attributes[a[1]] = a[2]
		}
		fields.Set(attributes["name"], attributes["value"])
	}
	if !fields.Has("name") || !fields.Has("password") {
		d.t.Fatalf("the form asks for %v", fields)
	}

	fields.Set("name", name)
	fields.Set("password", password+"x")
	if status, page := read(browser.PostForm(address+form[1], fields)); status != http.StatusUnauthorized {
		d.t.Errorf("%s with a wrong password: %d\n%s", name, status, page)
	}
	fields.Set("password", password)
	status, page := read(browser.PostForm(address+form[1], fields))
	if home := name + ", " + survey.Region(d.node(0).Region).Name(); status != http.StatusOK || !strings.Contains(page, home) || !strings.Contains(page, "What to do next") {
		d.t.Errorf("%s signed in: %d, no %q in\n%s", name, status, home, page)
	}
	want := map[store.Permission]int{store.PermissionAdviser: http.StatusForbidden, store.PermissionLead: http.StatusOK}[role]
	if status, page := read(browser.Get(address + "/national/" + d.file.Cycle + "/certification")); status != want {
		d.t.Errorf("the page for leads, as %s: %d, want %d\n%s", role, status, want, page)
	}
}
