package federationtest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// calling serves calls at wessex and runs test with a client of gm.
func calling(t *testing.T, test func(*testing.T, *federationtest.Fabric, *link.Client)) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.NewFabric(3)
		f.SetDelay(time.Millisecond, 5*time.Millisecond)
		server := link.Serve(f.Node("wessex"), map[string]link.Handler{
			"/who": func(_ context.Context, peer survey.Region, _ []byte) ([]byte, error) { return []byte(peer), nil },
			"/long": func(ctx context.Context, _ survey.Region, _ []byte) ([]byte, error) {
				select {
				case <-time.After(50 * time.Second):
					return []byte("done"), nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			},
		}, nil)
		client := link.NewClient(f.Node("gm"), nil)
		test(t, f, client)
		client.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestCallsOverTheFabric(t *testing.T) {
	calling(t, func(t *testing.T, f *federationtest.Fabric, client *link.Client) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if got, err := client.Call(t.Context(), "wessex", "/who", []byte("x")); err != nil || string(got) != "gm" {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
		all.Wait()
		began := time.Now()
		got, err := client.Call(t.Context(), "wessex", "/long", make([]byte, 1<<20))
		if err != nil || string(got) != "done" || time.Since(began) < 50*time.Second {
			t.Errorf("a slow handler, after %v: %q, %v", time.Since(began), got, err)
		}
		time.Sleep(10 * time.Minute) // idle connections are closed by the client
		if n := f.Connections(); n != 0 {
			t.Errorf("%d ends are open after ten idle minutes", n)
		}
	})
}

func TestCallsAcrossACut(t *testing.T) {
	calling(t, func(t *testing.T, f *federationtest.Fabric, client *link.Client) {
		call := func(path string, patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := client.Call(ctx, "wessex", path, nil)
			return err
		}
		f.Cut("gm", "wessex")
		began := time.Now()
		err := call("/who", 3*time.Second)
		if !errors.Is(err, link.ErrUnreachable) || !link.Definite(err) || time.Since(began) != 3*time.Second {
			t.Errorf("no connection yet, after %v: %v", time.Since(began), err)
		}
		// A dial goes on without its call, and gives up by itself.
		time.Sleep(time.Minute)
		f.HealAll()
		if err := call("/who", time.Second); err != nil {
			t.Errorf("healed: %v", err)
		}
		f.Cut("gm", "wessex")
		if err := call("/who", 3*time.Second); !errors.Is(err, link.ErrInterrupted) || link.Definite(err) {
			t.Errorf("over the open connection: %v", err)
		}
		f.HealAll()
		time.AfterFunc(time.Second, func() { f.Stop("wessex") })
		if err := call("/long", time.Minute); !errors.Is(err, link.ErrInterrupted) {
			t.Errorf("stopped meanwhile: %v", err)
		}
		if err := call("/who", time.Second); !errors.Is(err, link.ErrUnreachable) {
			t.Errorf("stopped: %v", err)
		}
	})
}

func TestCallWithoutDeadlineEnds(t *testing.T) {
	calling(t, func(t *testing.T, f *federationtest.Fabric, client *link.Client) {
		if _, err := client.Call(context.Background(), "wessex", "/who", nil); err != nil {
			t.Fatal(err)
		}
		f.Cut("gm", "wessex")
		began := time.Now()
		_, err := client.Call(context.Background(), "wessex", "/who", nil)
		if !errors.Is(err, link.ErrInterrupted) || time.Since(began) > time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
