package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// NextKeyFile keeps a region's new key until the federation has it in its
// roster.
const NextKeyFile = "node.key.next"

// ErrKeyChanged is yielded by Failed when the region has a new key: the node must be closed and
// opened again with it.
var ErrKeyChanged = errors.New("the region has a new key")

// ErrLetIn is yielded by Failed when the others have let the node in again: it must be closed and
// opened again to take part.
var ErrLetIn = errors.New("the other regions let this node in, or it makes its copy of the registry anew")

// ErrDiskHangs is yielded by Failed when the disk does not answer. The process must end without
// closing the node, which would wait for the disk.
var ErrDiskHangs = federation.ErrDiskHangs

// loadKey returns the node's key. After a rotation that was interrupted it is the key that the
// roster names; if this node's own copy does not know, the others are asked.
func loadKey(dir string, region survey.Region) (*identity.Key, error) {
	key, err := identity.Load(filepath.Join(dir, KeyFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	next, nextErr := identity.Load(filepath.Join(dir, NextKeyFile))
	if errors.Is(nextErr, fs.ErrNotExist) {
		return key, err
	}
	if nextErr != nil {
		return nil, nextErr
	}

	peers, peersErr := federation.LoadPeers(dir)
	if peersErr != nil {
		return nil, peersErr
	}

	// The roster here may know the next key already.
	for _, m := range peers.Members {
		if m.Region == region && m.Key.Equal(next.Public()) {
			return next, takeNextKey(dir)
		}
	}

	// No other node talks to the old key any more, so this copy of the roster may have missed the
	// change.
	if key != nil && federation.KeyTaken(context.Background(), dir, region, next) {
		if err := federation.SetKey(dir, region, next.Public()); err != nil {
			return nil, err
		}
		return next, takeNextKey(dir)
	}

	// The key is lost: two other regions have put the next one into the roster, or are about to.
	if key == nil {
		return next, federation.AdoptKey(dir, region, next.Public())
	}
	return key, nil
}

// takeNextKey makes the next key the key. The old one is gone: nothing is
// accepted from it any more.
func takeNextKey(dir string) error {
	if err := os.Rename(filepath.Join(dir, NextKeyFile), filepath.Join(dir, KeyFile)); err != nil {
		return fmt.Errorf("take the new key: %w", err)
	}

	// Without this a loss of power could bring the old key back.
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("take the new key: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// nextKey returns the key to rotate to: the one of an earlier try, or a new
// one.
func nextKey(dir string) (*identity.Key, error) {
	path := filepath.Join(dir, NextKeyFile)
	key, err := identity.Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = identity.Generate(); err != nil {
		return nil, err
	}
	return key, key.Save(path)
}

// NewKeyCard gives the node in dir a new key in place of one that is lost, and
// returns the card by which two other regions put it into the roster. It
// returns fs.ErrExist if the node has a key: then rotate it.
func NewKeyCard(c config.Config) (identity.KeyCard, error) {
	region, err := survey.ParseRegion(c.Region)
	if err != nil {
		return identity.KeyCard{}, fmt.Errorf("make a key card: %w", err)
	}
	peers, err := federation.LoadPeers(c.Dir)
	if err != nil {
		return identity.KeyCard{}, fmt.Errorf("make a key card: %w", err)
	}

	key, err := identity.Load(filepath.Join(c.Dir, KeyFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key, err = nextKey(c.Dir)
	case err == nil && !peers.Rejoin: // a key that the federation knows
		err = fmt.Errorf("%s: %w: a node with its key rotates it (tracker region rotate-key)", KeyFile, fs.ErrExist)
	}
	if err != nil {
		return identity.KeyCard{}, fmt.Errorf("make a key card: %w", err)
	}
	return identity.NewKeyCard(key, peers.Federation, string(region)), nil
}

// advertised is the address that the settings name for other nodes, "" if they
// name none.
func advertised(c config.Config) string {
	address, err := c.AdvertiseAddress()
	if err != nil {
		return ""
	}
	return address
}
