package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Backups are the encrypted copies of the data that only this node has. The
// manifests are JSON as the backups' own files have it.
type Backups interface {
	// Make makes a backup; it blocks until the backup is written.
	Make(context.Context) (json.RawMessage, error)
	// All returns the manifests, the newest first.
	All() ([]json.RawMessage, error)
}

// backupTimeout bounds how long a request waits for a backup.
const backupTimeout = 5 * time.Minute

// BackupManifest describes one backup.
type BackupManifest struct{ json.RawMessage }

// Schema is the manifest that is stored beside each backup.
func (BackupManifest) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true,
		Description: "name, region, version, made, files (name, bytes, sha256), bytes and sha256 of the encrypted file"}
}

type (
	backupMade  struct{ Body BackupManifest }
	backupsPage struct{ Body Page[BackupManifest] }
)

// backupHandlers make and list backups.
type backupHandlers struct{ backups Backups }

func (h backupHandlers) list(context.Context, *nothingAsked) (*backupsPage, error) {
	all, err := h.backups.All()
	if err != nil {
		return nil, err
	}

	items := make([]BackupManifest, len(all))
	for i, m := range all {
		items[i] = BackupManifest{m}
	}
	return &backupsPage{Body: page("backups", items, "")}, nil
}

func (h backupHandlers) create(ctx context.Context, _ *nothingAsked) (*backupMade, error) {
	ctx, cancel := context.WithTimeout(ctx, backupTimeout)
	defer cancel()

	m, err := h.backups.Make(ctx)
	if err != nil {
		return nil, err
	}
	return &backupMade{Body: BackupManifest{m}}, nil
}
