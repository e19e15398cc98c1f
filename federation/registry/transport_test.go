package registry

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestRequestsSpeakForTheirSender: raft believes what a request says about its
// sender, so the transport must not let it say anything else.
func TestRequestsSpeakForTheirSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		logger := slog.New(slog.DiscardHandler)
		generations := map[survey.Region]uint64{"sw": 2}
		here := newTransport(&port{f, "otv"}, "otv", 1, time.Second, func(r survey.Region) uint64 { return generations[r] }, logger)
		there := newTransport(&port{f, "sw"}, "sw", 1, time.Second, func(survey.Region) uint64 { return 0 }, logger)
		defer func() {
			for _, each := range []*transport{here, there} {
				each.Close()
				each.wait()
			}
		}()
		heartbeats := 0
		here.SetHeartbeatHandler(func(rpc raft.RPC) {
			heartbeats++
			rpc.Respond(&raft.AppendEntriesResponse{Success: true}, nil)
		})
		reached := 0
		done := make(chan struct{})
		defer close(done)
		go func() {
			for {
				select {
				case rpc := <-here.Consumer():
					reached++
					rpc.Respond(&raft.RequestVoteResponse{Granted: true}, nil)
				case <-done:
					return
				}
			}
		}()
		for _, c := range []struct {
			id, address string
			accepted    bool
		}{
			{"sw.2", "sw", true},
			{"sw.3", "sw", true}, // newer than our roster: news
			{"sw.1", "sw", false},
			{"wessex.1", "sw", false},
			{"wessex.1", "wessex", false},
			{"sw.2", "wessex", false},
			{"sw", "sw", false},
			{"sw.", "sw", false},
			{"", "", false},
		} {
			header := raft.RPCHeader{ProtocolVersion: 3, ID: []byte(c.id), Addr: []byte(c.address)}
			var vote raft.RequestVoteResponse
			err := there.RequestVote("otv.1", "otv", &raft.RequestVoteRequest{RPCHeader: header, Term: 9}, &vote)
			if (err == nil && vote.Granted) != c.accepted {
				t.Errorf("a vote asked for by %s at %s: granted %v, %v", c.id, c.address, vote.Granted, err)
			}
			var beat raft.AppendEntriesResponse
			err = there.AppendEntries("otv.1", "otv", &raft.AppendEntriesRequest{RPCHeader: header, Term: 9}, &beat)
			if (err == nil && beat.Success) != c.accepted {
				t.Errorf("a heartbeat of %s at %s: accepted %v, %v", c.id, c.address, beat.Success, err)
			}
		}
		if reached != 2 || heartbeats != 2 {
			t.Errorf("%d votes and %d heartbeats reached raft, want 2 and 2", reached, heartbeats)
		}
	})
}

// TestUnauthenticatedConnection: a connection without a peer is closed at once.
func TestUnauthenticatedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		here := newTransport(&port{f, "otv"}, "otv", 1, time.Second, func(survey.Region) uint64 { return 0 }, slog.New(slog.DiscardHandler))
		defer func() {
			here.Close()
			here.wait()
		}()
		for _, peer := range []survey.Region{"", "otv"} {
			conn, err := (&port{f, peer}).Dial(context.Background(), "otv", Protocol)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Errorf("a connection of %q was accepted", peer)
			}
			conn.Close()
		}
	})
}
