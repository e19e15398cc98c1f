package totals

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// slot is the place of one summary: one for each region and cycle.
type slot struct {
	region survey.Region
	cycle  survey.Cycle
}

// Head names one version of a region's summary of one cycle. Hash begins the
// SHA-256 of its signed bytes.
type Head struct {
	Cycle       survey.Cycle `cbor:"1,keyasint"`
	Incarnation uint64       `cbor:"2,keyasint"`
	Sequence    uint64       `cbor:"3,keyasint"`
	Hash        [8]byte      `cbor:"4,keyasint"`
}

// compare orders versions: incarnation first, then sequence. It returns 0 for
// the same version, whatever the hashes say.
func (h Head) compare(o Head) int {
	return cmp.Or(cmp.Compare(h.Incarnation, o.Incarnation), cmp.Compare(h.Sequence, o.Sequence))
}

// held is one verified summary in memory.
type held struct {
	summary   Summary
	signed    Signed
	hash      [32]byte
	withholds bool // the region has more figures than are in it
	// breaksDown says that the breakdowns are in it, as far as they may leave.
	// They may not while a campaign is open.
	breaksDown bool
	matches    bool // it has figures of companies that also answered in the cycle before
	// confirmed is when the owner itself last said that this is its newest. The
	// mutex of [heldSummaries] guards it.
	confirmed time.Time
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
	return Head{Cycle: h.summary.Cycle, Incarnation: h.summary.Incarnation, Sequence: h.summary.Sequence,
		Hash: [8]byte(h.hash[:8])}
}

func (h *held) version() summaries.Version {
	return summaries.Version{Incarnation: h.summary.Incarnation, Sequence: h.summary.Sequence}
}

// verdict is the result of comparing an offered summary with the held one.
type verdict int

const (
	verdictKnown    verdict = iota // held already, or older than the held one
	verdictNewer                   // to be held from now on
	verdictConflict                // the held version again with other bytes: the region signed twice
)

// judge compares a summary with the one that is held for its region and cycle. If
// they conflict, smaller says that the offered bytes are the ones that every node
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
