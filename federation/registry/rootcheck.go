package registry

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathDigest is the node call that tells a node's root at a mark.
const PathDigest = "/node/v1/digest"

type digestRequest struct {
	Mark uint64 `cbor:"1,keyasint"`
}

// digestResponse has no root if the node is not so far yet, or long beyond it.
type digestResponse struct {
	Known bool      `cbor:"1,keyasint"`
	Root  tlog.Hash `cbor:"2,keyasint"`
}

// rootChecker compares this replica's roots with the other regions'. Gossip gives
// the hint; before anything follows from it every voter is asked over its own
// authenticated connection, so that a forged hint costs one round of questions.
type rootChecker struct {
	options *Options // Region and Call
	machine *machine
	timeout time.Duration // of one question
	life    context.Context
	logger  *slog.Logger
	hints   chan uint64 // marks at which another root differs

	mu     sync.Mutex
	differ []survey.Region // regions whose roots are not the majority's
}

// Digest returns the registry's number as applied here and the beginning of the
// tree's root at the last multiple of 1,024 before it: zeros if there is none.
func (c *rootChecker) Digest() (number uint64, root [8]byte) {
	v := c.machine.view()
	number = v.Number()
	if hash, known := v.Tree().Mark(number / state.MarkEvery); known {
		copy(root[:], hash[:])
	}
	return number, root
}

// HeardDigest takes another node's Digest from gossip. It never blocks.
func (c *rootChecker) HeardDigest(region survey.Region, number uint64, root [8]byte) {
	mark := number / state.MarkEvery
	mine, known := c.machine.view().Tree().Mark(mark)
	if !known || root == [8]byte{} || root == [8]byte(mine[:8]) || region == c.options.Region {
		return
	}
	select {
	case c.hints <- mark:
	default: // one is being looked into
	}
}

// ServeDigest answers PathDigest.
func (c *rootChecker) ServeDigest(_ context.Context, _ survey.Region, request []byte) ([]byte, error) {
	var asked digestRequest
	if err := state.Decode(request, &asked); err != nil {
		return nil, fmt.Errorf("%w: digest: %w", survey.ErrInvalid, err)
	}
	root, known := c.machine.view().Tree().Mark(asked.Mark)
	return state.Encode(digestResponse{Known: known, Root: root}), nil
}

// compareRoots looks into hints, until Close.
func (c *rootChecker) compareRoots() {
	for {
		select {
		case mark := <-c.hints:
			c.compareAt(mark)
		case <-c.life.Done():
			return
		}
	}
}

// compareAt asks every voter for its root. If a majority of all voters agrees on another root than
// this node's, this node is wrong and leaves service. If a majority agrees with it, the others are
// named. Without any majority the differing regions are named and nobody leaves.
func (c *rootChecker) compareAt(mark uint64) {
	mine, known := c.machine.view().Tree().Mark(mark)
	if !known {
		return
	}

	roots := c.askRoots(mark)
	roots[c.options.Region] = mine

	votes := map[tlog.Hash]int{}
	voters := 0
	for _, m := range c.machine.view().Members() {
		if m.Role != survey.RoleVoter || m.State == survey.MemberRemoved {
			continue
		}
		voters++
		if root, answered := roots[m.Region]; answered {
			votes[root]++
		}
	}

	// At most one root has a majority, so that the map's order does not matter.
	for root, n := range votes {
		if root != mine && n > voters/2 {
			c.logger.Error("this node's copy of the registry differs from what most regions have: it leaves service",
				"number", mark*state.MarkEvery, "root", mine.String(), "theirs", root.String(), "regions", n)
			c.machine.stopFor(survey.ErrOutOfService)
			return
		}
	}

	var differ []survey.Region
	for region, root := range roots {
		if root != mine {
			differ = append(differ, region)
		}
	}
	slices.Sort(differ)

	c.mu.Lock()
	news := !slices.Equal(differ, c.differ)
	c.differ = differ
	c.mu.Unlock()

	// Logged at each change, not at every hint.
	if news && len(differ) > 0 {
		c.logger.Error("copies of the registry differ", "number", mark*state.MarkEvery, "differ", differ,
			"as here", votes[mine], "voters", voters)
	}
}

// askRoots asks the other voters, all at once.
func (c *rootChecker) askRoots(mark uint64) map[survey.Region]tlog.Hash {
	ctx, cancel := context.WithTimeout(c.life, c.timeout)
	defer cancel()
	var mu sync.Mutex
	var group sync.WaitGroup

	roots := map[survey.Region]tlog.Hash{}
	for _, m := range c.machine.view().Members() {
		if m.Region == c.options.Region || m.Role != survey.RoleVoter || m.State == survey.MemberRemoved {
			continue
		}
		group.Go(func() {
			reply, err := c.options.Call(ctx, m.Region, PathDigest, state.Encode(digestRequest{Mark: mark}))
			var answer digestResponse
			if err != nil || state.Decode(reply, &answer) != nil || !answer.Known {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			roots[m.Region] = answer.Root
		})
	}

	group.Wait()
	return roots
}

// differing returns the regions whose copies differ from this node's.
func (w *rootChecker) differing() []survey.Region {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.differ)
}
