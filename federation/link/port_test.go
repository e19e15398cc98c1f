package link_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

const echo = "echo/1"

// serveEcho answers every connection of the port with the name of its peer and
// then with what it sends.
func serveEcho(t *testing.T, port *link.Port) {
	t.Helper()
	listener := port.Listen(echo)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.WriteString(c, string(c.(interface{ Peer() survey.Region }).Peer())+"\n")
				io.Copy(c, c)
			}()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
}

// talk reads the greeting of serveEcho.
func talk(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetDeadline(time.Now().Add(patience))
	buffer := make([]byte, 100)
	n, err := c.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(buffer[:n]))
}

func TestEveryoneReachesEveryone(t *testing.T) {
	regions := []survey.Region{"wessex", "gm", "yh"}
	_, ports := nodes(t, regions...)
	for _, port := range ports {
		serveEcho(t, port)
	}
	for _, from := range regions {
		for _, to := range regions {
			c, err := ports[from].Dial(soon(t), to, echo)
			if err != nil {
				t.Fatal(err)
			}
			if greeted := talk(t, c); greeted != string(from) || peerOf(t, c) != to {
				t.Errorf("%s to %s: greeted as %s, peer %s", from, to, greeted, peerOf(t, c))
			}
			c.Close()
		}
	}
	for region, port := range ports {
		if s := port.Stats(); s.Accepted != 3 || s.Dialed != 3 || len(s.Refused) != 0 {
			t.Errorf("%s: %+v", region, s)
		}
	}
}

func TestProtocolsAreApart(t *testing.T) {
	_, ports := nodes(t, "wessex", "gm")
	one, two := ports["wessex"].Listen("one/1"), ports["wessex"].Listen("two/1")
	if _, err := ports["wessex"].Listen("one/1").Accept(); !errors.Is(err, link.ErrListening) {
		t.Errorf("a second listener: %v", err)
	}
	if _, err := ports["gm"].Dial(soon(t), "wessex", "two/1"); err != nil {
		t.Fatal(err)
	}
	if c, err := two.Accept(); err != nil || peerOf(t, c) != "gm" {
		t.Errorf("%v, %v", c, err)
	}
	two.Close()
	if _, err := two.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	for _, protocol := range []string{"two/1", "three/1"} {
		if _, err := ports["gm"].Dial(soon(t), "wessex", protocol); !errors.Is(err, link.ErrRefused) {
			t.Errorf("%s: %v", protocol, err)
		}
	}
	ports["wessex"].Listen("two/1")
	if _, err := ports["gm"].Dial(soon(t), "wessex", "two/1"); err != nil {
		t.Errorf("listening again: %v", err)
	}
	one.Close()
	eventually(t, "2 counted", func() bool { return ports["wessex"].Stats().Refused[link.ReasonNoProtocol] == 2 })
}

// TestStrangersAreRefused dials with everything that must not get in.
func TestStrangersAreRefused(t *testing.T) {
	known, ports := nodes(t, "wessex", "gm")
	serveEcho(t, ports["wessex"])
	known.set(survey.Member{Region: "yh", Key: keyFor(7).Public(), State: survey.MemberRemoved})
	target, _ := known.Member("wessex")
	stranger := func(change func(*link.Options)) error {
		opts := link.Options{Listener: listen(t), Key: keyFor(2), Region: "gm", Federation: federation, Roster: known}
		change(&opts)
		_, err := open(t, opts).Dial(soon(t), "wessex", echo)
		return err
	}
	for _, c := range []struct {
		name   string
		reason link.Reason
		change func(*link.Options)
	}{
		{"unknown key", link.ReasonUnknownKey, func(o *link.Options) { o.Key = keyFor(99) }},
		{"removed member's key", link.ReasonRemoved, func(o *link.Options) { o.Key = keyFor(7) }},
		{"other federation", link.ReasonFederation, func(o *link.Options) { o.Federation[0]++ }},
	} {
		before := ports["wessex"].Stats().Refused[c.reason]
		if err := stranger(c.change); !errors.Is(err, link.ErrRefused) {
			t.Errorf("%s: %v", c.name, err)
		}
		eventually(t, c.name+" counted", func() bool { return ports["wessex"].Stats().Refused[c.reason] == before+1 })
	}
	if err := stranger(func(*link.Options) {}); err != nil {
		t.Errorf("the member itself: %v", err)
	}

	// Who is at the address has another key than the roster says.
	moved := &roster{members: map[survey.Region]survey.Member{
		"wessex": {Region: "wessex", Key: keyFor(98).Public(), Address: target.Address},
	}}
	err := stranger(func(o *link.Options) { o.Roster = moved })
	if !errors.Is(err, link.ErrWrongKey) {
		t.Errorf("wrong key at the address: %v", err)
	}
	for name, region := range map[string]survey.Region{"no member": "kss", "removed": "yh"} {
		if _, err := ports["gm"].Dial(soon(t), region, echo); !errors.Is(err, link.ErrNotInRoster) {
			t.Errorf("dial %s: %v", name, err)
		}
	}
}

// TestWhoDoesNotTakeTheKeyIsKnown, and only who said so.
func TestWhoDoesNotTakeTheKeyIsKnown(t *testing.T) {
	known, ports := nodes(t, "wessex", "gm")
	serveEcho(t, ports["wessex"])
	gm := ports["gm"]
	dial := func(protocol string) error {
		_, err := gm.Dial(soon(t), "wessex", protocol)
		return err
	}
	if err := dial("unheard/1"); err == nil || len(gm.TurnedAway()) != 0 {
		t.Errorf("a protocol that nobody speaks: %v, turned away by %v", err, gm.TurnedAway())
	}
	member, _ := known.Member("gm")
	for _, state := range []survey.MemberState{survey.MemberRemoved, survey.MemberActive} {
		member.State = state
		known.set(member)
		err := dial(echo)
		var want []survey.Region
		if state == survey.MemberRemoved {
			want = []survey.Region{"wessex"}
		}
		if (err == nil) != (want == nil) || !slices.Equal(gm.TurnedAway(), want) {
			t.Errorf("%s: %v, turned away by %v", state, err, gm.TurnedAway())
		}
	}
}

// TestStrangeHandshakes speaks to the port without a Port.
func TestStrangeHandshakes(t *testing.T) {
	known, ports := nodes(t, "wessex")
	serveEcho(t, ports["wessex"])
	member, _ := known.Member("wessex")
	good := &tls.Config{InsecureSkipVerify: true, ServerName: federation.String() + ".federation.invalid", NextProtos: []string{echo}}
	for _, c := range []struct {
		name   string
		reason link.Reason
		config func(*tls.Config)
	}{
		{"TLS 1.2", link.ReasonVersion, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }},
		{"no certificate", link.ReasonHandshake, func(*tls.Config) {}},
		{"no server name", link.ReasonFederation, func(c *tls.Config) { c.ServerName = "" }},
		{"no protocol", link.ReasonNoProtocol, func(c *tls.Config) { c.NextProtos = nil }},
		{"plaintext", link.ReasonNotTLS, nil},
	} {
		raw, err := net.Dial("tcp", member.Address)
		if err != nil {
			t.Fatal(err)
		}
		raw.SetDeadline(time.Now().Add(patience))
		stream := raw
		if c.config == nil {
			io.WriteString(raw, "GET / HTTP/1.1\r\nHost: wessex\r\n\r\n")
		} else {
			config := good.Clone()
			c.config(config)
			stream = tls.Client(raw, config)
		}
		if n, err := io.ReadFull(stream, make([]byte, 1)); err == nil && c.config != nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: read %d bytes, %v", c.name, n, err)
		}
		eventually(t, c.name+" counted", func() bool { return ports["wessex"].Stats().Refused[c.reason] > 0 })
		raw.Close()
	}
}

func TestSuspendedMembersStayConnected(t *testing.T) {
	known, ports := nodes(t, "wessex", "gm")
	serveEcho(t, ports["wessex"])
	m, _ := known.Member("gm")
	m.State = survey.MemberSuspended
	known.set(m)
	if _, err := ports["gm"].Dial(soon(t), "wessex", echo); err != nil {
		t.Error(err)
	}
}

func TestDropClosesBothDirections(t *testing.T) {
	known, ports := nodes(t, "wessex", "gm", "yh")
	for _, port := range ports {
		serveEcho(t, port)
	}
	var ended []net.Conn
	for _, way := range [][2]survey.Region{{"gm", "wessex"}, {"wessex", "gm"}} {
		c, err := ports[way[0]].Dial(soon(t), way[1], echo)
		if err != nil {
			t.Fatal(err)
		}
		talk(t, c)
		ended = append(ended, c)
	}
	other, err := ports["yh"].Dial(soon(t), "wessex", echo)
	if err != nil {
		t.Fatal(err)
	}
	talk(t, other)

	gone, _ := known.Member("gm")
	gone.State = survey.MemberRemoved
	known.set(gone)
	ports["wessex"].Drop(gone.Key)
	for i, c := range ended {
		c.SetReadDeadline(time.Now().Add(patience))
		if n, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d: %d bytes, %v", i, n, err)
		}
	}
	if _, err := other.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if got := talk(t, other); got != "x" {
		t.Errorf("the other member's connection: %q", got)
	}
	if _, err := ports["gm"].Dial(soon(t), "wessex", echo); !errors.Is(err, link.ErrRefused) {
		t.Errorf("dialing again: %v", err)
	}
	ports["wessex"].Drop(ed25519.PublicKey("unknown")) // no harm
}

func TestDisabledProtocol(t *testing.T) {
	_, ports := nodes(t, "wessex", "gm")
	serveEcho(t, ports["wessex"])
	c, err := ports["gm"].Dial(soon(t), "wessex", echo)
	if err != nil {
		t.Fatal(err)
	}
	talk(t, c)
	ports["wessex"].Disable(echo)
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an open connection: %v", err)
	}
	if _, err := ports["gm"].Dial(soon(t), "wessex", echo); !errors.Is(err, link.ErrRefused) {
		t.Errorf("dialing it: %v", err)
	}
	if _, err := ports["wessex"].Dial(soon(t), "gm", echo); err == nil {
		t.Error("it dials")
	}
	ports["wessex"].Enable(echo)
	if _, err := ports["gm"].Dial(soon(t), "wessex", echo); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestSilentPeerIsBounded dials an address that accepts and says nothing.
func TestSilentPeerIsBounded(t *testing.T) {
	known, ports := nodes(t, "wessex")
	silent := listen(t)
	defer silent.Close()
	known.set(survey.Member{Region: "gm", Key: keyFor(9).Public(), Address: silent.Addr().String()})
	began := time.Now()
	_, err := ports["wessex"].Dial(within(t, 100*time.Millisecond), "gm", echo)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 8*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	// And one that does not answer at all.
	known.set(survey.Member{Region: "gm", Key: keyFor(9).Public(), Address: "127.0.0.1:1"})
	if _, err = ports["wessex"].Dial(soon(t), "gm", echo); err == nil || errors.Is(err, link.ErrRefused) {
		t.Errorf("nobody there: %v", err)
	}
}

// TestConnectionsAreBounded: nobody accepts, so the queue fills up.
func TestConnectionsAreBounded(t *testing.T) {
	_, ports := nodes(t, "wessex", "gm")
	listener := ports["wessex"].Listen(echo)
	for i := range 64 {
		if _, err := ports["gm"].Dial(soon(t), "wessex", echo); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	if _, err := ports["gm"].Dial(soon(t), "wessex", echo); !errors.Is(err, link.ErrRefused) {
		t.Errorf("one too many: %v", err)
	}
	for range 64 {
		c, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if _, err := ports["gm"].Dial(soon(t), "wessex", echo); !errors.Is(err, link.ErrRefused) {
		t.Errorf("the queue is empty, but the peer has 64 connections: %v", err)
	}
	eventually(t, "2 counted", func() bool { return ports["wessex"].Stats().Refused[link.ReasonTooMany] == 2 })
}

func TestRefusalsAreLoggedOnceAMinute(t *testing.T) {
	log := new(journal)
	listener := listen(t)
	known := &roster{members: map[survey.Region]survey.Member{}}
	port := open(t, link.Options{Listener: listener, Key: keyFor(1), Region: "wessex", Federation: federation, Roster: known, Logger: log.logger()})
	for range 20 {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "hello, is anybody there?\n")
		c.Close()
	}
	eventually(t, "20 counted", func() bool { return port.Stats().Refused[link.ReasonNotTLS] == 20 })
	if log.lines() != 1 {
		t.Errorf("%d lines logged:\n%s", log.lines(), &log.text)
	}
}

func TestOpenValidates(t *testing.T) {
	good := link.Options{Listener: listen(t), Key: keyFor(1), Region: "wessex", Federation: federation, Roster: &roster{}}
	defer good.Listener.Close()
	for name, change := range map[string]func(*link.Options){
		"listener":   func(o *link.Options) { o.Listener = nil },
		"key":        func(o *link.Options) { o.Key = nil },
		"region":     func(o *link.Options) { o.Region = "" },
		"federation": func(o *link.Options) { o.Federation = [16]byte{} },
		"roster":     func(o *link.Options) { o.Roster = nil },
	} {
		opts := good
		change(&opts)
		if _, err := link.Open(opts); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	known, ports := nodes(t, "wessex", "gm")
	listener := ports["wessex"].Listen(echo)
	server := link.Serve(ports["wessex"], map[string]link.Handler{"/wait": func(ctx context.Context, _ survey.Region, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}, nil)
	client := link.NewClient(ports["gm"], nil)
	called := make(chan error, 1)
	go func() {
		_, err := client.Call(soon(t), "wessex", "/wait", nil)
		called <- err
	}()
	var open []net.Conn
	for range 5 {
		c, err := ports["gm"].Dial(soon(t), "wessex", echo)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	accepting := make(chan error, 1)
	go func() {
		for {
			if _, err := listener.Accept(); err != nil {
				accepting <- err
				return
			}
		}
	}()
	member, _ := known.Member("wessex")
	half, err := net.Dial("tcp", member.Address) // never says anything
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	eventually(t, "the call is there", func() bool { return ports["wessex"].Stats().Open >= 6 && ports["wessex"].Stats().Pending == 1 })

	if err := errors.Join(server.Close(), ports["wessex"].Close(), ports["wessex"].Close()); err != nil {
		t.Error(err)
	}
	if err := <-called; !errors.Is(err, link.ErrInterrupted) {
		t.Errorf("the call: %v", err)
	}
	if err := <-accepting; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	for _, c := range open {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a connection is still open")
		}
	}
	client.Close()
	ports["gm"].Close()
	if _, err := ports["wessex"].Dial(soon(t), "gm", echo); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial after Close: %v", err)
	}
	if _, err := ports["wessex"].Listen(echo).Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Listen after Close: %v", err)
	}
	eventually(t, "all goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
}
