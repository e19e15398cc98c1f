package store

import (
	"context"
	"fmt"
)

// Compacted is the size of the file before and after compacting, in bytes.
type Compacted struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Compact rewrites the file without its unused pages: bbolt never shrinks a file, and deleted
// values stay in its free pages. Reads go on while the copy is made and wait while the files are
// exchanged; writes wait for all of it. A crash at any moment leaves the old file or the new one,
// both whole. If the new name cannot be made durable, it returns boltfile.ErrFailed and nothing
// more is written until a restart.
func (p Privacy) Compact(ctx context.Context) (Compacted, error) {
	var sizes Compacted
	err := p.store.exclusively(ctx, func() (err error) {
		sizes.Before, sizes.After, err = p.store.file.Compact(ctx)
		p.store.counted.exchanged()
		if err != nil && p.store.file.Unsure() {
			p.store.failed.Store(true)
		}
		return err
	})
	if err != nil {
		return sizes, fmt.Errorf("compact %s: %w", p.store.file.Path(), err)
	}

	p.store.logger.Info("the records were compacted", "file", p.store.file.Path(),
		"before", sizes.Before, "after", sizes.After)
	return sizes, nil
}
