package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"filippo.io/age"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node/backup"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Recover goes on with the survivors after a quorum was lost for ever, on the
// stopped node of the settings, and notes it in the node's own audit log.
func Recover(c config.Config, r federation.Recovering, logger *slog.Logger) (survey.Recovery, error) {
	region, err := survey.ParseRegion(c.Region)
	if err != nil {
		return survey.Recovery{}, fmt.Errorf("recover: %w", err)
	}
	key, err := identity.Load(filepath.Join(c.Dir, KeyFile))
	if err != nil {
		return survey.Recovery{}, fmt.Errorf("recover: %w", err)
	}
	// The records' lock also proves that the node is stopped.
	records, err := openRecords(c.Dir, region, logger)
	if err != nil {
		return survey.Recovery{}, fmt.Errorf("recover: %w", err)
	}

	recovery, err := federation.Recover(c.Dir, region, key, r, logger)
	if err == nil {
		err = records.AppendAudit(context.Background(), store.AuditEntry{
			Action: "registry.recover", Object: fmt.Sprintf("epoch %d", recovery.Epoch),
			Outcome: fmt.Sprintf("from %d:%d with %v", recovery.Term, recovery.Index, recovery.Survivors),
		})
	}
	return recovery, errors.Join(err, records.Close())
}

// Restore proves a backup and puts it into dir, marked so that the node's next start enters its
// federation under the next generation: the registry is not in a backup, and the summaries that the
// node published since the backup must not be signed once more under the old one.
func Restore(ctx context.Context, path string, identities []age.Identity, dir string) (backup.Manifest, error) {
	return backup.Restore(ctx, path, identities, dir, func(dir string) error {
		if err := federation.Rejoin(dir); err != nil && !errors.Is(err, federation.ErrNotFounded) {
			return err
		}
		return nil
	})
}

// Rejoin wipes the stopped node's copy of the registry, so that its next start enters again. Its
// records stay: that they can be opened proves that the node is stopped.
func Rejoin(dir string) error {
	peers, err := federation.LoadPeers(dir)
	if err != nil {
		return err
	}

	c, _, err := config.Load(config.Flags{"dir": dir}, nil)
	if err != nil {
		return err
	}
	records, err := openRecords(dir, survey.Region(c.Region), nil)
	if err != nil {
		return fmt.Errorf("rejoin: %w", err)
	}

	err = federation.Rejoin(dir)
	if err == nil {
		err = records.AppendAudit(context.Background(),
			store.AuditEntry{Action: "registry.rejoin", Object: peers.Federation.String(), Outcome: "wiped"})
	}
	return errors.Join(err, records.Close())
}
