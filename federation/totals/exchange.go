package totals

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Paths of the node calls that [Totals.ServeSummary] and [Totals.ServeVector]
// answer.
const (
	PathSummary = "/node/v1/summary"
	PathVector  = "/node/v1/vector"
)

const (
	vectorInterval = 60 * time.Second // +-20 %
	vectorTimeout  = 10 * time.Second
	maxVector      = 2048 // entries that one message may carry
	maxHeardHeads  = 64
	firstPeers     = 3 // asked when this node starts
)

// summaryRequest asks for one summary, unless it is the one that the caller
// has.
type summaryRequest struct {
	Region survey.Region `cbor:"1,keyasint"`
	Cycle  survey.Cycle  `cbor:"2,keyasint"`
	Have   Head          `cbor:"3,keyasint"`
}

// summaryResponse says what the answering node holds; Signed is left out if
// the caller has it. Found is false if it holds none.
type summaryResponse struct {
	Found  bool    `cbor:"1,keyasint"`
	Head   Head    `cbor:"2,keyasint"`
	Signed *Signed `cbor:"3,keyasint,omitempty"`
}

// vectorEntry is one summary that a node holds.
type vectorEntry struct {
	Region survey.Region `cbor:"1,keyasint"`
	Head   Head          `cbor:"2,keyasint"`
}

// vector is all that a node holds. Each side fetches by itself what it lacks.
type vector struct {
	Entries []vectorEntry `cbor:"1,keyasint"`
}

// Heard takes what a region says its newest heads are. direct says that the
// region itself said so at that time, over its own connection: then what this
// node holds is confirmed, or the newer summary is fetched. It does not block.
func (t *Totals) Heard(region survey.Region, heads []Head, at time.Time, direct bool) {
	if _, ok := t.member(region); !ok || region == t.options.Region {
		return
	}
	entries := make([]vectorEntry, 0, len(heads))
	for _, h := range heads[:min(len(heads), maxHeardHeads)] {
		entries = append(entries, vectorEntry{region, h})
	}
	source := region
	if !direct {
		source = ""
	}
	t.compare(source, entries, at)
}

// compare notes which of the entries this node lacks. What the source says of
// itself confirms what is held.
func (t *Totals) compare(source survey.Region, entries []vectorEntry, at time.Time) {
	known := t.known(entries)
	t.mu.Lock()
	back := source != "" && at.Sub(t.heard[source]) > currentFor
	if source != "" && at.After(t.heard[source]) {
		t.heard[source] = at
	}
	wanted := false
	for _, e := range entries {
		s := slot{e.Region, e.Head.Cycle}
		if !known[s] {
			continue
		}
		if e.Region == source {
			t.confirm(s, e.Head, at)
		}
		if t.ledger.lacks(s, e.Head) && !t.conflicts[conflict{s, e.Head.Hash}] {
			wanted = t.want(s, e.Head, source, back && e.Region == source) || wanted
		}
	}
	t.mu.Unlock()
	if wanted {
		signal(t.wake)
	}
}

// known returns the slots that may exist: of the roster's regions and of
// campaigns that the registry has. What peers invent takes no memory.
func (t *Totals) known(entries []vectorEntry) map[slot]bool {
	regions := make(map[survey.Region]bool)
	for _, m := range t.options.Facts.Members() {
		regions[m.Region] = m.State != survey.MemberRemoved
	}
	cycles := make(map[survey.Cycle]bool)
	for _, c := range t.options.Facts.Campaigns() {
		cycles[c.Cycle] = true
	}
	out := make(map[slot]bool, len(entries))
	for _, e := range entries {
		if regions[e.Region] && cycles[e.Head.Cycle] {
			out[slot{e.Region, e.Head.Cycle}] = true
		}
	}
	return out
}

// confirm notes that the owner said at that time that the head is its newest.
// The caller holds mu.
func (t *Totals) confirm(s slot, head Head, at time.Time) {
	h := t.ledger.slots[s]
	if h != nil && h.head() == head && at.After(h.confirmed) {
		h.confirmed = at
		t.options.Archive.Confirm(s.region, s.cycle, at)
	}
}

func (t *Totals) vector() vector {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := vector{Entries: make([]vectorEntry, 0, len(t.ledger.slots))}
	for s, h := range t.ledger.slots {
		v.Entries = append(v.Entries, vectorEntry{s.region, h.head()})
	}
	slices.SortFunc(v.Entries, func(a, b vectorEntry) int {
		return cmp.Or(-strings.Compare(string(a.Head.Cycle), string(b.Head.Cycle)), strings.Compare(string(a.Region), string(b.Region)))
	})
	v.Entries = v.Entries[:min(len(v.Entries), maxVector)]
	return v
}

// ServeVector answers another node's vector with this node's. What the other
// node has and this one lacks is fetched afterwards.
func (t *Totals) ServeVector(_ context.Context, peer survey.Region, request []byte) ([]byte, error) {
	theirs, err := decodeVector(request)
	if err != nil {
		return nil, err
	}
	t.compare(peer, theirs.Entries, time.Now())
	return encode(t.vector())
}

func decodeVector(data []byte) (vector, error) {
	var v vector
	if err := decode(data, &v); err != nil {
		return v, fmt.Errorf("%w: vector: %w", survey.ErrInvalid, err)
	}
	if len(v.Entries) > maxVector {
		return v, fmt.Errorf("%w: vector of %d entries", survey.ErrInvalid, len(v.Entries))
	}
	return v, nil
}

// ServeSummary answers which summary this node holds, with its bytes if the
// caller lacks them. Of its own region it answers with what may be released
// now.
func (t *Totals) ServeSummary(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var r summaryRequest
	if err := decode(request, &r); err != nil {
		return nil, fmt.Errorf("%w: summary request: %w", survey.ErrInvalid, err)
	}
	if r.Region == t.options.Region {
		if err := t.Publish(ctx); err != nil {
			t.log.Debug("could not publish before an answer", "error", err)
		}
	}
	t.mu.Lock()
	h := t.ledger.slots[slot{r.Region, r.Cycle}]
	t.mu.Unlock()
	if h == nil {
		return encode(summaryResponse{})
	}
	signed, err := t.face(h, peer)
	if err != nil {
		return nil, err
	}
	response := summaryResponse{Found: true, Head: h.head()}
	if r.Have != response.Head {
		response.Signed = &signed
	}
	return encode(response)
}

var errNotHeld = errors.New("the node holds no such summary")

// pull asks one node for one summary and takes it in. It returns the head that
// the node holds.
func (t *Totals) pull(ctx context.Context, from survey.Region, s slot) (Head, error) {
	t.mu.Lock()
	var have Head
	if h := t.ledger.slots[s]; h != nil {
		have = h.head()
	}
	t.mu.Unlock()
	request, err := encode(summaryRequest{Region: s.region, Cycle: s.cycle, Have: have})
	if err != nil {
		return Head{}, err
	}
	asked := time.Now()
	data, err := t.options.Call(ctx, from, PathSummary, request)
	if err != nil {
		return Head{}, err
	}
	var response summaryResponse
	if len(data) > MaxSummaryBytes+1024 {
		return Head{}, fmt.Errorf("%w: %d bytes", ErrBadSummary, len(data))
	}
	if err := decode(data, &response); err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrBadSummary, err)
	}
	head := response.Head
	if response.Found && response.Signed != nil {
		if head, err = t.take(ctx, s, *response.Signed, from); err != nil {
			return Head{}, err
		}
	}
	if from == s.region {
		t.mu.Lock()
		if asked.After(t.heard[from]) {
			t.heard[from] = asked
		}
		t.confirm(s, head, asked)
		t.mu.Unlock()
	}
	if !response.Found {
		return Head{}, errNotHeld
	}
	return head, nil
}

// exchangeVectors compares with one random node every minute: it finds what
// beacons did not carry.
func (t *Totals) exchangeVectors() {
	for t.rest(vectorInterval*4/5 + rand.N(vectorInterval*2/5)) {
		if peers := t.others(); len(peers) > 0 {
			if err := t.exchange(t.ctx, peers[0]); err != nil {
				t.log.Debug("no vector from a member", "peer", peers[0], "error", err)
			}
		}
	}
}

func (t *Totals) exchange(ctx context.Context, peer survey.Region) error {
	ctx, cancel := context.WithTimeout(ctx, vectorTimeout)
	defer cancel()
	request, err := encode(t.vector())
	if err != nil {
		return err
	}
	asked := time.Now()
	data, err := t.options.Call(ctx, peer, PathVector, request)
	if err != nil {
		return err
	}
	theirs, err := decodeVector(data)
	if err != nil {
		return err
	}
	t.compare(peer, theirs.Entries, asked)
	for _, e := range theirs.Entries {
		// Our own newer words must be known before we speak again.
		if e.Region == t.options.Region && t.lacks(slot{e.Region, e.Head.Cycle}, e.Head) {
			if _, err := t.pull(ctx, peer, slot{e.Region, e.Head.Cycle}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Totals) lacks(s slot, head Head) bool {
	if !t.known([]vectorEntry{{s.region, head}})[s] {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ledger.lacks(s, head)
}

// askForOwn exchanges vectors with a few nodes before the first summary is
// signed: a node that was restored from an old copy must not sign a version
// that it signed before.
func (t *Totals) askForOwn() { t.recall(t.ctx, true) }

// others returns the other members, the reachable ones if that is known, in
// random order.
func (t *Totals) others() []survey.Region {
	var out []survey.Region
	if t.options.Alive != nil {
		out = slices.Clone(t.options.Alive())
	}
	if len(out) == 0 {
		for _, m := range t.options.Facts.Members() {
			if m.State != survey.MemberRemoved {
				out = append(out, m.Region)
			}
		}
	}
	out = slices.DeleteFunc(out, func(r survey.Region) bool { return r == t.options.Region })
	rand.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}
