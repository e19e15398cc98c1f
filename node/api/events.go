package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the streams of changes.
const (
	maxListeners   = 64               // of one node, at the same time
	eventsAtOnce   = 256              // changes read from the registry at a time
	heartbeat      = 15 * time.Second // a line without meaning, so that dead connections are noticed
	eventsPatience = 30 * time.Second // a reader that takes nothing for so long is dropped
	changeEvent    = "claims"         // the topic of the registry's changes
)

// ChangeReader follows the registry: what changed after a number, as it stands
// now, up to which number that is whole, and a channel that is closed at the
// next change.
type ChangeReader interface {
	ChangesSince(number uint64, limit int) (changes []survey.Change, upTo uint64)
	Watch() <-chan struct{}
	Number() uint64
}

var eventsQuery = [][2]string{
	{"since", "Begin after this number; the newest change if absent. A reconnecting browser sends Last-Event-ID instead"},
	{"topics", "claims, the registry's claims, organisations and campaigns: the only topic so far"},
}

// streamEvents tells the registry's changes as they are applied here, as
// server-sent events: the id is the number to go on from. What changed twice
// between two looks is told once, as it stands then. It ends when the reader
// goes away or takes nothing for 30 s; there is no queue to overflow, because
// each reader asks the registry itself.
func (s *server) streamEvents(w http.ResponseWriter, r *http.Request) error {
	since, err := s.eventsSince(r)
	if err != nil {
		return err
	}
	select {
	case s.listeners <- struct{}{}:
		defer func() { <-s.listeners }()
	default:
		return newProblem(codeTooManyStreams, "")
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold events back
	out := http.NewResponseController(w)
	if err := writeEvents(w, out, ": the registry's changes after "+strconv.FormatUint(since, 10)+"\nretry: 3000\n\n"); err != nil {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		changed := s.registry.Watch()
		changes, upTo := s.registry.ChangesSince(since, eventsAtOnce)
		text, err := eventsText(changes, upTo)
		if err != nil {
			return err
		}
		if len(changes) > 0 {
			if err := writeEvents(w, out, text); err != nil {
				return nil // the reader is gone
			}
		}
		since = upTo
		if len(changes) == eventsAtOnce {
			continue
		}
		select {
		case <-changed:
		case <-beat.C:
			if err := writeEvents(w, out, ": "+strconv.FormatUint(since, 10)+"\n\n"); err != nil {
				return nil
			}
		case <-r.Context().Done():
			return nil
		}
	}
}

func (s *server) eventsSince(r *http.Request) (uint64, error) {
	for topic := range strings.SplitSeq(r.URL.Query().Get("topics"), ",") {
		if topic != "" && topic != changeEvent {
			return 0, invalidField("query.topics", "the only topic is "+changeEvent)
		}
	}
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	if text == "" {
		return s.registry.Number(), nil
	}
	since, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, invalidField("query.since", "write the number of a change, digits only")
	}
	return since, nil
}

// eventsText writes the changes with the number to go on from: that of each but
// the last of its number, so that a reader that is cut off misses none.
func eventsText(changes []survey.Change, upTo uint64) (string, error) {
	var b bytes.Buffer
	for i, change := range changes {
		text, err := json.Marshal(change)
		if err != nil {
			return "", err
		}
		id := change.Number
		if i+1 < len(changes) && changes[i+1].Number == id {
			id-- // the same number has more to tell
		}
		if i == len(changes)-1 {
			id = max(id, upTo)
		}
		fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", id, changeEvent, text)
	}
	return b.String(), nil
}

func writeEvents(w http.ResponseWriter, out *http.ResponseController, text string) error {
	// Not every connection has deadlines; those of tests have none.
	if err := out.SetWriteDeadline(time.Now().Add(eventsPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return out.Flush()
}
