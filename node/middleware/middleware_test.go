package middleware_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/node/middleware"
)

// surface has GET and POST /things/{id}, and GET /broken and /late, which
// panic before and after the answer has begun.
func surface(t *testing.T, change func(*middleware.Options)) (http.Handler, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	mux := http.NewServeMux()
	known := map[string]bool{}
	add := func(pattern string, handle http.HandlerFunc) { mux.HandleFunc(pattern, handle); known[pattern] = true }
	add("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("thing " + r.PathValue("id"))) })
	add("POST /things/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	add("GET /broken/", func(http.ResponseWriter, *http.Request) { panic("a wire fell off") })
	add("GET /late", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted); panic("too late") })
	add("GET /gone", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	o := middleware.Options{Mux: mux, Known: func(p string) bool { return known[p] }, Methods: []string{"GET", "POST"},
		Headers: map[string]string{"Content-Security-Policy": "default-src 'none'"},
		Serve:   func(w http.ResponseWriter, r *http.Request, _ string) { mux.ServeHTTP(w, r) },
		Refuse: func(w http.ResponseWriter, _ *http.Request, why middleware.Refusal) {
			http.Error(w, string(why), http.StatusTeapot)
		},
		Log: slog.New(slog.NewTextHandler(&log, nil))}
	if change != nil {
		change(&o)
	}
	return middleware.New(o), &log
}

func ask(h http.Handler, method, address string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	r.URL, _ = url.Parse(address)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	h, _ := surface(t, nil)
	for _, address := range []string{"/things/1", "/nowhere", "/broken/", "/late", "/things/%00"} {
		got := ask(h, "GET", address).Header()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'",
			"Strict-Transport-Security": "max-age=31536000"} {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", address, name, got.Get(name), want)
			}
		}
	}
}

func TestStrictTransportOnlyOverTLS(t *testing.T) {
	h, _ := surface(t, func(o *middleware.Options) { o.TLSOnly = true })
	if got := ask(h, "GET", "/things/1").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("without TLS: %q", got)
	}
	if got := ask(h, "GET", "/things/1", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }).Header().Get("Strict-Transport-Security"); got == "" {
		t.Error("with TLS it is missing")
	}
}

func TestRoutes(t *testing.T) {
	h, _ := surface(t, nil)
	for _, row := range []struct{ method, address, body, allow string }{
		{"GET", "/things/7", "thing 7", ""},
		{"DELETE", "/things/7", string(middleware.MethodNotAllowed), "GET, POST"},
		{"POST", "/late", string(middleware.MethodNotAllowed), "GET"},
		{"GET", "/nowhere", string(middleware.NoRoute), ""},
	} {
		w := ask(h, row.method, row.address)
		if got := strings.TrimSpace(w.Body.String()); got != row.body || w.Header().Get("Allow") != row.allow {
			t.Errorf("%s %s: %q, Allow %q", row.method, row.address, got, w.Header().Get("Allow"))
		}
	}
}

func TestAddresses(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for address, want := range map[string]middleware.Refusal{
		"/":                        "",
		"/a/b/?x=1&y=":             "",
		"/" + long:                 middleware.AddressTooLong,
		"/?q=" + long:              middleware.AddressTooLong,
		"/%00":                     middleware.PathCharacters,
		"/%ff":                     middleware.PathCharacters,
		"a":                        middleware.PathCharacters,
		"/a//b":                    middleware.PathSegments,
		"/a/%2e%2e":                middleware.PathSegments,
		"/a?%zz":                   middleware.QueryUnreadable,
		"/a?a=1&b=1&c=1&d=1":       middleware.QueryUnreadable,
		"/a?q=%00":                 middleware.QueryCharacters,
		"/a?q=1&q=%07":             middleware.QueryCharacters,
		"/a?q%0a=1":                middleware.QueryCharacters,
		"/a?q=1&q=2":               middleware.QueryTwice,
		"/a?q=caf%C3%A9&r=a+b%20c": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := (middleware.AddressRules{MaxParameters: 3, Once: true}).Check(u); got != want {
			t.Errorf("%.40s: %q, want %q", address, got, want)
		}
	}
	if got := (middleware.AddressRules{}).Check(&url.URL{Path: "/a", RawQuery: "q=1&q=2"}); got != "" {
		t.Errorf("a parameter may occur twice, and is refused: %q", got)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	h, _ := surface(t, func(o *middleware.Options) { o.Header = middleware.HeaderRules{MaxBytes: 100, MaxValues: 3} })
	for name, change := range map[string]func(*http.Request){
		"bytes":  func(r *http.Request) { r.Header.Set("X", strings.Repeat("x", 100)) },
		"values": func(r *http.Request) { r.Header["X"] = []string{"1", "2", "3", "4"} },
	} {
		if w := ask(h, "GET", "/things/1", change); !strings.Contains(w.Body.String(), string(middleware.HeadersTooLarge)) {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	wide, _ := surface(t, nil)
	if w := ask(wide, "GET", "/things/1", func(r *http.Request) { r.Header.Set("X", strings.Repeat("x", 1000)) }); w.Code != 200 {
		t.Errorf("without a bound: %d", w.Code)
	}
}

func TestOtherSitesSendNothing(t *testing.T) {
	h, _ := surface(t, func(o *middleware.Options) { o.SameSite = http.NewCrossOriginProtection() })
	foreign := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	if w := ask(h, "POST", "/things/1", foreign); !strings.Contains(w.Body.String(), string(middleware.OtherSite)) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/things/1", foreign); w.Code != 200 {
		t.Errorf("a link from elsewhere: %d", w.Code)
	}
}

func TestAPanicBecomesAnAnswer(t *testing.T) {
	h, log := surface(t, nil)
	if w := ask(h, "GET", "/broken/secret"); w.Code != http.StatusTeapot || !strings.Contains(w.Body.String(), string(middleware.Broken)) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "a wire fell off") || strings.Contains(log.String(), "secret") {
		t.Errorf("the log says %s", log)
	}
	if w := ask(h, "GET", "/late"); w.Code != http.StatusAccepted || w.Body.Len() > 0 {
		t.Errorf("after the answer began: %d %s", w.Code, w.Body)
	}
	open, log := surface(t, func(o *middleware.Options) { o.LogPaths = true })
	ask(open, "GET", "/broken/thing")
	if !strings.Contains(log.String(), "/broken/thing") {
		t.Errorf("the log says %s", log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("an aborted answer went on")
		}
	}()
	ask(h, "GET", "/gone")
}

func TestBegun(t *testing.T) {
	h, _ := surface(t, func(o *middleware.Options) {
		o.Serve = func(w http.ResponseWriter, _ *http.Request, _ string) {
			before := middleware.Begun(w)
			w.WriteHeader(http.StatusAccepted)
			if before || !middleware.Begun(w) {
				t.Errorf("begun before %t, after %t", before, middleware.Begun(w))
			}
		}
	})
	ask(h, "GET", "/things/1")
	if middleware.Begun(httptest.NewRecorder()) {
		t.Error("another writer is said to have begun")
	}
}

func TestReadForm(t *testing.T) {
	read := func(body string, limit int64) error {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return middleware.ReadForm(httptest.NewRecorder(), r, limit, false)
	}
	many := url.Values{}
	for i := range 501 {
		many.Set(strings.Repeat("x", i+1), "1")
	}
	for name, row := range map[string]struct {
		body  string
		limit int64
		want  error
	}{
		"text of several lines": {"a=one%0d%0atwo%09", 100, nil},
		"too large":             {"a=" + strings.Repeat("x", 100), 100, middleware.ErrFormTooLarge},
		"control character":     {"a=%00", 100, middleware.ErrFormUnreadable},
		"control in a name":     {"a%01=1", 100, middleware.ErrFormUnreadable},
		"not UTF-8":             {"a=%ff", 100, middleware.ErrFormUnreadable},
		"not a form":            {"a=%zz", 100, middleware.ErrFormUnreadable},
		"too many fields":       {many.Encode(), 1 << 20, middleware.ErrFormUnreadable},
	} {
		if got := read(row.body, row.limit); got != row.want {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}

func TestFailures(t *testing.T) {
	f := middleware.NewFailures(2, time.Minute)
	now := time.Date(2023, time.July, 14, 9, 0, 0, 0, time.UTC)
	for i, want := range []bool{true, true, false} {
		if got := f.Fail("a", now); got != want {
			t.Errorf("failure %d: %v", i+1, got)
		}
	}
	if !f.Exhausted("a", now) || f.Exhausted("b", now) || f.Exhausted("a", now.Add(time.Minute)) {
		t.Error("the allowance is of another key, or does not come back")
	}
	for i := range 4096 {
		f.Fail("other "+strconv.Itoa(i), now)
	}
	if f.Exhausted("a", now) {
		t.Error("a key is remembered for ever")
	}
}

func TestNetwork(t *testing.T) {
	want := map[string]string{"198.51.100.7:1": "198.51.100.7/32", "[::ffff:198.51.100.7]:1": "198.51.100.7/32",
		"[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:80": "fe80::/64", "nonsense": "elsewhere", "": "elsewhere"}
	got := map[string]string{}
	for remote := range want {
		got[remote] = middleware.Network(remote)
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestRequestID(t *testing.T) {
	// Ids that were given out before must stay: a retry finds its outcome by
	// them.
	if got, want := middleware.RequestID("tracker-page/1", "7", "/claims/list", "key"), "3Qpzi_DH1KZmccRW2DKJM5SYy-qxUv3NQFqaTLJTolg"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if middleware.RequestID("tracker-page/1", "7", "key") == middleware.RequestID("tracker-page/1", "8", "key") {
		t.Error("two people have the same id")
	}
}
