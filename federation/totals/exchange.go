package totals

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/notifier"
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
	maxEnvelope    = 1024 // bytes around the summary in a response
)

// summaryRequest asks for one summary, unless it is the one that the caller
// has.
type summaryRequest struct {
	Region survey.Region `cbor:"1,keyasint"`
	Cycle  survey.Cycle  `cbor:"2,keyasint"`
	Have   Head          `cbor:"3,keyasint"`
}

// summaryResponse names the summary that the answering node holds. Signed is left
// out if the caller has it. Found is false if the node holds none.
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

// vector lists all summaries that a node holds. Each side fetches by itself those
// that it lacks.
type vector struct {
	Entries []vectorEntry `cbor:"1,keyasint"`
}

// exchange tells other nodes which summaries this one holds, and learns theirs.
type exchange struct {
	life      context.Context
	roster    roster
	key       *identity.Key
	faults    Faults
	call      func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error)
	publish   func(ctx context.Context) error
	log       *slog.Logger
	summaries *heldSummaries
	contacts  *contacts
	evidence  *evidence
	ingest    *ingest
	fetcher   *fetcher
}

// Heard notes the newest heads of a region. direct says that the region itself
// named them at that time, over its own connection: then the held summary is
// confirmed, or the newer one is fetched. It does not block.
func (x *exchange) Heard(region survey.Region, heads []Head, at time.Time, direct bool) {
	if _, ok := x.roster.member(region); !ok || region == x.roster.self {
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
	x.compare(source, entries, at)
}

// compare has the entries fetched that this node lacks. An entry of the source
// about itself confirms the held summary. source is empty if it is not known who
// sent the entries.
func (x *exchange) compare(source survey.Region, entries []vectorEntry, at time.Time) {
	known := x.known(entries)
	back := source != "" && at.Sub(x.contacts.note(source, at)) > currentFor

	for _, e := range entries {
		s := slot{e.Region, e.Head.Cycle}
		if !known[s] {
			continue
		}
		// Only the owner can say which summary is its newest.
		if e.Region == source {
			x.summaries.confirm(s, e.Head, at)
		}
		// Both sides of a known conflict are held: there is nothing to fetch.
		if x.summaries.lacks(s, e.Head) && !x.evidence.known(s, e.Head.Hash) {
			x.fetcher.want(s, e.Head, source, back && e.Region == source)
		}
	}
}

// known returns the slots that may exist: of the roster's regions and of
// campaigns that the registry has. Slots that peers invent take no memory.
func (x *exchange) known(entries []vectorEntry) map[slot]bool {
	regions := make(map[survey.Region]bool)
	for _, m := range x.roster.registry.Members() {
		regions[m.Region] = m.State != survey.MemberRemoved
	}
	cycles := make(map[survey.Cycle]bool)
	for _, c := range x.roster.registry.Campaigns() {
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

// ServeVector answers another node's vector with this node's. Summaries that the
// other node has and this one lacks are fetched afterwards.
func (x *exchange) ServeVector(_ context.Context, peer survey.Region, request []byte) ([]byte, error) {
	theirs, err := decodeVector(request)
	if err != nil {
		return nil, err
	}
	x.compare(peer, theirs.Entries, time.Now())
	return encode(x.summaries.vector())
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

// ServeSummary answers with the summary that this node holds, with its bytes if
// the caller lacks them. For its own region it first publishes all that may be
// released now.
func (x *exchange) ServeSummary(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var r summaryRequest
	if err := decode(request, &r); err != nil {
		return nil, fmt.Errorf("%w: summary request: %w", survey.ErrInvalid, err)
	}
	if r.Region == x.roster.self {
		if err := x.publish(ctx); err != nil {
			x.log.Debug("could not publish before an answer", "error", err)
		}
	}

	h := x.summaries.get(slot{r.Region, r.Cycle})
	if h == nil {
		return encode(summaryResponse{})
	}
	signed := h.signed
	if r.Region == x.roster.self {
		var err error
		if signed, err = x.faults.shown(x.key, peer, h); err != nil {
			return nil, err
		}
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
func (x *exchange) pull(ctx context.Context, from survey.Region, s slot) (Head, error) {
	asked := time.Now()
	response, err := x.ask(ctx, from, s)
	if err != nil {
		return Head{}, err
	}

	head := response.Head
	if response.Found && response.Signed != nil {
		if head, err = x.ingest.accept(ctx, s, *response.Signed, from); err != nil {
			return Head{}, err
		}
	}

	// The owner itself says that this is its newest.
	if from == s.region {
		x.contacts.note(from, asked)
		x.summaries.confirm(s, head, asked)
	}
	if !response.Found {
		return Head{}, errNotHeld
	}
	return head, nil
}

// ask sends one node a request for one summary.
func (x *exchange) ask(ctx context.Context, from survey.Region, s slot) (response summaryResponse, err error) {
	var have Head
	if h := x.summaries.get(s); h != nil {
		have = h.head()
	}
	request, err := encode(summaryRequest{Region: s.region, Cycle: s.cycle, Have: have})
	if err != nil {
		return response, err
	}
	data, err := x.call(ctx, from, PathSummary, request)
	if err != nil {
		return response, err
	}

	if len(data) > MaxSummaryBytes+maxEnvelope {
		return response, fmt.Errorf("%w: %d bytes", ErrBadSummary, len(data))
	}
	if err := decode(data, &response); err != nil {
		return response, fmt.Errorf("%w: %w", ErrBadSummary, err)
	}
	return response, nil
}

// run compares with one random node every minute, which finds summaries that no
// beacon named. It returns when Close is called.
func (x *exchange) run() {
	for notifier.Pause(x.life, vectorInterval*4/5+rand.N(vectorInterval*2/5)) {
		if peers := x.roster.reachable(); len(peers) > 0 {
			if err := x.with(x.life, peers[0]); err != nil {
				x.log.Debug("no vector from a member", "peer", peers[0], "error", err)
			}
		}
	}
}

// with exchanges vectors with one peer. Newer summaries of this node's own region
// are held when it returns, because it must know them before it signs again.
func (x *exchange) with(ctx context.Context, peer survey.Region) error {
	ctx, cancel := context.WithTimeout(ctx, vectorTimeout)
	defer cancel()
	request, err := encode(x.summaries.vector())
	if err != nil {
		return err
	}

	asked := time.Now()
	data, err := x.call(ctx, peer, PathVector, request)
	if err != nil {
		return err
	}
	theirs, err := decodeVector(data)
	if err != nil {
		return err
	}
	x.compare(peer, theirs.Entries, asked)

	// The next signature must have a higher number than these.
	for _, e := range theirs.Entries {
		s := slot{e.Region, e.Head.Cycle}
		if e.Region != x.roster.self || !x.known([]vectorEntry{e})[s] || !x.summaries.lacks(s, e.Head) {
			continue
		}
		if _, err := x.pull(ctx, peer, s); err != nil {
			return err
		}
	}
	return nil
}
