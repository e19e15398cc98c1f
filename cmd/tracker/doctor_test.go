package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/node"
	"github.com/ahsn-network/tracker/store/survey"
)

// patient is a stopped node whose roster has one other region, sw.
type patient struct {
	t     *testing.T
	dir   string
	peers federation.Peers
	other *identity.Key // of sw
}

// admitPatient makes a node by init and puts sw at the address into its roster.
func admitPatient(t *testing.T, address string) *patient {
	t.Helper()
	p := &patient{t: t, dir: filepath.Join(t.TempDir(), "otv"), other: identity.FromSeed([32]byte{42})}
	ports := reserveAddresses(t)
	if code, out := p.tracker("init", "--region", "otv", "--node-listen", ports[0], "--listen", ports[1], "--operator-listen", ports[2]); code != cli.ExitDone {
		t.Fatalf("init: exit %d: %s", code, out)
	}
	var err error
	if p.peers, err = federation.LoadPeers(p.dir); err != nil {
		t.Fatal(err)
	}
	p.peers.Members = append(p.peers.Members, survey.Member{Region: "sw", Key: p.other.Public(), Address: address, Role: survey.RoleVoter, State: survey.MemberActive, Generation: 1})
	if err := p.peers.Save(p.dir); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *patient) tracker(args ...string) (int, string) {
	var out, talk bytes.Buffer
	code := run(p.t.Context(), append(args, "--dir", p.dir), nil, cli.Stdio{In: strings.NewReader(""), Out: &out, Err: &talk})
	if code != cli.ExitDone && code != cli.ExitFindings {
		return code, out.String() + talk.String()
	}
	return code, out.String()
}

// doctor returns the findings by their check; of several the last.
func (p *patient) doctor(args ...string) (int, map[string]federation.Finding) {
	p.t.Helper()
	code, out := p.tracker(append([]string{"doctor", "--json"}, args...)...)
	var all struct{ Findings []federation.Finding }
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		p.t.Fatalf("exit %d: %v: %s", code, err, out)
	}
	found := map[string]federation.Finding{}
	for _, f := range all.Findings {
		if !f.OK && f.Do == "" {
			p.t.Errorf("%s: nothing is said to do: %+v", f.Check, f)
		}
		found[f.Check] = f
	}
	return code, found
}

// peer runs sw's node port, which knows the members, and answers what the
// patient asks of it.
func (p *patient) peer(l net.Listener, members []survey.Member, answer func() string) {
	p.t.Helper()
	known := memberList(members)
	port, err := link.Open(link.Options{Listener: l, Key: p.other, Region: "sw", Federation: p.peers.Federation, Roster: known})
	if err != nil {
		p.t.Fatal(err)
	}
	server := link.Serve(port, map[string]link.Handler{federation.PathExamine: func(ctx context.Context, peer survey.Region, _ []byte) ([]byte, error) {
		return []byte(answer()), nil
	}}, nil)
	p.t.Cleanup(func() {
		if err := server.Close(); err != nil {
			p.t.Error(err)
		}
		if err := port.Close(); err != nil {
			p.t.Error(err)
		}
	})
}

// memberList is a roster.
type memberList []survey.Member

func (l memberList) find(which func(survey.Member) bool) (survey.Member, bool) {
	for _, m := range l {
		if which(m) {
			return m, true
		}
	}
	return survey.Member{}, false
}

func (l memberList) MemberByKey(key ed25519.PublicKey) (survey.Member, bool) {
	return l.find(func(m survey.Member) bool { return bytes.Equal(m.Key, key) })
}

func (l memberList) Member(region survey.Region) (survey.Member, bool) {
	return l.find(func(m survey.Member) bool { return m.Region == region })
}

func listenHere(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// each hands every connection of the listener to answer.
func each(l net.Listener, answer func(net.Conn)) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer(c)
			}()
		}
	}()
}

// clocks is what a peer answers whose clock is off.
func clocks(off time.Duration, problem string) string {
	now := time.Now().Add(off).UnixMilli()
	return fmt.Sprintf(`{"received":%d,"answered":%d,"address":"otv.example:7443","problem":%q}`, now, now, problem)
}

// What stands at the other region's address, and what doctor makes of it. Each
// goes through a real listener.
func TestDoctorNamesWhatStandsInBetween(t *testing.T) {
	t.Parallel()
	hold := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []struct {
		name  string
		stand func(*patient, net.Listener)
		check string // the first fault, "" for none
		says  []string
	}{
		{name: "a healthy peer", stand: func(p *patient, l net.Listener) {
			p.peer(l, p.peers.Members, func() string { return clocks(0, "") })
		}},
		{name: "a clock that is behind", check: "clock", says: []string{"sw", "20s behind", "NTP"}, stand: func(p *patient, l net.Listener) {
			p.peer(l, p.peers.Members, func() string { return clocks(-20*time.Second, "") })
		}},
		{name: "no way back", check: "way back", says: []string{"cannot reach this node at otv.example:7443", "connection timed out", "node_advertise"}, stand: func(p *patient, l net.Listener) {
			p.peer(l, p.peers.Members, func() string { return clocks(0, "connection timed out") })
		}},
		{name: "a peer that does not know this node", check: "accepted", says: []string{"its log says why"}, stand: func(p *patient, l net.Listener) {
			p.peer(l, p.peers.Members[1:], func() string { return clocks(0, "") })
		}},
		{name: "a proxy that inspects TLS", check: "key", says: []string{"TLS-inspecting proxy", "Example Inspection", "SHA-256", "node id ", "inspection"}, stand: func(p *patient, l net.Listener) {
			intercept(p.t, l, tls.VersionTLS13)
		}},
		{name: "one that stops at TLS 1.2", check: "key", says: []string{"TLS-inspecting proxy", "Example Inspection"}, stand: func(p *patient, l net.Listener) {
			intercept(p.t, l, tls.VersionTLS12)
		}},
		{name: "another node", check: "key", says: []string{"node id ", "telephone"}, stand: func(p *patient, l net.Listener) {
			p.other = identity.FromSeed([32]byte{43})
			p.peer(l, p.peers.Members, func() string { return "" })
		}},
		{name: "another federation", check: "tls", says: []string{"same federation"}, stand: func(p *patient, l net.Listener) {
			p.peers.Federation[0]++
			p.peer(l, p.peers.Members, func() string { return "" })
		}},
		{name: "one that accepts and never answers", check: "tls", says: []string{"does not answer"}, stand: func(_ *patient, l net.Listener) { each(l, hold) }},
		{name: "plaintext", check: "tls", says: []string{"speaks no TLS", "node_listen"}, stand: func(_ *patient, l net.Listener) {
			each(l, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); hold(c) })
		}},
		{name: "nothing", check: "tcp", says: []string{"nothing listens"}, stand: func(_ *patient, l net.Listener) { l.Close() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := listenHere(t)
			p := admitPatient(t, l.Addr().String())
			c.stand(p, l)
			began := time.Now()
			code, found := p.doctor("--peer", l.Addr().String())
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if c.check == "" {
				if code != cli.ExitDone {
					t.Errorf("exit %d: %+v", code, found)
				}
				return
			}
			fault := found[c.check]
			if code != cli.ExitFindings || fault.OK || fault.Text == "" {
				t.Fatalf("exit %d, %s: %+v in %+v", code, c.check, fault, found)
			}
			for _, word := range c.says {
				if !strings.Contains(fault.Text+" "+fault.Do, word) {
					t.Errorf("it does not say %q: %s. %s", word, fault.Text, fault.Do)
				}
			}
			// The overview names the region, too.
			if code, found = p.doctor(); code != cli.ExitFindings || found["way to sw"].OK {
				t.Errorf("overview: exit %d: %+v", code, found)
			}
		})
	}
}

// intercept opens TLS with a certificate of its own, as inspecting proxies do.
func intercept(t *testing.T, l net.Listener, version uint16) {
	t.Helper()
	authority, err := node.NewAuthority("Example Inspection")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := authority.Issue(dir, []string{"tracker.sw.example"}); err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, node.CertificateFile), filepath.Join(dir, node.PrivateKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MaxVersion: version, NextProtos: []string{link.ProtocolCall}}
	each(l, func(c net.Conn) { _, _ = io.Copy(io.Discard, tls.Server(c, config)) })
}

// What is wrong with the machine itself.
func TestDoctorLooksAtTheMachine(t *testing.T) {
	t.Parallel()
	p := admitPatient(t, "no-such-host.invalid:7443")
	taken, err := net.Listen("tcp", settingsOf(t, p.dir).NodeListen)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for path, mode := range map[string]os.FileMode{p.dir: 0o755, filepath.Join(p.dir, "node.key"): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	code, found := p.doctor()
	if code != cli.ExitFindings {
		t.Errorf("exit %d", code)
	}
	for check, word := range map[string]string{"permissions": "chmod 600", "node port": "address already in use", "ways to the others": "without the key"} {
		if f := found[check]; f.OK || !strings.Contains(f.Text+f.Do, word) {
			t.Errorf("%s: %+v", check, f)
		}
	}
	for _, check := range []string{"disk space", "disk sync", "file limit", "people port"} {
		if f := found[check]; !f.OK {
			t.Errorf("%s: %+v", check, f)
		}
	}
	if err := os.Chmod(filepath.Join(p.dir, "node.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found = p.doctor(); !strings.Contains(found["way to sw"].Text, "does not resolve") {
		t.Errorf("a name that resolves nowhere: %+v", found["way to sw"])
	}
	// People get a line each.
	if _, out := p.tracker("doctor"); !strings.Contains(out, "MEND  way to sw") || !strings.Contains(out, "ok    people port") {
		t.Errorf("people are told:\n%s", out)
	}
	for _, wrong := range []string{"sw", "sw:", ":7443"} {
		if code, out := p.tracker("doctor", "--peer", wrong); code != cli.ExitUsage {
			t.Errorf("--peer %s: exit %d: %s", wrong, code, out)
		}
	}
}

func settingsOf(t *testing.T, dir string) config.Config {
	t.Helper()
	c, _, err := config.Load(config.Flags{"dir": dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
