package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Changes follows the registry. ChangesSince returns the objects that changed
// after a number, in their present state, and the number up to which the list is
// complete. Watch returns a channel that is closed at the next change. Number is
// that of the last change.
type Changes interface {
	ChangesSince(number uint64, limit int) (changes []survey.Change, upTo uint64)
	Watch() <-chan struct{}
	Number() uint64
}

// SummaryHeads returns which summaries this node holds, in the order of cycles
// and regions. Watch returns a channel that is closed when that changes.
type SummaryHeads interface {
	NewestSummaries() []survey.SummaryHead
	Watch() <-chan struct{}
}

// Bounds of the streams of events.
const (
	maxStreams         = 64  // of one node, at the same time
	maxChanges         = 256 // read from the registry at a time
	heartbeatInterval  = 15 * time.Second
	statusInterval     = 2 * time.Second
	eventsWriteTimeout = 30 * time.Second
)

// Topics of the streams. Each event bears its topic's name.
const (
	topicClaims     = "claims"     // the registry's claims, organisations and campaigns
	topicTotals     = "totals"     // the summaries that this node holds
	topicFederation = "federation" // members, their health, leader and quorum
)

var eventsQuery = [][2]string{
	{"since", "Of the topic claims: begin after this number; the newest change if absent. " +
		"A reconnecting browser sends Last-Event-ID instead"},
	{"topics", "One or more of claims (each claim, organisation and campaign that changed, as it then is), " +
		"totals (each region's newest summary for a cycle that this node holds: ask for the totals again) and " +
		"federation (the federation's status when a member's standing or health, the leader or the quorum changed), " +
		"with commas between. claims if absent. totals and federation begin with how it is now"},
}

// eventHandlers serve the streams of events.
type eventHandlers struct {
	changes   Changes
	summaries SummaryHeads
	status    Status
	streams   chan struct{} // has one element for each open stream
}

// stream sends changes as server-sent events, named by their topics. Events of
// the topic claims have the number to go on from; the other topics begin with
// the present state, so a reader that was cut off misses nothing. An object that
// changed twice between two reads is sent once, in its later state.
//
// It ends when the reader goes away or takes nothing for eventsWriteTimeout.
// There is no queue that could overflow, because each stream reads the state
// itself.
func (h eventHandlers) stream(w http.ResponseWriter, r *http.Request) error {
	f, err := h.follow(r)
	if err != nil {
		return err
	}

	// A stream occupies the node for as long as its reader stays, so their number is bounded.
	select {
	case h.streams <- struct{}{}:
		defer func() { <-h.streams }()
	default:
		return newProblem(codeTooManyStreams, "")
	}

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold events back
	out := http.NewResponseController(w)
	// The status is sent with the first line, so an error from here on only ends the stream.
	greeting := ": what changed after " + strconv.FormatUint(f.since, 10) + "\nretry: 3000\n\n"
	if err := writeEvents(w, out, greeting); err != nil {
		return nil
	}

	heartbeat := time.NewTicker(heartbeatInterval)
	defer heartbeat.Stop()
	status := time.NewTicker(statusInterval)
	defer status.Stop()
	for {
		// The channels come before the read, so that no change between the two is missed.
		changed := f.watch()
		more, err := f.read()
		if err != nil {
			return err
		}
		if text := f.take(); text != "" {
			if err := writeEvents(w, out, text); err != nil {
				return nil
			}
		}
		if more {
			// One read takes maxChanges at most.
			continue
		}

		select {
		case <-changed.claims:
		case <-changed.totals:
		case <-status.C:
		case <-heartbeat.C:
			// A comment line lets both ends notice a dead connection.
			if err := writeEvents(w, out, ": "+strconv.FormatUint(f.since, 10)+"\n\n"); err != nil {
				return nil
			}
		case <-r.Context().Done():
			return nil
		}
	}
}

func writeEvents(w http.ResponseWriter, out *http.ResponseController, text string) error {
	// Connections of tests have no deadlines.
	deadline := time.Now().Add(eventsWriteTimeout)
	if err := out.SetWriteDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return out.Flush()
}

// follower is one reader of a stream and the state that it was sent.
type follower struct {
	eventHandlers
	topics []string
	since  uint64 // of claims
	sent   map[summaryKey]survey.SummaryHead
	// sentStatus is the federation's status without the fields that change all
	// the time.
	sentStatus string
	text       bytes.Buffer
}

type summaryKey struct {
	region survey.Region
	cycle  survey.Cycle
}

// follow reads the topics and the number to begin after from the request.
func (h eventHandlers) follow(r *http.Request) (*follower, error) {
	f := &follower{eventHandlers: h, sent: map[summaryKey]survey.SummaryHead{}}
	for topic := range strings.SplitSeq(r.URL.Query().Get("topics"), ",") {
		switch topic {
		case "":
		case topicClaims, topicTotals, topicFederation:
			f.topics = append(f.topics, topic)
		default:
			topics := []string{topicClaims, topicTotals, topicFederation}
			return nil, invalidField("query.topics", "the topics are "+strings.Join(topics, ", "))
		}
	}
	if len(f.topics) == 0 {
		f.topics = []string{topicClaims}
	}

	// A browser that reconnects sends the last number that it got.
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	if text == "" {
		f.since = h.changes.Number()
		return f, nil
	}

	since, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return nil, invalidField("query.since", "write the number of a change, digits only")
	}
	f.since = since
	return f, nil
}

func (f *follower) wants(topic string) bool { return slices.Contains(f.topics, topic) }

// watch returns the channels to wait for, nil for a topic that the reader did
// not ask for.
func (f *follower) watch() (c struct{ claims, totals <-chan struct{} }) {
	if f.wants(topicClaims) {
		c.claims = f.changes.Watch()
	}
	if f.wants(topicTotals) {
		c.totals = f.summaries.Watch()
	}
	return c
}

// read writes events of all changes that the reader does not know yet. More
// says that there are further changes to read at once.
func (f *follower) read() (more bool, err error) {
	if f.wants(topicClaims) {
		if more, err = f.readClaims(); err != nil {
			return false, err
		}
	}
	if f.wants(topicTotals) {
		if err := f.readTotals(); err != nil {
			return false, err
		}
	}
	if f.wants(topicFederation) {
		err = f.readFederation()
	}
	return more, err
}

// take returns the events that were written, and forgets them.
func (f *follower) take() string {
	text := f.text.String()
	f.text.Reset()
	return text
}

// readClaims writes the registry's changes. An event's id is the number to go
// on from. Only the last change of a number has the number itself, so that a
// reader that is cut off before it misses none.
func (f *follower) readClaims() (more bool, err error) {
	changes, upTo := f.changes.ChangesSince(f.since, maxChanges)
	for i, change := range changes {
		text, err := json.Marshal(change)
		if err != nil {
			return false, err
		}
		id := change.Number
		if i+1 < len(changes) && changes[i+1].Number == id {
			// The same number has more events to come.
			id--
		}
		if i == len(changes)-1 {
			// Numbers without an event lie between, and need not be read again.
			id = max(id, upTo)
		}
		fmt.Fprintf(&f.text, "id: %d\nevent: %s\ndata: %s\n\n", id, topicClaims, text)
	}
	f.since = upTo
	return len(changes) >= maxChanges, nil
}

func (f *follower) readTotals() error {
	for _, head := range f.summaries.NewestSummaries() {
		key := summaryKey{head.Region, head.Cycle}
		if f.sent[key] == head {
			continue
		}
		f.sent[key] = head
		if err := f.write(topicTotals, head); err != nil {
			return err
		}
	}
	return nil
}

// readFederation writes the whole status when anything of it changed except the
// times at which the nodes were last heard and their lag.
func (f *follower) readFederation() error {
	status := f.status.FederationStatus()
	// These fields change all the time; a change of them alone is not sent.
	still := status
	still.Regions = slices.Clone(status.Regions)
	for i := range still.Regions {
		still.Regions[i].LastHeard, still.Regions[i].Lag = time.Time{}, 0
	}

	text, err := json.Marshal(still)
	if err != nil || string(text) == f.sentStatus {
		return err
	}
	f.sentStatus = string(text)
	return f.write(topicFederation, status)
}

func (f *follower) write(topic string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	fmt.Fprintf(&f.text, "event: %s\ndata: %s\n\n", topic, text)
	return nil
}
