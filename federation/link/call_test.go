package link_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

const maxBody = 4 << 20

func serve(t testing.TB, n link.Network, handlers map[string]link.Handler) *link.Server {
	t.Helper()
	server := link.Serve(n, handlers, nil)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func client(t testing.TB, n link.Network) *link.Client {
	t.Helper()
	c := link.NewClient(n, nil)
	t.Cleanup(c.Close)
	return c
}

func TestCalls(t *testing.T) {
	_, ports := nodes(t, "wessex", "gm")
	log := new(journal)
	server := link.Serve(ports["wessex"], map[string]link.Handler{
		"/who":  func(_ context.Context, peer survey.Region, _ []byte) ([]byte, error) { return []byte(peer), nil },
		"/echo": func(_ context.Context, _ survey.Region, request []byte) ([]byte, error) { return request, nil },
		"/no": func(context.Context, survey.Region, []byte) ([]byte, error) {
			return nil, fmt.Errorf("claim: %w", &link.CallError{Code: "no-quorum", Message: "3 of 15"})
		},
		"/broken": func(context.Context, survey.Region, []byte) ([]byte, error) { return nil, errors.New("secret detail") },
		"/large":  func(context.Context, survey.Region, []byte) ([]byte, error) { return make([]byte, maxBody+1), nil },
	}, log.logger())
	defer server.Close()
	c := client(t, ports["gm"])

	for path, request := range map[string][]byte{"/who": nil, "/echo": bytes.Repeat([]byte{0, 255}, maxBody/2)} {
		want := request
		if path == "/who" {
			want = []byte("gm")
		}
		if got, err := c.Call(soon(t), "wessex", path, request); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	for _, no := range []struct {
		path, code string
		request    []byte
		definite   bool
	}{
		{"/no", "no-quorum", nil, true},
		{"/broken", link.CodeInternal, nil, false},
		{"/none", link.CodeNoHandler, nil, true},
		{"/large", link.CodeResponseTooLarge, nil, false},
		{"/echo", link.CodeRequestTooLarge, make([]byte, maxBody+1), true},
	} {
		_, err := c.Call(soon(t), "wessex", no.path, no.request)
		var refusal *link.CallError
		if !errors.As(err, &refusal) || refusal.Code != no.code || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", no.path, err)
		}
		if link.Definite(err) != no.definite {
			t.Errorf("%s: definite is %v", no.path, !no.definite)
		}
	}
	if log.lines() != 1 || !strings.Contains(log.text.String(), "secret detail") {
		t.Errorf("logged there: %s", &log.text)
	}
	if dialed := ports["gm"].Stats().Dialed; dialed != 1 {
		t.Errorf("%d connections for calls one after the other", dialed)
	}
}

func TestManyCallsShareFewConnections(t *testing.T) {
	_, ports := nodes(t, "wessex", "gm")
	serve(t, ports["wessex"], map[string]link.Handler{
		"/echo": func(_ context.Context, _ survey.Region, request []byte) ([]byte, error) { return request, nil },
	})
	c := client(t, ports["gm"])
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			want := fmt.Appendf(nil, "call %d", i)
			if got, err := c.Call(soon(t), "wessex", "/echo", want); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %q, %v", want, got, err)
			}
		})
	}
	all.Wait()
	if s := ports["gm"].Stats(); s.Open > 32 {
		t.Errorf("%d connections", s.Open)
	}
}

// TestWhatWasSent: the difference between "nothing happened" and "unknown".
func TestWhatWasSent(t *testing.T) {
	known, ports := nodes(t, "wessex", "gm")
	entered, cut := make(chan struct{}, 1), make(chan struct{})
	var done atomic.Bool
	server := serve(t, ports["wessex"], map[string]link.Handler{
		"/wait": func(ctx context.Context, _ survey.Region, _ []byte) ([]byte, error) {
			entered <- struct{}{}
			<-ctx.Done()
			done.Store(true)
			return nil, ctx.Err()
		},
		"/die": func(context.Context, survey.Region, []byte) ([]byte, error) {
			m, _ := known.Member("gm")
			ports["wessex"].Drop(m.Key)
			return nil, nil
		},
		"/echo": func(_ context.Context, _ survey.Region, request []byte) ([]byte, error) { return request, nil },
	})
	c := client(t, ports["gm"])
	check := func(name string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || link.Definite(err) != (want == link.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.Call(soon(t), "kss", "/echo", nil)
	check("no member", err, link.ErrUnreachable)
	if !errors.Is(err, link.ErrNotInRoster) {
		t.Errorf("no member: %v", err)
	}

	silent := listen(t)
	defer silent.Close()
	known.set(survey.Member{Region: "yh", Key: keyFor(9).Public(), Address: silent.Addr().String()})
	_, err = c.Call(within(t, 50*time.Millisecond), "yh", "/echo", nil)
	check("silent peer", err, link.ErrUnreachable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silent peer: %v", err)
	}

	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		<-entered
		cancel()
		close(cut)
	}()
	_, err = c.Call(ctx, "wessex", "/wait", []byte("x"))
	check("caller gives up", err, link.ErrInterrupted)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("caller gives up: %v", err)
	}
	<-cut
	eventually(t, "the handler learns that the caller is gone", done.Load)

	_, err = c.Call(soon(t), "wessex", "/die", nil)
	check("connection lost before the answer", err, link.ErrInterrupted)

	// A connection that was closed while it was idle is replaced unseen.
	if _, err := c.Call(soon(t), "wessex", "/echo", nil); err != nil {
		t.Error(err)
	}
	m, _ := known.Member("gm")
	ports["wessex"].Drop(m.Key)
	eventually(t, "the client has noticed", func() bool { return ports["gm"].Stats().Open == 0 })
	if _, err := c.Call(soon(t), "wessex", "/echo", nil); err != nil {
		t.Errorf("after the idle connection was closed: %v", err)
	}

	server.Close()
	eventually(t, "the client has noticed", func() bool { return ports["gm"].Stats().Open == 0 })
	_, err = c.Call(soon(t), "wessex", "/echo", nil)
	check("no server", err, link.ErrUnreachable)
	c.Close()
	_, err = c.Call(soon(t), "wessex", "/echo", nil)
	check("closed client", err, link.ErrUnreachable)
}

// TestLargeBodyIsRefusedByTheServer sends one past the client's own check.
func TestLargeBodyIsRefusedByTheServer(t *testing.T) {
	_, ports := nodes(t, "wessex", "gm")
	serve(t, ports["wessex"], map[string]link.Handler{
		"/echo": func(context.Context, survey.Region, []byte) ([]byte, error) {
			t.Error("the handler was called")
			return nil, nil
		},
	})
	for name, head := range map[string]string{
		"declared": fmt.Sprintf("Content-Length: %d\r\n\r\n", maxBody+1),
		"chunked":  "Transfer-Encoding: chunked\r\n\r\n",
	} {
		c, err := ports["gm"].Dial(soon(t), "wessex", link.ProtocolCall)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(patience))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			fmt.Fprintf(c, "POST /echo HTTP/1.1\r\nHost: wessex\r\n%s", head)
			chunk := make([]byte, 64<<10)
			for range maxBody/len(chunk) + 1 {
				if name == "chunked" {
					fmt.Fprintf(c, "%x\r\n", len(chunk))
				}
				if _, err := c.Write(chunk); err != nil {
					return
				}
				if name == "chunked" {
					fmt.Fprint(c, "\r\n")
				}
			}
		}()
		buffer := make([]byte, 4096)
		n, err := c.Read(buffer)
		if err == nil && !strings.HasPrefix(string(buffer[:n]), "HTTP/1.1 413") {
			t.Errorf("%s: %s", name, buffer[:n])
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
		<-sent
	}
}

// bare is a Network whose connections say nothing about their peer.
type bare struct{ net.Listener }

func (b bare) Listen(string) net.Listener { return b.Listener }

func (b bare) Dial(ctx context.Context, _ survey.Region, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", b.Listener.Addr().String())
}

func TestUnauthenticatedConnectionsGetNothing(t *testing.T) {
	n := bare{listen(t)}
	serve(t, n, map[string]link.Handler{"/echo": func(context.Context, survey.Region, []byte) ([]byte, error) {
		t.Error("the handler was called")
		return nil, nil
	}})
	_, err := client(t, n).Call(soon(t), "wessex", "/echo", nil)
	var refusal *link.CallError
	if !errors.As(err, &refusal) || refusal.Code != link.CodeBadRequest {
		t.Errorf("got %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	_, ports := nodes(b, "wessex", "gm")
	serve(b, ports["wessex"], map[string]link.Handler{
		"/echo": func(_ context.Context, _ survey.Region, request []byte) ([]byte, error) { return request, nil },
	})
	c := client(b, ports["gm"])
	request := make([]byte, 400)
	for b.Loop() {
		if _, err := c.Call(b.Context(), "wessex", "/echo", request); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDial(b *testing.B) {
	_, ports := nodes(b, "wessex", "gm")
	listener := ports["wessex"].Listen(echo)
	for b.Loop() {
		dialed, err := ports["gm"].Dial(b.Context(), "wessex", echo)
		if err != nil {
			b.Fatal(err)
		}
		accepted, err := listener.Accept()
		if err != nil {
			b.Fatal(err)
		}
		dialed.Close()
		accepted.Close()
	}
}
