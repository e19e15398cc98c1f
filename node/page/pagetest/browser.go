// Package pagetest has the helpers for tests of pages: a browser that follows
// nothing by itself, comparisons with golden HTML and with the rules for every
// page, and axe in a Chromium.
//
// Imports node/browsertest.
package pagetest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Browser sends requests to a handler and keeps its cookies. It follows
// nothing by itself.
type Browser struct {
	t       *testing.T
	handler http.Handler
	Cookies map[string]*http.Cookie
}

// NewBrowser returns a browser without cookies.
func NewBrowser(t *testing.T, handler http.Handler) *Browser {
	return &Browser{t: t, handler: handler, Cookies: map[string]*http.Cookie{}}
}

// Send makes one request and keeps the cookies of the answer.
func (b *Browser) Send(r *http.Request) *httptest.ResponseRecorder {
	b.t.Helper()
	for _, c := range b.Cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.Cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		}
	}
	return w
}

// Get opens an address.
func (b *Browser) Get(address string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.Send(httptest.NewRequest(http.MethodGet, address, nil))
}

// Post sends a form of names and values in turn.
func (b *Browser) Post(address string, fields ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.Send(PostRequest(address, fields...))
}

// PostRequest is the request of a browser for a form of names and values in turn.
func PostRequest(address string, fields ...string) *http.Request {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// Upload sends a form with a file.
func (b *Browser) Upload(address, name, content string, fields ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = io.WriteString(part, content)
	_ = w.Close()

	r := httptest.NewRequest(http.MethodPost, address, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Send(r)
}

// WantPage demands a status and words.
func WantPage(t *testing.T, w *httptest.ResponseRecorder, status int, words ...string) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d:\n%s", w.Code, status, Main(w))
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			t.Errorf("the page lacks %q:\n%s", word, Main(w))
		}
	}
}

// Main is the part of a page that no other page has.
func Main(w *httptest.ResponseRecorder) string {
	_, body, _ := strings.Cut(w.Body.String(), "<main")
	body, _, _ = strings.Cut(body, "</main>")
	return body
}
