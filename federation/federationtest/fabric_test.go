package federationtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

const chat = "chat/1"

// connected returns both ends of a connection from gm to wessex.
func connected(t *testing.T, f *federationtest.Fabric) (gm, wessex net.Conn) {
	t.Helper()
	listener := f.Node("wessex").Listen(chat)
	gm, err := f.Node("gm").Dial(t.Context(), "wessex", chat)
	if err != nil {
		t.Fatal(err)
	}
	wessex, err = listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return gm, wessex
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("heard %q, %v, want %q", got, err, want)
	}
}

func expired(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func TestBothEndsKnowTheirPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		gm, wessex := connected(t, f)
		for c, want := range map[net.Conn]survey.Region{gm: "wessex", wessex: "gm"} {
			if got := c.(interface{ Peer() survey.Region }).Peer(); got != want {
				t.Errorf("peer %s, want %s", got, want)
			}
		}
		say(t, gm, "one")
		say(t, gm, "two")
		gm.Close()
		hear(t, wessex, "onetwo")
		if _, err := wessex.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after Close: %v", err)
		}
		wessex.Close()
		if n := f.Connections(); n != 0 {
			t.Errorf("%d ends are open", n)
		}
	})
}

func TestRefusedDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		listener := f.Node("wessex").Listen(chat)
		gm := f.Node("gm")
		if _, err := gm.Dial(t.Context(), "yh", chat); !errors.Is(err, link.ErrNotInRoster) {
			t.Errorf("unknown region: %v", err)
		}
		if _, err := gm.Dial(t.Context(), "wessex", "other/1"); !errors.Is(err, link.ErrRefused) {
			t.Errorf("no listener: %v", err)
		}
		if _, err := f.Node("wessex").Listen(chat).Accept(); !errors.Is(err, link.ErrListening) {
			t.Errorf("a second listener: %v", err)
		}
		left, err := gm.Dial(t.Context(), "wessex", chat)
		if err != nil {
			t.Fatal(err)
		}
		listener.Close()
		if _, err := left.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("a connection that nobody accepted: %v", err)
		}
		if _, err := gm.Dial(t.Context(), "wessex", chat); !errors.Is(err, link.ErrRefused) {
			t.Errorf("closed listener: %v", err)
		}
	})
}

func TestBlackHoleHoldsWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		gm, wessex := connected(t, f)
		f.Cut("wessex", "gm")
		say(t, gm, "later")
		wessex.SetReadDeadline(time.Now().Add(time.Minute))
		began := time.Now()
		if _, err := wessex.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		wessex.SetReadDeadline(time.Time{})
		ctx, cancel := expired(time.Second)
		defer cancel()
		if _, err := f.Node("gm").Dial(ctx, "wessex", chat); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dial across the cut: %v", err)
		}
		time.AfterFunc(time.Hour, func() { f.Heal("gm", "wessex") })
		began = time.Now()
		hear(t, wessex, "later")
		if time.Since(began) != time.Hour {
			t.Errorf("heard after %v", time.Since(began))
		}
	})
}

func TestDialGoesThroughWhenTheCutHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		f.Node("wessex").Listen(chat)
		gm := f.Node("gm")
		f.Isolate("wessex")
		time.AfterFunc(time.Minute, f.HealAll)
		began := time.Now()
		c, err := gm.Dial(t.Context(), "wessex", chat)
		if err != nil || time.Since(began) != time.Minute {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
		c.Close()
	})
}

func TestResetBreaksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		gm, wessex := connected(t, f)
		f.SetCutMode(federationtest.Reset)
		time.AfterFunc(time.Second, func() { f.Cut("gm", "wessex") })
		if _, err := wessex.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read: %v", err)
		}
		if _, err := gm.Write([]byte("x")); err == nil {
			t.Error("a write went through")
		}
		if _, err := f.Node("gm").Dial(t.Context(), "wessex", chat); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dial: %v", err)
		}
	})
}

func TestDelayKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(7)
		gm, wessex := connected(t, f)
		f.SetDelay(10*time.Millisecond, 50*time.Millisecond)
		began := time.Now()
		for range 100 {
			say(t, gm, "ab")
		}
		if time.Since(began) != 0 {
			t.Error("a write blocked")
		}
		hear(t, wessex, "ab")
		if d := time.Since(began); d < 10*time.Millisecond || d > 50*time.Millisecond {
			t.Errorf("the first arrived after %v", d)
		}
		for range 99 {
			hear(t, wessex, "ab")
		}
		if d := time.Since(began); d > 50*time.Millisecond {
			t.Errorf("the last arrived after %v", d)
		}
	})
}

func TestPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		all := []survey.Region{"wessex", "gm", "yh", "em", "wm"}
		for _, region := range all {
			f.Node(region).Listen(chat)
		}
		reaches := func(a, b survey.Region) bool {
			ctx, cancel := expired(time.Second)
			defer cancel()
			c, err := f.Node(a).Dial(ctx, b, chat)
			if err == nil {
				c.Close()
			}
			return err == nil
		}
		side := map[survey.Region]int{"wessex": 1, "gm": 1, "yh": 2}
		f.Partition([]survey.Region{"wessex", "gm"}, []survey.Region{"yh"})
		for _, a := range all {
			for _, b := range all {
				if a != b && reaches(a, b) != (side[a] == side[b]) {
					t.Errorf("%s reaches %s: %v", a, b, reaches(a, b))
				}
			}
		}
		f.Rejoin("yh")
		if !reaches("yh", "gm") || !reaches("wm", "yh") || reaches("gm", "em") {
			t.Error("Rejoin heals the region's own cuts and no others")
		}
	})
}

func TestStopAndStartAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(1)
		gm, wessex := connected(t, f)
		old := f.Node("wessex")
		listener := old.Listen("other/1")
		f.Stop("wessex")
		f.Stop("wessex") // nothing more to stop
		for name, c := range map[string]net.Conn{"there": gm, "here": wessex} {
			if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept: %v", err)
		}
		if _, err := f.Node("gm").Dial(t.Context(), "wessex", chat); !errors.Is(err, link.ErrRefused) {
			t.Errorf("dial: %v", err)
		}
		if _, err := old.Dial(t.Context(), "gm", chat); !errors.Is(err, net.ErrClosed) {
			t.Errorf("dial from the stopped one: %v", err)
		}
		again := f.Node("wessex")
		if again == old {
			t.Fatal("the stopped network came back")
		}
		again.Listen(chat)
		if _, err := f.Node("gm").Dial(t.Context(), "wessex", chat); err != nil {
			t.Errorf("after the start: %v", err)
		}
		if _, err := old.Listen("third/1").Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("listening on the stopped one: %v", err)
		}
	})
}
