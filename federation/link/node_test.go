package link_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// roster is one that a test can change.
type roster struct {
	mu      sync.Mutex
	members map[survey.Region]survey.Member
}

func (r *roster) set(m survey.Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[m.Region] = m
}

func (r *roster) Member(region survey.Region) (survey.Member, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.members[region]
	return m, ok
}

func (r *roster) MemberByKey(key ed25519.PublicKey) (survey.Member, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.members {
		if m.Key.Equal(key) {
			return m, true
		}
	}
	return survey.Member{}, false
}

func keyFor(n byte) *identity.Key { return identity.FromSeed([32]byte{n}) }

var federation = identity.FederationID{1, 2, 3}

// nodes opens a port for every region of one federation, on loopback. The key
// of the n-th is keyFor(n+1).
func nodes(t testing.TB, regions ...survey.Region) (*roster, map[survey.Region]*link.Port) {
	t.Helper()
	known := &roster{members: make(map[survey.Region]survey.Member)}
	ports := make(map[survey.Region]*link.Port)
	for i, region := range regions {
		listener := listen(t)
		key := keyFor(byte(i + 1))
		known.set(survey.Member{Region: region, Key: key.Public(), Address: listener.Addr().String(), State: survey.MemberActive})
		ports[region] = open(t, link.Options{Listener: listener, Key: key, Region: region, Federation: federation, Roster: known})
	}
	return known, ports
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func open(t testing.TB, opts link.Options) *link.Port {
	t.Helper()
	port, err := link.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := port.Close(); err != nil {
			t.Error(err)
		}
	})
	return port
}

// within returns a context that ends after a time that no good call takes.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// patience is far above what anything here takes, on a machine that does other
// things too.
const patience = 30 * time.Second

func soon(t testing.TB) context.Context { return within(t, patience) }

// eventually waits for what another goroutine is about to do.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// journal is a logger's output.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) lines() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Count(j.text.Bytes(), []byte("\n"))
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func peerOf(t testing.TB, c net.Conn) survey.Region {
	t.Helper()
	known, ok := c.(interface{ Peer() survey.Region })
	if !ok {
		t.Fatalf("%T has no Peer", c)
	}
	return known.Peer()
}
