package cli

import (
	"context"
	"encoding/json"
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

func clientOf(t *testing.T, url, key string) *Client {
	t.Helper()
	cl, err := NewClient(Profile{URL: url, Token: aToken}, key)
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
			answerProblem(w, http.StatusGatewayTimeout, api.Problem{Code: "unknown-outcome", Detail: "The answer did not come in time. It may have been recorded."})
		case "cut":
			panic(http.ErrAbortHandler)
		case "no-quorum":
			answerProblem(w, http.StatusServiceUnavailable, api.Problem{Code: "no-quorum", Detail: "Too few AHSNs. Nothing was recorded."})
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
	r, err := clientOf(t, url, "my-key").Post(context.Background(), "/campaigns", map[string]string{"cycle": "2022-23"})
	if err != nil || r.Status != http.StatusCreated {
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
	cl.RetryFor = 500 * time.Millisecond
	_, err := cl.Post(context.Background(), "/campaigns", struct{}{})
	if !errors.Is(err, survey.ErrUnknownOutcome) || !strings.Contains(err.Error(), "--idempotency-key my-key") || ExitCode(err) != ExitUnavailable {
		t.Errorf("%v, exit %d", err, ExitCode(err))
	}
	if len(seen.all()) < 2 || len(seen.all()) > 5 {
		t.Errorf("asked %d times within %v", len(seen.all()), cl.RetryFor)
	}
}

func TestDefiniteAnswersAreNotAskedAgain(t *testing.T) {
	url, seen := troubled(t, "no-quorum")
	_, err := clientOf(t, url, "").Post(context.Background(), "/campaigns", struct{}{})
	if !errors.Is(err, survey.ErrNoQuorum) || ExitCode(err) != ExitUnavailable || len(seen.all()) != 1 {
		t.Errorf("%v, exit %d, asked %d times", err, ExitCode(err), len(seen.all()))
	}
}

func TestAStoppedPersonIsToldTheKey(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answerProblem(w, http.StatusGatewayTimeout, api.Problem{Code: "unknown-outcome", Detail: "The answer did not come in time. It may have been recorded."})
		stop() // now, or while the client waits to ask again
	}))
	defer server.Close()
	_, err := clientOf(t, server.URL, "k").Post(ctx, "/campaigns", struct{}{})
	if !errors.Is(err, survey.ErrUnknownOutcome) {
		t.Errorf("%v", err)
	}
}

func TestEachChangeHasItsOwnKey(t *testing.T) {
	url, seen := troubled(t)
	cl := clientOf(t, url, "k")
	for range 3 {
		if _, err := cl.Post(context.Background(), "/campaigns", struct{}{}); err != nil {
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
	if _, err := clientOf(t, server.URL, "").Get(context.Background(), "/status", nil); err == nil {
		t.Error("a redirect was taken for an answer")
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the refused handshake
	server.StartTLS()
	defer server.Close()
	if _, err := clientOf(t, server.URL, "").Get(context.Background(), "/status", nil); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "--ca") {
		t.Errorf("an unknown certificate: %v", err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cl, err := NewClient(Profile{URL: server.URL, Token: aToken, ca: ca}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cl.Get(context.Background(), "/status", nil); err != nil {
		t.Errorf("a trusted certificate: %v", err)
	}
}

const aToken = "trk_one"

func answerProblem(w http.ResponseWriter, status int, p api.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p)
}
