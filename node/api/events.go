package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of the streams of changes.
const (
	maxListeners   = 64               // of one node, at the same time
	eventsAtOnce   = 256              // changes read from the registry at a time
	heartbeat      = 15 * time.Second // a line without meaning, so that dead connections are noticed
	federationLook = 2 * time.Second  // how often the members' health is looked at
	eventsPatience = 30 * time.Second // a reader that takes nothing for so long is dropped
)

// Topics of the streams. Each event bears its topic's name.
const (
	topicClaims     = "claims"     // the registry's claims, organisations and campaigns
	topicTotals     = "totals"     // which summaries this node holds
	topicFederation = "federation" // members, their health, leader and quorum
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
	{"since", "Of the topic claims: begin after this number; the newest change if absent. A reconnecting browser sends Last-Event-ID instead"},
	{"topics", "One or more of claims (each claim, organisation and campaign that changed, as it then is), totals (each region's newest summary for a cycle " +
		"that this node holds: ask for the totals again) and federation (the federation's status when a member's standing or health, the leader or the quorum changed), with commas between. " +
		"claims if absent. totals and federation begin with how it is now"},
}

// streamEvents tells what changes as server-sent events, named by their topics.
// Those of claims bear the number to go on from; the other topics begin with how
// it is now, so a reader that was cut off misses nothing. What changed twice
// between two looks is told once, as it stands then. It ends when the reader
// goes away or takes nothing for 30 s; there is no queue to overflow, because
// each reader asks the rooms itself.
func (s *server) streamEvents(w http.ResponseWriter, r *http.Request) error {
	l, err := s.listen(r)
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
	if err := writeEvents(w, out, ": what changed after "+strconv.FormatUint(l.since, 10)+"\nretry: 3000\n\n"); err != nil {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	look := time.NewTicker(federationLook)
	defer look.Stop()
	for {
		changed := l.changes()
		more, err := l.news()
		if err != nil {
			return err
		}
		if text := l.take(); text != "" {
			if err := writeEvents(w, out, text); err != nil {
				return nil // the reader is gone
			}
		}
		if more {
			continue
		}
		select {
		case <-changed.claims:
		case <-changed.totals:
		case <-look.C:
		case <-beat.C:
			if err := writeEvents(w, out, ": "+strconv.FormatUint(l.since, 10)+"\n\n"); err != nil {
				return nil
			}
		case <-r.Context().Done():
			return nil
		}
	}
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
