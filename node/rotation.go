package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// answerLeaves is how long the answer to a rotation has before the node
	// starts anew.
	answerLeaves = 500 * time.Millisecond
	// rotationCheck is how often a node with a next key looks whether its own
	// copy of the roster has it; every so many times it asks the others.
	rotationCheck = time.Second
	rotationAsk   = 20
)

// RotateKey gives the region a new key. The node must then be opened again, which Failed asks for
// once the answer had time to leave.
func (n *Node) RotateKey(ctx context.Context, request survey.Request) (string, error) {
	select {
	case n.rotating <- struct{}{}:
		defer func() { <-n.rotating }()
	case <-ctx.Done():
		return "", ctx.Err()
	}

	dir := n.options.Config.Dir
	key, err := nextKey(dir)
	if err != nil {
		return "", fmt.Errorf("rotate the key: %w", err)
	}

	// The new key is in a file by now, so an interrupted rotation can be finished.
	if _, err := n.federation.Governance().RotateKey(ctx, request, key); err != nil {
		return "", err
	}
	if err := takeNextKey(dir); err != nil {
		return "", err
	}

	// The answer leaves over a connection of the old key.
	n.owned.Go(func() {
		timer := time.NewTimer(answerLeaves)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-n.closing:
		}
		n.fail(ErrKeyChanged)
	})
	return identity.NodeID(key.Public()), nil
}

// fail asks for the node to be closed; only the first reasons are kept.
func (n *Node) fail(why error) {
	select {
	case n.failed <- why:
	default:
	}
}

// followKey finishes a rotation that was interrupted: the answer may have been lost, or the node
// may have stopped before it took the key. It also asks for a new start when a node that stood
// aside was let in, and for an end when its disk fails.
func (n *Node) followKey() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ticker := time.NewTicker(rotationCheck)
	defer ticker.Stop()
	for round := 0; ; round++ {
		select {
		case <-ticker.C:
		case <-n.federation.Anew():
			n.fail(ErrLetIn)
			return
		case err := <-n.federation.Failed():
			n.fail(err)
			return
		case <-n.closing:
			return
		}

		select {
		case n.rotating <- struct{}{}:
			err := n.finishRotation(ctx, round%rotationAsk == rotationAsk-1)
			<-n.rotating
			if err != nil {
				n.log.Error("the next key could not be taken", "error", err)
			}
		default: // a rotation is under way
		}
	}
}

func (n *Node) finishRotation(ctx context.Context, ask bool) error {
	dir := n.options.Config.Dir
	next, err := identity.Load(filepath.Join(dir, NextKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}

	self, ok := n.federation.Replica().Member(n.region)
	agreed := ok && self.Key.Equal(next.Public())
	switch {
	case agreed && next.Public().Equal(n.key.Public()):
		return takeNextKey(dir)
	case !next.Public().Equal(n.key.Public()) && (agreed || ask && federation.KeyTaken(ctx, dir, n.region, next)):
		n.fail(ErrKeyChanged)
	}
	return nil
}
