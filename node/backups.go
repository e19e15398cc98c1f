package node

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/node/backup"
)

// BackupsDir is where a node's backups go.
const BackupsDir = "backups"

// openBackups starts the schedule of backups.
func (n *Node) openBackups() error {
	dir := n.options.Config.Dir
	files := []string{KeyFile, NextKeyFile, config.FileName, federation.PeersFile}
	files = append(files, n.records.Editions().Files()...) // without them the answers cannot be read
	keeper, err := backup.Open(backup.Options{
		Dir: filepath.Join(dir, BackupsDir), Node: dir, Files: files,
		Records: n.records, Region: n.region, Version: n.options.Version, Logger: n.options.Logger,
	})
	if err != nil {
		return fmt.Errorf("open the backups: %w", err)
	}
	n.backups = keeper
	return nil
}

// backups gives the API the keeper's manifests.
type backups struct{ keeper *backup.Service }

// Make makes a backup now.
func (b backups) Make(ctx context.Context) (json.RawMessage, error) {
	m, err := b.keeper.Now(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// All returns the manifests, the newest first.
func (b backups) All() ([]json.RawMessage, error) {
	list, err := b.keeper.List()
	if err != nil {
		return nil, err
	}
	all := make([]json.RawMessage, len(list))
	for i, m := range list {
		if all[i], err = json.Marshal(m); err != nil {
			return nil, err
		}
	}
	return all, nil
}
