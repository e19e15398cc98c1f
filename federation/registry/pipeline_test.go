package registry

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// Nobody takes the answers of a pipeline any more: its sender must not wait for
// ever, or raft can neither go on to that follower nor be shut down.
func TestAPipelineWithoutAReaderEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		logger := slog.New(slog.DiscardHandler)
		unknown := func(survey.Region) uint64 { return 0 }
		here := newTransport(&port{f, "otv"}, "otv", 1, time.Second, unknown, logger)
		there := newTransport(&port{f, "sw"}, "sw", 1, time.Second, unknown, logger)
		defer func() {
			for _, each := range []*transport{here, there} {
				each.Close()
				each.wait()
			}
		}()
		done := make(chan struct{})
		defer close(done)
		go func() {
			for {
				select {
				case rpc := <-there.Consumer():
					rpc.Respond(&raft.AppendEntriesResponse{Success: true}, nil)
				case <-done:
					return
				}
			}
		}()
		p, err := here.AppendEntriesPipeline("sw.1", "sw")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 10 {
			request := &raft.AppendEntriesRequest{RPCHeader: raft.RPCHeader{ID: []byte("otv.1"), Addr: []byte("otv")}}
			if _, err = p.AppendEntries(request, new(raft.AppendEntriesResponse)); err != nil {
				break
			}
		}
		if !errors.Is(err, raft.ErrPipelineShutdown) || time.Since(began) > 2*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}
