package link_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// Strangers may speak one protocol, and only while it is served.
func TestStrangersJoinAndDoNothingElse(t *testing.T) {
	known, ports := nodes(t, "otv", "sw")
	sponsor, _ := known.Member("otv")
	stranger := keyFor(99)
	dial := func(key *identity.Key, to ed25519.PublicKey, id identity.FederationID) (net.Conn, error) {
		return link.DialJoin(soon(t), key, id, sponsor.Address, to)
	}
	if _, err := dial(stranger, sponsor.Key, federation); !errors.Is(err, link.ErrRefused) {
		t.Errorf("while no invitation is open: %v", err)
	}
	server := link.ServeJoins(ports["otv"], func(_ context.Context, key ed25519.PublicKey, request []byte) ([]byte, error) {
		if !key.Equal(stranger.Public()) {
			return nil, &link.CallError{Code: "who", Message: "another key"}
		}
		return append([]byte("welcome "), request...), nil
	}, nil)
	defer server.Close()

	conn, err := dial(stranger, sponsor.Key, federation)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := link.AskToJoin(soon(t), conn, []byte("wessex")); err != nil || string(answer) != "welcome wessex" {
		t.Errorf("%s %v", answer, err)
	}
	conn.Close()
	if conn, err = dial(keyFor(98), sponsor.Key, federation); err != nil {
		t.Fatal(err)
	}
	var refusal *link.CallError
	if _, err := link.AskToJoin(soon(t), conn, []byte("wessex")); !errors.As(err, &refusal) || refusal.Code != "who" {
		t.Errorf("refused with %v", err)
	}
	conn.Close()

	if _, err := dial(stranger, keyFor(55).Public(), federation); !errors.Is(err, link.ErrWrongKey) {
		t.Errorf("another key than the invitation's: %v", err)
	}
	if _, err := dial(stranger, sponsor.Key, identity.FederationID{9}); !errors.Is(err, link.ErrRefused) {
		t.Errorf("another federation: %v", err)
	}
	removed := keyFor(97)
	known.set(survey.Member{Region: "we", Key: removed.Public(), State: survey.MemberRemoved})
	if _, err := dial(removed, sponsor.Key, federation); !errors.Is(err, link.ErrRefused) {
		t.Errorf("a removed key: %v", err)
	}
	// No other protocol takes a stranger.
	listener := ports["otv"].Listen("test/1")
	defer listener.Close()
	lone := &roster{members: map[survey.Region]survey.Member{"otv": sponsor}}
	outside := open(t, link.Options{Listener: listen(t), Key: stranger, Region: "gm", Federation: federation, Roster: lone})
	if _, err := outside.Dial(soon(t), "otv", "test/1"); !errors.Is(err, link.ErrRefused) {
		t.Errorf("a stranger speaks another protocol: %v", err)
	}
}

// Strangers that send too much, or nothing, or come too often, are turned away,
// and members are served meanwhile.
func TestStrangersAreBounded(t *testing.T) {
	known, ports := nodes(t, "otv", "sw")
	sponsor, _ := known.Member("otv")
	asked := make(chan []byte, 64)
	server := link.ServeJoins(ports["otv"], func(_ context.Context, _ ed25519.PublicKey, request []byte) ([]byte, error) {
		asked <- request
		return nil, nil
	}, nil)
	defer server.Close()
	var held []net.Conn
	refused := 0
	for i := range 24 {
		conn, err := link.DialJoin(soon(t), keyFor(byte(100+i)), federation, sponsor.Address, sponsor.Key)
		if err != nil {
			refused++
			continue
		}
		defer conn.Close()
		held = append(held, conn)
	}
	if len(held) == 0 || len(held) > 4 || refused == 0 {
		t.Errorf("%d strangers are in at a time, %d were refused", len(held), refused)
	}
	huge := held[0]
	if _, err := huge.Write([]byte{0xff, 0xff, 0xff, 0xff}); err != nil {
		t.Fatal(err)
	}
	huge.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(&bytes.Buffer{}, huge); err != nil {
		t.Errorf("a request of 4 GB is not cut off: %v", err)
	}
	if len(asked) > 0 {
		t.Errorf("%d requests were taken", len(asked))
	}
	listener := ports["otv"].Listen("test/1")
	defer listener.Close()
	conn, err := ports["sw"].Dial(soon(t), "otv", "test/1")
	if err != nil {
		t.Fatalf("a member is not served: %v", err)
	}
	conn.Close()
}
