package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Backups are the encrypted copies of what only this node has. What comes back
// are manifests, as the room that makes the copies writes them.
type Backups interface {
	Make(context.Context) (json.RawMessage, error)
	All() ([]json.RawMessage, error)
}

// backupTimeout bounds how long a request waits for a copy.
const backupTimeout = 5 * time.Minute

// BackupManifest is what one backup holds.
type BackupManifest struct{ json.RawMessage }

// Schema is the manifest that lies beside each backup.
func (BackupManifest) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true,
		Description: "name, region, version, made, files (name, bytes, sha256), bytes and sha256 of the encrypted file"}
}

type (
	backupMade  struct{ Body BackupManifest }
	backupsPage struct{ Body Page[BackupManifest] }
)

func (s *server) backupRoutes() []route {
	if s.backups == nil {
		return nil
	}
	return []route{
		on(get, "/backups", administrator, node, "The backups of this node, the newest first", s.listBackups),
		on(post, "/backups", administrator, node, "Make a backup now; it is encrypted to the organisation's key", s.makeBackup, created),
	}
}

func (s *server) listBackups(context.Context, *nothingAsked) (*backupsPage, error) {
	all, err := s.backups.All()
	if err != nil {
		return nil, err
	}
	items := make([]BackupManifest, len(all))
	for i, m := range all {
		items[i] = BackupManifest{m}
	}
	return &backupsPage{Body: page("backups", items, "")}, nil
}

func (s *server) makeBackup(ctx context.Context, _ *nothingAsked) (*backupMade, error) {
	ctx, cancel := context.WithTimeout(ctx, backupTimeout)
	defer cancel()
	m, err := s.backups.Make(ctx)
	if err != nil {
		return nil, err
	}
	return &backupMade{Body: BackupManifest{m}}, nil
}
