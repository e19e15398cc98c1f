package totals

import (
	"bytes"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// held is one verified summary in memory.
type held struct {
	summary   Summary
	signed    Signed
	hash      [32]byte
	withholds bool // something of the region's figures is not in it
	// breaksDown: the breakdowns are in it, as far as they may leave. While a
	// campaign is open they may not.
	breaksDown bool
	matches    bool      // it has figures of companies that answered in the cycle before too
	confirmed  time.Time // when the owner itself last said that this is its newest
}

func hold(s Summary, signed Signed) *held {
	h := &held{summary: s, signed: signed, hash: signed.Hash(), withholds: s.AnswersReleased < s.AnswersIn}
	some := false
	for _, c := range s.Cells {
		some = some || c.Contributors > 0 || c.Flag.Withheld()
		h.breaksDown = h.breaksDown || slices.Contains(survey.Dimensions(), c.Dimension)
		h.matches = h.matches || c.Dimension == survey.ByPanel && c.Key == survey.PanelBefore
		h.withholds = h.withholds || c.Flag.Withheld()
	}
	h.breaksDown = h.breaksDown || !some || s.Status == SummaryFinal
	return h
}

func (h *held) slot() slot { return slot{h.summary.Region, h.summary.Cycle} }

func (h *held) head() Head {
	return Head{Cycle: h.summary.Cycle, Incarnation: h.summary.Incarnation, Sequence: h.summary.Sequence, Hash: [8]byte(h.hash[:8])}
}

// verdict is what offering a summary to the ledger comes to.
type verdict int

const (
	verdictKnown    verdict = iota // held already, or older than what is held
	verdictNewer                   // to be held from now on
	verdictConflict                // the held version again with other bytes: the region signed twice
)

// judge compares a summary with what is held for its region and cycle. If they
// conflict, smaller says that the offered bytes are the ones that every node
// keeps, whichever it saw first.
func judge(current, offered *held) (v verdict, smaller bool) {
	if current == nil {
		return verdictNewer, false
	}
	switch order := offered.head().compare(current.head()); {
	case order > 0:
		return verdictNewer, false
	case order < 0 || offered.hash == current.hash:
		return verdictKnown, false
	}
	return verdictConflict, bytes.Compare(offered.signed.Bytes, current.signed.Bytes) < 0
}

// ledger holds the newest summary of every region for every cycle: one
// register for each, that only grows. Merging is the same in any order and
// however often a summary comes.
type ledger struct {
	slots   map[slot]*held
	changes uint64 // counts what was replaced, for whoever caches what it read
	news    news
}

func newLedger() *ledger { return &ledger{slots: make(map[slot]*held)} }

// merge takes the summary in if it is newer, or if it is the smaller of two
// that conflict.
func (l *ledger) merge(offered *held) verdict {
	v, smaller := judge(l.slots[offered.slot()], offered)
	if v == verdictNewer || smaller {
		l.slots[offered.slot()] = offered
		l.changes++
		l.news.tell()
	}
	return v
}

// lacks reports whether the version is not held: newer, or the held version
// with other bytes.
func (l *ledger) lacks(s slot, head Head) bool {
	current := l.slots[s]
	if current == nil {
		return true
	}
	order := head.compare(current.head())
	return order > 0 || order == 0 && head.Hash != current.head().Hash
}

// of returns what is held of the regions for the cycle, nil where nothing is.
func (l *ledger) of(cycle survey.Cycle, regions []survey.Region) []*held {
	out := make([]*held, len(regions))
	for i, region := range regions {
		out[i] = l.slots[slot{region, cycle}]
	}
	return out
}
