package federation

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/store/survey"
)

// Remains and Position describe the registry's files at a stopped node.
type (
	Remains  = registry.Remains
	Position = registry.Position
)

// ParsePosition reads a position as people read it to each other.
func ParsePosition(s string) (Position, error) { return registry.ParsePosition(s) }

// Inspect reads what a stopped node's directory has of the registry. It changes
// nothing.
func Inspect(dir string, logger *slog.Logger) (Remains, error) {
	return registry.Inspect(filepath.Join(dir, registryDir), logger)
}

// Recovering names the regions that go on after a quorum was lost for ever, and how far the other
// survivors' logs reach.
type Recovering struct {
	Survivors []survey.Region
	Seen      map[survey.Region]Position
}

// Recover makes the survivors the registry's only voters, on the files of the
// stopped node in dir; see registry.Recover.
func Recover(
	dir string, region survey.Region, key *identity.Key, r Recovering, logger *slog.Logger,
) (survey.Recovery, error) {
	peers, err := LoadPeers(dir)
	if err != nil {
		return survey.Recovery{}, fmt.Errorf("recover: %w", err)
	}
	return registry.Recover(registry.Recovering{Dir: filepath.Join(dir, registryDir), Region: region, Key: key,
		Federation: peers.Federation, Survivors: r.Survivors, Seen: r.Seen, Logger: logger})
}
