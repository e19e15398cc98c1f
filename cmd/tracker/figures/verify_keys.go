package figures

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store/survey"
)

// keysOf returns a region's keys. It is nil if no list was named.
type keysOf func(survey.Region) []ed25519.PublicKey

// keysOfPeers returns the regions' keys from a peers file, or nil if no file was named.
func keysOfPeers(c *cli.Invocation, file string) (keysOf, error) {
	dir := c.Dir()
	if file != "" {
		dir = filepath.Dir(file)
		if filepath.Base(file) != federation.PeersFile {
			return nil, fmt.Errorf("%s: the federation's list is a file named %s", file, federation.PeersFile)
		}
	}

	if dir == "" {
		return nil, nil
	}

	// --dir may be a demo's or another directory; only a file named with --peers must exist.
	if _, err := os.Stat(filepath.Join(dir, federation.PeersFile)); file == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}

	list, err := federation.LoadPeers(dir)
	if err != nil {
		return nil, err
	}
	return func(region survey.Region) []ed25519.PublicKey {
		for _, m := range list.Members {
			if m.Region == region {
				// Old keys count too: the file may be older than the newest one.
				return append([]ed25519.PublicKey{m.Key}, m.PreviousKeys...)
			}
		}
		return nil
	}, nil
}

// compareKeys checks that the keys of a verified file are in the federation's list.
func compareKeys(p totals.Published, keyed keysOf) error {
	if keyed == nil {
		return nil
	}
	check := func(region survey.Region, key ed25519.PublicKey) error {
		if !slices.ContainsFunc(keyed(region), func(k ed25519.PublicKey) bool { return k.Equal(key) }) {
			return fmt.Errorf("%w: %s is not a key of %s in the federation's list",
				totals.ErrPublished, identity.NodeID(key), region)
		}
		return nil
	}

	for _, r := range p.Regions {
		// An absent region signed nothing.
		if r.How != survey.SettledAbsent {
			if err := check(r.Region, r.Key); err != nil {
				return err
			}
		}
	}

	for _, s := range p.CoSigned {
		if err := check(s.Region, s.Key); err != nil {
			return err
		}
	}
	return nil
}
