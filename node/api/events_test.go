package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// told is one event as a reader sees it.
type told struct{ id, topic, data string }

// reader reads a stream of events, one after the other.
type reader struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (r *reader) next() told {
	r.t.Helper()
	var e told
	for r.lines.Scan() {
		key, value, _ := strings.Cut(r.lines.Text(), ": ")
		switch key {
		case "id":
			e.id = value
		case "event":
			e.topic = value
		case "data":
			e.data = value
			return e
		}
	}
	r.t.Fatalf("the stream ended: %v", r.lines.Err())
	return e
}

// on opens the stream of the topics at a node with these rooms, in a bubble.
func on(t *testing.T, registry *fakeRegistry, rooms *fakeRooms, query string) *reader {
	t.Helper()
	here, there := net.Pipe()
	listener := &oneConnection{conn: here, done: make(chan struct{})}
	server := &http.Server{Handler: open(t, registry, rooms)}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		_ = there.Close()
	})
	request := httptest.NewRequestWithContext(t.Context(), "GET", "http://node"+api.Prefix+"/events"+query, nil)
	request.Header.Set("Authorization", "Bearer viewer")
	go func() { _ = request.Write(there) }()
	response, err := http.ReadResponse(bufio.NewReader(there), request)
	if err != nil || response.StatusCode != 200 {
		t.Fatalf("%+v, %v", response, err)
	}
	return &reader{t: t, lines: bufio.NewScanner(response.Body)}
}

// oneConnection is a listener that has one connection to give.
type oneConnection struct {
	conn net.Conn
	done chan struct{}
	gave atomic.Bool
	once sync.Once
}

func (o *oneConnection) Accept() (net.Conn, error) {
	if o.gave.CompareAndSwap(false, true) {
		return o.conn, nil
	}
	<-o.done
	return nil, io.EOF
}

func (o *oneConnection) Close() error {
	o.once.Do(func() { close(o.done) })
	return nil
}

func (o *oneConnection) Addr() net.Addr { return &net.TCPAddr{} }

// TestTotalsEvents: first what the node holds, then each summary that is newer.
func TestTotalsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var newest atomic.Uint64
		var news atomic.Pointer[chan struct{}]
		tell := func(sequence uint64) {
			newest.Store(sequence)
			next := make(chan struct{})
			if before := news.Swap(&next); before != nil {
				close(*before)
			}
		}
		tell(4)
		rooms := &fakeRooms{
			HeadsFn: func() []survey.SummaryHead {
				return []survey.SummaryHead{{Region: "otv", Cycle: "2022-23", Incarnation: 1, Sequence: newest.Load()}, {Region: "sw", Cycle: "2022-23", Incarnation: 1, Sequence: 9}}
			},
			WatchFn: func() <-chan struct{} { return *news.Load() },
		}
		r := on(t, &fakeRegistry{}, rooms, "?topics=totals")
		for _, want := range []struct {
			region   survey.Region
			sequence uint64
		}{{"otv", 4}, {"sw", 9}, {"otv", 5}, {"otv", 7}} {
			if want.sequence == 5 || want.sequence == 7 {
				synctest.Wait()
				tell(want.sequence)
			}
			e := r.next()
			var head survey.SummaryHead
			if err := json.Unmarshal([]byte(e.data), &head); err != nil || e.topic != "totals" || e.id != "" || head.Region != want.region || head.Sequence != want.sequence {
				t.Errorf("%+v, %v, want %+v", e, err, want)
			}
		}
	})
}

// TestFederationEvents: what changes all the time is no event; a leader is.
func TestFederationEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var leader atomic.Value
		leader.Store(survey.Region("otv"))
		rooms := &fakeRooms{NationFn: func() survey.FederationStatus {
			return survey.FederationStatus{Leader: leader.Load().(survey.Region), Regions: []survey.RegionStatus{{Region: "otv", Health: "alive", LastHeard: time.Now(), Lag: uint64(time.Now().Unix())}}}
		}}
		r := on(t, &fakeRegistry{}, rooms, "?topics=claims,federation&since=0")
		began := time.Now()
		for _, want := range []survey.Region{"otv", "", "sw"} {
			if want != "otv" {
				time.Sleep(10 * time.Second)
				leader.Store(want)
			}
			e := r.next()
			for e.topic != "federation" {
				e = r.next()
			}
			var status survey.FederationStatus
			if err := json.Unmarshal([]byte(e.data), &status); err != nil || status.Leader != want {
				t.Errorf("%+v, %v, want %q", e, err, want)
			}
		}
		if took := time.Since(began); took < 20*time.Second || took > 25*time.Second {
			t.Errorf("told after %s", took)
		}
	})
}

// TestASlowReaderIsDropped: what nobody takes for 30 s ends the stream, and
// nothing piles up meanwhile.
func TestASlowReaderIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		rooms := &fakeRooms{NationFn: func() survey.FederationStatus {
			looks.Add(1)
			return survey.FederationStatus{FederationID: time.Now().String() + strings.Repeat("x", 32<<10)} // another one at each look
		}}
		r := on(t, &fakeRegistry{}, rooms, "?topics=federation")
		r.next()
		time.Sleep(time.Minute)
		seen := looks.Load()
		time.Sleep(time.Minute)
		if more := looks.Load() - seen; more != 0 || seen > 20 {
			t.Errorf("looked %d times while nobody read, then %d times", seen, more)
		}
		for r.lines.Scan() { // what was under way: it ends
		}
	})
}
