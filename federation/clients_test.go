package federation_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of one operation: how long a client waits, and how often it asks again
// under the same request id when it does not know what came of it.
const (
	askTimeout = 12 * time.Second
	askedAgain = 4
)

// family are the companies of one partition of the history: one, or two of
// which the second may be merged into the first.
type family []survey.Identifier

// history collects what the clients saw. Unknown outcomes may take effect at
// any later time.
type history struct {
	mu         sync.Mutex
	operations []porcupine.Operation
}

func (h *history) add(client int, in question, out reply, called, returned time.Time) {
	if out.nothing {
		return
	}
	o := porcupine.Operation{ClientId: client, Input: in, Call: called.UnixNano(), Output: out, Return: returned.UnixNano()}
	if out.unknown {
		o.Return = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.operations = append(h.operations, o)
}

// seat is where a client finds its node's registry; it is empty while the node
// is down.
type seat chan *registry.Registry

// clients are one at each node. They work on the families of the present round.
type clients struct {
	seen  history
	seats map[survey.Region]seat
	names []survey.Region
	work  []family
	round atomic.Int64
	merge atomic.Bool // the next client that sees both companies of the round's first family claimed merges them
	done  chan struct{}
	over  sync.WaitGroup
}

// client is one of them.
type client struct {
	of     *clients
	number int
	region survey.Region
	random *rand.Rand
	tokens map[survey.Identifier]uint64 // as a page that was opened earlier shows them
	asked  []func(context.Context, *registry.Registry) error
}

func (c *clients) start(seed uint64) {
	for i, region := range c.names {
		one := &client{of: c, number: i, region: region, random: rand.New(rand.NewPCG(seed, uint64(i))), tokens: map[survey.Identifier]uint64{}}
		c.over.Go(one.run)
	}
}

func (c *client) run() {
	for {
		node := c.node()
		if node == nil {
			return
		}
		in := c.choose(node)
		called := time.Now()
		out := c.ask(in, node)
		c.of.seen.add(c.number, in, out, called, time.Now())
		if len(c.asked) > 0 && c.random.IntN(3) == 0 {
			c.repeat()
		}
		time.Sleep(time.Duration(1+c.random.IntN(400)) * time.Millisecond)
	}
}

// node waits until the client's node is up; nil when all is done.
func (c *client) node() *registry.Registry {
	select {
	case <-c.of.done:
		return nil
	default:
	}
	select {
	case node := <-c.of.seats[c.region]:
		c.of.seats[c.region] <- node
		return node
	case <-c.of.done:
		return nil
	}
}

// choose makes up an operation that has a chance by what the node shows, or by
// what it showed some time ago.
func (c *client) choose(node *registry.Registry) question {
	round := int(c.of.round.Load())
	in := question{op: opRead, region: c.region, family: 2*round + c.random.IntN(3)/2}
	if pair := c.of.work[2*round]; claimed(node, pair[0]) && claimed(node, pair[1]) && c.of.merge.CompareAndSwap(true, false) {
		in.op, in.family = opMerge, 2*round
		return in
	}
	in.place = c.random.IntN(len(c.of.work[in.family]))
	company := c.of.work[in.family][in.place]
	claim, err := node.ClaimOf(federationtest.Cycle, company)
	in.token = claim.Token
	switch old := c.tokens[company]; {
	case err == nil && old != 0 && c.random.IntN(5) == 0:
		in.token = old
	case c.random.IntN(3) > 0:
		c.tokens[company] = claim.Token
	}
	var ops []survey.ClaimAction
	switch {
	case c.random.IntN(4) == 0:
		return in
	case err == nil && claim.Region != c.region && claim.OfferedTo != c.region && c.random.IntN(3) > 0:
		return in // somebody else's
	case err != nil, claim.Region != c.region && claim.OfferedTo != c.region:
		ops = []survey.ClaimAction{opClaim}
	case claim.OfferedTo == c.region:
		ops = []survey.ClaimAction{survey.ActionAccept, survey.ActionRefuse}
	case claim.State == survey.Transferring:
		ops = []survey.ClaimAction{survey.ActionWithdraw, opRead}
	default:
		ops = []survey.ClaimAction{survey.ActionContact, survey.ActionRespond, survey.ActionDecline, survey.ActionReopen,
			survey.ActionRelease, survey.ActionRelease, survey.ActionRelease, survey.ActionRelease, survey.ActionOffer, survey.ActionOffer}
	}
	in.op = ops[c.random.IntN(len(ops))]
	for in.op == survey.ActionOffer && (in.to == "" || in.to == c.region) {
		in.to = c.of.names[c.random.IntN(len(c.of.names))]
	}
	return in
}

func claimed(node *registry.Registry, company survey.Identifier) bool {
	_, err := node.ClaimOf(federationtest.Cycle, company)
	return err == nil
}

// ask carries the operation out. What is in doubt is asked again under the same
// request id, also at the node's next start.
func (c *client) ask(in question, node *registry.Registry) reply {
	company := c.of.work[in.family][in.place]
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	if in.op == opRead {
		if _, err := node.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			return reply{nothing: true}
		}
		claim, err := node.ClaimOf(federationtest.Cycle, company)
		if err != nil {
			return reply{} // nobody's
		}
		return reply{after: heldOf(claim)}
	}
	write := writing(in, c.of.work[in.family])
	doubt := false
	for range askedAgain {
		again, cancel := context.WithTimeout(context.Background(), askTimeout)
		outcome, err := write(again, node)
		cancel()
		switch {
		case err == nil:
			c.asked = append(c.asked, func(ctx context.Context, node *registry.Registry) error { _, err := write(ctx, node); return err })
			return replied(outcome)
		case errors.Is(err, survey.ErrNoQuorum) && !doubt:
			return reply{nothing: true} // a definite no
		}
		doubt = true
		time.Sleep(300 * time.Millisecond)
		if node = c.node(); node == nil {
			break
		}
	}
	return reply{unknown: true}
}

// repeat sends an earlier request once more. It must change nothing.
func (c *client) repeat() {
	node := c.node()
	if node == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	_ = c.asked[c.random.IntN(len(c.asked))](ctx, node) // what matters is what others see afterwards
}

// writing returns the operation under one request id.
func writing(in question, companies family) func(context.Context, *registry.Registry) (survey.Outcome, error) {
	request := federationtest.Request()
	company := companies[in.place]
	first := func(outcomes []survey.Outcome, err error) (survey.Outcome, error) {
		if err != nil {
			return survey.Outcome{}, err
		}
		return outcomes[0], nil
	}
	switch in.op {
	case opMerge:
		return func(ctx context.Context, node *registry.Registry) (survey.Outcome, error) {
			return node.MergeOrganisations(ctx, request, companies[1], companies[0], survey.MergeSameCompany)
		}
	case opClaim:
		return func(ctx context.Context, node *registry.Registry) (survey.Outcome, error) {
			return first(node.Claim(ctx, request, federationtest.Cycle, []survey.Identifier{company}))
		}
	}
	change := survey.ClaimChange{Organisation: company, Action: in.op, Token: in.token, OfferTo: in.to}
	if slices.Contains([]survey.ClaimAction{survey.ActionDecline, survey.ActionReopen}, in.op) {
		change.Reason = survey.ReasonNoTime
	}
	return func(ctx context.Context, node *registry.Registry) (survey.Outcome, error) {
		return first(node.ChangeClaims(ctx, request, federationtest.Cycle, []survey.ClaimChange{change}))
	}
}

func replied(outcome survey.Outcome) reply {
	switch {
	case outcome.Refusal != nil:
		return reply{code: outcome.Refusal.Code, holder: outcome.Refusal.Holder}
	case outcome.Claim == nil:
		return reply{} // a merge
	}
	return reply{after: heldOf(*outcome.Claim)}
}
