package federation

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// PeersFile is the file in a node's directory that names the nodes that this one trusts before its
// registry is open: without it a restarted node could not tell its peers from strangers.
const PeersFile = "peers.json"

// ErrNotFounded is returned when a directory belongs to no federation yet.
var ErrNotFounded = errors.New("this node belongs to no federation")

// Peers are the federation's id and its roster as this node last knew it. A
// founding file also names the founder, whose node starts the registry, the
// disclosure policy to start with, and whether campaign steps need no second
// region.
type Peers struct {
	Federation identity.FederationID `json:"federation_id"`
	Founder    survey.Region         `json:"founder"`
	Policy     string                `json:"policy"`
	SoloSteps  bool                  `json:"solo_steps,omitempty"`
	Members    []survey.Member       `json:"members"`
	// Number is the registry's own number when it had this roster. A copy that
	// has not come so far again, as after a start, does not replace it.
	Number uint64 `json:"number,omitempty"`
	// Generation is the one under which the registry's files in this
	// directory take part, 0 before the node's first start. Rejoin says that
	// they are gone: the next start enters under the next generation.
	Generation uint64 `json:"generation,omitempty"`
	Rejoin     bool   `json:"rejoin,omitempty"`
	// Replaced says that the others replaced the files: they never take part
	// again.
	Replaced bool `json:"replaced,omitempty"`
	// Divergences are the times, of late, when the files were found to differ from the others'.
	Divergences []Divergence `json:"divergences,omitempty"`
}

// LoadPeers reads the peers file in dir. It returns ErrNotFounded if there is
// none, and an error that names the file if it cannot be read.
func LoadPeers(dir string) (Peers, error) {
	path := filepath.Join(dir, PeersFile)
	var p Peers
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("%w: %s is missing", ErrNotFounded, path)
	}
	if err != nil {
		return p, fmt.Errorf("read the roster: %w", err)
	}

	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read the roster: %s: %w", path, err)
	}
	if len(p.Members) == 0 {
		return p, fmt.Errorf("read the roster: %s names no members", path)
	}
	return p, nil
}

// Save writes the peers file in dir: a crash leaves the old one or the new
// one, never half of it.
func (p Peers) Save(dir string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write the roster: %w", err)
	}

	temporary, err := os.CreateTemp(dir, PeersFile+".*")
	if err != nil {
		return fmt.Errorf("write the roster: %w", err)
	}
	defer os.Remove(temporary.Name())

	// Synced before the rename, so that a crash leaves one whole file.
	_, err = temporary.Write(append(text, '\n'))
	if err == nil {
		err = temporary.Sync()
	}
	if err := errors.Join(err, temporary.Close()); err != nil {
		return fmt.Errorf("write the roster: %w", err)
	}

	if err := os.Rename(temporary.Name(), filepath.Join(dir, PeersFile)); err != nil {
		return fmt.Errorf("write the roster: %w", err)
	}
	return nil
}

// SetKey notes the region's new key in a stopped node's peers file.
func SetKey(dir string, region survey.Region, key ed25519.PublicKey) error {
	peers, err := LoadPeers(dir)
	if err != nil {
		return err
	}
	peers.Members = withKey(peers.Members, region, key)
	return peers.Save(dir)
}

// AdoptKey does as SetKey, for a key that takes the place of a lost one. The next start enters the
// federation anew with it, which works once two other regions have entered it into the roster.
func AdoptKey(dir string, region survey.Region, key ed25519.PublicKey) error {
	if err := SetKey(dir, region, key); err != nil {
		return err
	}
	return Rejoin(dir)
}

// peersFile is the peers file of a running node.
type peersFile struct {
	dir   string
	using chan struct{} // held while peers are read or written
	peers Peers
}

func newPeersFile(dir string, peers Peers) *peersFile {
	return &peersFile{dir: dir, using: make(chan struct{}, 1), peers: peers}
}

func (p *peersFile) now() Peers {
	p.using <- struct{}{}
	defer func() { <-p.using }()
	return p.peers
}

// change writes a change for the next start.
func (p *peersFile) change(change func(*Peers)) error {
	p.using <- struct{}{}
	defer func() { <-p.using }()

	next := p.peers
	change(&next)
	if err := next.Save(p.dir); err != nil {
		return err
	}
	p.peers = next
	return nil
}

// rekey writes the region's new key for the next start, before the node takes it: the registry's
// own copy has come to number, and may not know of the key yet when it starts again.
func (p *peersFile) rekey(region survey.Region, key ed25519.PublicKey, number uint64) error {
	return p.change(func(p *Peers) {
		p.Number, p.Members = number, withKey(p.Members, region, key)
	})
}

// withKey returns the members with another key of the region.
func withKey(members []survey.Member, region survey.Region, key ed25519.PublicKey) []survey.Member {
	out := slices.Clone(members)
	for i := range out {
		if out[i].Region == region {
			out[i].Key = key
		}
	}
	return out
}
