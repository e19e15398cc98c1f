package store

import (
	"context"
	"fmt"
)

// Compacted says what compacting did to the file's size, in bytes.
type Compacted struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Compact rewrites the file without the pages that nothing uses any more:
// bbolt never shrinks a file, and what was deleted stays in its free pages.
// Reads go on while the copy is made and wait while the files are exchanged;
// writes wait for all of it. A crash at any moment leaves the old file or the
// new one, both whole.
func (p Privacy) Compact(ctx context.Context) (Compacted, error) {
	var sizes Compacted
	err := p.store.exclusively(ctx, func() error {
		var err error
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
	p.store.logger.Info("the records were compacted", "file", p.store.file.Path(), "before", sizes.Before, "after", sizes.After)
	return sizes, nil
}
