package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// SummaryWatcher says which summaries this node holds, in the order of cycles
// and regions, and returns a channel that is closed when that changes.
type SummaryWatcher interface {
	NewestSummaries() []survey.SummaryHead
	Watch() <-chan struct{}
}

// listener is one reader of a stream and what it was told.
type listener struct {
	s         *server
	topics    []string
	since     uint64 // of claims
	summaries map[summaryOf]survey.SummaryHead
	status    string // the federation's, without what changes all the time
	text      bytes.Buffer
}

type summaryOf struct {
	region survey.Region
	cycle  survey.Cycle
}

// listen reads what the reader asks for.
func (s *server) listen(r *http.Request) (*listener, error) {
	l := &listener{s: s, summaries: map[summaryOf]survey.SummaryHead{}}
	for topic := range strings.SplitSeq(r.URL.Query().Get("topics"), ",") {
		switch topic {
		case "":
		case topicClaims, topicTotals, topicFederation:
			l.topics = append(l.topics, topic)
		default:
			return nil, invalidField("query.topics", "the topics are "+strings.Join([]string{topicClaims, topicTotals, topicFederation}, ", "))
		}
	}
	if len(l.topics) == 0 {
		l.topics = []string{topicClaims}
	}
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	if text == "" {
		l.since = s.registry.Number()
		return l, nil
	}
	since, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return nil, invalidField("query.since", "write the number of a change, digits only")
	}
	l.since = since
	return l, nil
}

func (l *listener) wants(topic string) bool { return slices.Contains(l.topics, topic) }

// changes are what to wait for, to be asked for before the news: nil for a topic
// that nobody wants.
func (l *listener) changes() (c struct{ claims, totals <-chan struct{} }) {
	if l.wants(topicClaims) {
		c.claims = l.s.registry.Watch()
	}
	if l.wants(topicTotals) {
		c.totals = l.s.totals.Watch()
	}
	return c
}

// news writes down what the reader does not know yet. more says that there is
// more to tell at once.
func (l *listener) news() (more bool, err error) {
	if l.wants(topicClaims) {
		if more, err = l.claims(); err != nil {
			return false, err
		}
	}
	if l.wants(topicTotals) {
		if err := l.totals(); err != nil {
			return false, err
		}
	}
	if l.wants(topicFederation) {
		err = l.federation()
	}
	return more, err
}

// take returns what was written down.
func (l *listener) take() string {
	text := l.text.String()
	l.text.Reset()
	return text
}

// claims tells the registry's changes with the number to go on from: that of
// each but the last of its number, so that a reader that is cut off misses none.
func (l *listener) claims() (more bool, err error) {
	changes, upTo := l.s.registry.ChangesSince(l.since, eventsAtOnce)
	for i, change := range changes {
		text, err := json.Marshal(change)
		if err != nil {
			return false, err
		}
		id := change.Number
		if i+1 < len(changes) && changes[i+1].Number == id {
			id-- // the same number has more to tell
		}
		if i == len(changes)-1 {
			id = max(id, upTo)
		}
		fmt.Fprintf(&l.text, "id: %d\nevent: %s\ndata: %s\n\n", id, topicClaims, text)
	}
	l.since = upTo
	return len(changes) >= eventsAtOnce, nil
}

func (l *listener) totals() error {
	for _, head := range l.s.totals.NewestSummaries() {
		of := summaryOf{head.Region, head.Cycle}
		if l.summaries[of] == head {
			continue
		}
		l.summaries[of] = head
		if err := l.event(topicTotals, head); err != nil {
			return err
		}
	}
	return nil
}

// federation tells the whole status when anything of it changed but when each
// node was last heard and how far it lags behind.
func (l *listener) federation() error {
	status := l.s.federation.FederationStatus()
	still := status
	still.Regions = slices.Clone(status.Regions)
	for i := range still.Regions {
		still.Regions[i].LastHeard, still.Regions[i].Lag = time.Time{}, 0
	}
	text, err := json.Marshal(still)
	if err != nil || string(text) == l.status {
		return err
	}
	l.status = string(text)
	return l.event(topicFederation, status)
}

func (l *listener) event(topic string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	fmt.Fprintf(&l.text, "event: %s\ndata: %s\n\n", topic, text)
	return nil
}
