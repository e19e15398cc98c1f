package main

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
