package node_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// alone makes the directory of a federation of one.
func alone(t *testing.T) config.Config {
	t.Helper()
	c := config.Default()
	c.Dir, c.Region = filepath.Join(t.TempDir(), "otv"), "otv"
	c.NodeListen, c.Listen, c.OperatorListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	key, err := node.Create(c)
	if err != nil {
		t.Fatal(err)
	}
	peers := federation.Peers{Federation: identity.NewFederationID(), Founder: "otv", Policy: "open", Members: []survey.Member{{Region: "otv", Key: key.Public(),
		Address: "127.0.0.1:7443", Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1}}}
	if err := peers.Save(c.Dir); err != nil {
		t.Fatal(err)
	}
	return c
}

func ask(t *testing.T, client *http.Client, url, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestANodeOpensItsPortsAndClosesThem(t *testing.T) {
	c := alone(t)
	before := runtime.NumGoroutine()
	n, err := node.Open(node.Options{Config: c, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	operator := "http://" + n.Addr(node.OperatorPort)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if status, _ := ask(t, client, operator+"/livez", ""); status != http.StatusOK {
		t.Errorf("livez says %d", status)
	}
	eventually(t, "readiness for claims", func() bool {
		status, _ := ask(t, client, operator+"/readyz?for=claim", "")
		return status == http.StatusOK
	})
	if status, _ := ask(t, client, operator+"/readyz?for=lunch", ""); status != http.StatusBadRequest {
		t.Errorf("readyz for lunch says %d", status)
	}
	if _, metrics := ask(t, client, operator+"/metrics", ""); !strings.Contains(metrics, `tracker_registry_is_leader{region="otv"} 1`) {
		t.Errorf("the metrics don't show the leader")
	}

	authority, err := os.ReadFile(filepath.Join(c.Dir, node.AuthorityFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	people := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}}
	token, err := os.ReadFile(filepath.Join(c.Dir, node.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + n.Addr(node.PeoplePort) + "/api/v1/status"
	if status, body := ask(t, people, url, strings.TrimSpace(string(token))); status != http.StatusOK || !strings.Contains(body, `"region":"otv"`) {
		t.Errorf("status says %d %s", status, body)
	}
	if status, _ := ask(t, people, url, ""); status != http.StatusUnauthorized {
		t.Errorf("status without a token says %d", status)
	}

	if err := n.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	eventually(t, "end of every goroutine", func() bool { return runtime.NumGoroutine() <= before+2 })
	if _, err := net.Dial("tcp", n.Addr(node.PeoplePort)); err == nil {
		t.Error("the people's port is open after Close")
	}
}

func TestWhatStandsInTheWayIsNamed(t *testing.T) {
	t.Run("a busy port", func(t *testing.T) {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		c := alone(t)
		c.Listen = taken.Addr().String()
		refuses(t, c, taken.Addr().String(), "people port", config.FileName)
	})
	t.Run("a directory in use", func(t *testing.T) {
		c := alone(t)
		n, err := node.Open(node.Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		begun := time.Now()
		if err := refuses(t, c, node.RecordsFile); !errors.Is(err, boltfile.ErrLocked) {
			t.Errorf("it is %v, want boltfile.ErrLocked", err)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("it took %s", took)
		}
	})
	t.Run("a key that others can read", func(t *testing.T) {
		c := alone(t)
		if err := os.Chmod(filepath.Join(c.Dir, node.KeyFile), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := refuses(t, c, "chmod 600"); !errors.Is(err, identity.ErrKeyTooOpen) {
			t.Errorf("it is %v, want identity.ErrKeyTooOpen", err)
		}
	})
	t.Run("no federation", func(t *testing.T) {
		c := alone(t)
		if err := os.Remove(filepath.Join(c.Dir, federation.PeersFile)); err != nil {
			t.Fatal(err)
		}
		if err := refuses(t, c, federation.PeersFile); !errors.Is(err, federation.ErrNotFounded) {
			t.Errorf("it is %v, want federation.ErrNotFounded", err)
		}
	})
	t.Run("another node's key", func(t *testing.T) {
		c, other := alone(t), alone(t)
		key := filepath.Join(c.Dir, node.KeyFile)
		if err := os.Rename(filepath.Join(other.Dir, node.KeyFile), key); err != nil {
			t.Fatal(err)
		}
		refuses(t, c, "otv", federation.PeersFile)
	})
}

// refuses fails the test unless the node does not open and the error has the
// words.
func refuses(t *testing.T, c config.Config, words ...string) error {
	t.Helper()
	n, err := node.Open(node.Options{Config: c})
	if err == nil {
		n.Close()
		t.Fatal("the node opened")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q lacks %q", err, word)
		}
	}
	return err
}

func TestCreateNeverOverwrites(t *testing.T) {
	c := alone(t)
	if _, err := node.Create(c); !errors.Is(err, node.ErrExists) {
		t.Errorf("creating a node twice gives %v, want ErrExists", err)
	}
	for _, name := range []string{node.KeyFile, node.TokenFile} {
		info, err := os.Stat(filepath.Join(c.Dir, name))
		if err != nil || info.Mode() != fs.FileMode(0o600) {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}
