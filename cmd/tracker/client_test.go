package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

func clientOf(t *testing.T, url, key string) *client {
	t.Helper()
	cl, err := newClient(profile{url: url, token: fakeToken}, key)
	if err != nil {
		t.Fatal(err)
	}
	return cl
}

// attempts are the Idempotency-Keys that a server saw, in order.
type attempts struct {
	mu   sync.Mutex
	keys []string
}

// add notes one attempt and returns how many there were.
func (a *attempts) add(key string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys = append(a.keys, key)
	return len(a.keys)
}

func (a *attempts) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.keys)
}

// troubled fails the first attempts in the ways given, then answers 201.
func troubled(t *testing.T, ways ...string) (url string, seen *attempts) {
	t.Helper()
	seen = &attempts{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		way, n := "", seen.add(r.Header.Get("Idempotency-Key"))
		if n <= len(ways) {
			way = ways[n-1]
		}
		switch way {
		case "unknown":
			refuse(w, http.StatusGatewayTimeout, api.Problem{Code: "unknown-outcome", Detail: "The answer did not come in time. It may have been recorded."})
		case "cut":
			panic(http.ErrAbortHandler)
		case "no-quorum":
			refuse(w, http.StatusServiceUnavailable, api.Problem{Code: "no-quorum", Detail: "Too few AHSNs. Nothing was recorded."})
		default:
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{}`))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, seen
}

func TestUnknownOutcomesAreAskedAgainWithTheSameKey(t *testing.T) {
	url, seen := troubled(t, "unknown", "cut", "no-quorum", "unknown") // without a quorum it is not known either whether the first was recorded
	r, err := clientOf(t, url, "my-key").post(context.Background(), "/campaigns", map[string]string{"cycle": "2022-23"})
	if err != nil || r.status != http.StatusCreated {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, key := range seen.all() {
		if key != "my-key" {
			t.Errorf("keys %q", seen.all())
		}
	}
	if len(seen.all()) < 5 {
		t.Errorf("asked %d times", len(seen.all()))
	}
}

func TestUnknownOutcomeEndsAndNamesTheKey(t *testing.T) {
	url, seen := troubled(t, slices.Repeat([]string{"unknown"}, 100)...)
	cl := clientOf(t, url, "my-key")
	cl.retryFor = 500 * time.Millisecond
	_, err := cl.post(context.Background(), "/campaigns", struct{}{})
	if !errors.Is(err, survey.ErrUnknownOutcome) || !strings.Contains(err.Error(), "--idempotency-key my-key") || exitCode(err) != exitUnavailable {
		t.Errorf("%v, exit %d", err, exitCode(err))
	}
	if len(seen.all()) < 2 || len(seen.all()) > 5 {
		t.Errorf("asked %d times within %v", len(seen.all()), cl.retryFor)
	}
}

func TestDefiniteAnswersAreNotAskedAgain(t *testing.T) {
	url, seen := troubled(t, "no-quorum")
	_, err := clientOf(t, url, "").post(context.Background(), "/campaigns", struct{}{})
	if !errors.Is(err, survey.ErrNoQuorum) || exitCode(err) != exitUnavailable || len(seen.all()) != 1 {
		t.Errorf("%v, exit %d, asked %d times", err, exitCode(err), len(seen.all()))
	}
}

func TestNothingSentIsNothingRecorded(t *testing.T) {
	address := reserveAddresses(t)[0]
	begun := time.Now()
	_, err := clientOf(t, "http://"+address, "").post(context.Background(), "/campaigns", struct{}{})
	if !errors.Is(err, errUnreachable) || errors.Is(err, survey.ErrUnknownOutcome) || !strings.Contains(err.Error(), "Nothing was recorded") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v to say so", took)
	}
}

func TestAStoppedPersonIsToldTheKey(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusGatewayTimeout, api.Problem{Code: "unknown-outcome", Detail: "The answer did not come in time. It may have been recorded."})
		stop() // now, or while the client waits to ask again
	}))
	defer server.Close()
	_, err := clientOf(t, server.URL, "k").post(ctx, "/campaigns", struct{}{})
	if !errors.Is(err, survey.ErrUnknownOutcome) {
		t.Errorf("%v", err)
	}
}

func TestEachChangeHasItsOwnKey(t *testing.T) {
	url, seen := troubled(t)
	cl := clientOf(t, url, "k")
	for range 3 {
		if _, err := cl.post(context.Background(), "/campaigns", struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(seen.all(), " "); got != "k k-1 k-2" {
		t.Errorf("keys %s", got)
	}
}

func TestRedirectsKeepTheTokenHere(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	if _, err := clientOf(t, server.URL, "").get(context.Background(), "/status", nil); err == nil {
		t.Error("a redirect was taken for an answer")
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the refused handshake
	server.StartTLS()
	defer server.Close()
	if _, err := clientOf(t, server.URL, "").get(context.Background(), "/status", nil); !errors.Is(err, errUnreachable) || !strings.Contains(err.Error(), "--ca") {
		t.Errorf("an unknown certificate: %v", err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cl, err := newClient(profile{url: server.URL, token: fakeToken, ca: ca}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cl.get(context.Background(), "/status", nil); err != nil {
		t.Errorf("a trusted certificate: %v", err)
	}
}

func TestPagesGoToTheEnd(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("cursor") {
		case "":
			fmt.Fprint(w, `{"items":[{"cycle":"2021-22"},{"cycle":"2022-23"}],"next":"x"}`)
		case "x":
			fmt.Fprint(w, `{"items":[{"cycle":"2023-24"}],"next":""}`)
		}
	}))
	defer server.Close()
	for limit, want := range map[int]int{0: 3, 2: 2, 3: 3} {
		found, raw, err := pages[survey.Campaign](context.Background(), clientOf(t, server.URL, ""), "/campaigns", nil, limit)
		if err != nil || len(found) != want || len(raw) != want {
			t.Errorf("limit %d: %d items, %v", limit, len(found), err)
		}
	}
}

func writeFile(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestProfile(t *testing.T) {
	dir := t.TempDir()
	demo := demoFile{Cycle: "2022-23", CA: filepath.Join(dir, "demo", "ca.pem")}
	for i, region := range []string{"otv", "sw"} {
		nodeDir := filepath.Join(dir, "demo", region)
		writeFile(t, "region: "+region+"\n", nodeDir, config.FileName)
		demo.Nodes = append(demo.Nodes, demoNode{Region: region, URL: fmt.Sprintf("https://127.0.0.1:%d", 9000+i), Token: "token-" + region, Dir: nodeDir, Operator: "http://127.0.0.1:1"})
	}
	text, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, string(text), dir, "demo", "demo.json")
	node := filepath.Join(dir, "node")
	writeFile(t, "region: otv\nlisten: \":8500\"\n", node, config.FileName)
	writeFile(t, "secret\n", node, "admin.token")
	ca := writeFile(t, "", node, "ca.pem")

	for name, tc := range map[string]struct {
		cli  cli
		want profile
		code int
	}{
		"a demo is its first node":     {cli: cli{dirFlag: filepath.Join(dir, "demo")}, want: profile{url: "https://127.0.0.1:9000", token: "token-otv", ca: demo.CA}},
		"a node of a demo":             {cli: cli{dirFlag: filepath.Join(dir, "demo", "sw")}, want: profile{url: "https://127.0.0.1:9001", token: "token-sw", ca: demo.CA}},
		"a node's directory":           {cli: cli{env: []string{"TRACKER_DIR=" + node}}, want: profile{url: "https://127.0.0.1:8500", token: "secret", ca: ca}},
		"variables":                    {cli: cli{env: []string{"TRACKER_NODE_URL=https://n:1", "TRACKER_TOKEN=t", "TRACKER_CA=c"}}, want: profile{url: "https://n:1", token: "t", ca: "c"}},
		"a variable beside the dir":    {cli: cli{env: []string{"TRACKER_DIR=" + node, "TRACKER_TOKEN=t"}}, want: profile{url: "https://127.0.0.1:8500", token: "t", ca: ca}},
		"--dir wins over variables":    {cli: cli{dirFlag: node, env: []string{"TRACKER_NODE_URL=https://n:1", "TRACKER_TOKEN=t"}}, want: profile{url: "https://127.0.0.1:8500", token: "secret", ca: ca}},
		"flags win over all":           {cli: cli{dirFlag: node, node: "https://m:2", token: "u", ca: "d"}, want: profile{url: "https://m:2", token: "u", ca: "d"}},
		"nothing is guessed":           {code: exitUsage},
		"an address without a token":   {cli: cli{node: "https://n:1"}, code: exitUsage},
		"a token in the clear":         {cli: cli{node: "http://n:1", token: "t"}, code: exitUsage},
		"an address with a path":       {cli: cli{node: "https://n:1/api/v1", token: "t"}, code: exitUsage},
		"a directory with nothing":     {cli: cli{dirFlag: t.TempDir()}, code: exitFailed},
		"loopback may do without TLS":  {cli: cli{node: "http://[::1]:1", token: "t"}, want: profile{url: "http://[::1]:1", token: "t"}},
		"a demo file that is not JSON": {cli: cli{dirFlag: filepath.Dir(writeFile(t, "{", t.TempDir(), "demo.json"))}, code: exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.cli.profile()
			if exitCode(err) != tc.code {
				t.Fatalf("exit %d: %v", exitCode(err), err)
			}
			got.operator, got.dir = "", ""
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestClaimPathsKeepTheIdentifier(t *testing.T) {
	path := claimPath("2022-23", "GB-NHS:A/B?")
	u, err := url.Parse("https://n" + path)
	if err != nil || u.Path != "/campaigns/2022-23/claims/GB-NHS:A/B?" || u.RawQuery != "" {
		t.Errorf("%s: %+v, %v", path, u, err)
	}
}
