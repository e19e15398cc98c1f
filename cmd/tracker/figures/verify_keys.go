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

// keysOf says which keys are a region's, nil if no list was named.
type keysOf func(survey.Region) []ed25519.PublicKey

// keysOfPeers returns the regions' keys from a peers file, nil if none was
// named.
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
				return append([]ed25519.PublicKey{m.Key}, m.PreviousKeys...)
			}
		}
		return nil
	}, nil
}

// compareKeys holds the keys of a verified file against the federation's list.
func compareKeys(p totals.Published, keyed keysOf) error {
	if keyed == nil {
		return nil
	}
	check := func(region survey.Region, key ed25519.PublicKey) error {
		if !slices.ContainsFunc(keyed(region), func(k ed25519.PublicKey) bool { return k.Equal(key) }) {
			return fmt.Errorf("%w: %s is not a key of %s in the federation's list", totals.ErrPublished, identity.NodeID(key), region)
		}
		return nil
	}
	for _, r := range p.Regions {
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
