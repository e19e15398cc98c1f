package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

const (
	// compactBatch is how many bytes of a copy go into one transaction.
	compactBatch  = 4 << 20
	compactSuffix = ".compact"
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
func (s *Store) Compact(ctx context.Context) (Compacted, error) {
	var sizes Compacted
	err := s.exclusively(ctx, func() error {
		var err error
		sizes, err = s.file.compact(ctx)
		s.counted.exchanged()
		if err != nil && s.file.unsure.Load() {
			s.failed.Store(true)
		}
		return err
	})
	if err != nil {
		return sizes, fmt.Errorf("compact %s: %w", s.file.path, err)
	}
	s.logger.Info("the records were compacted", "file", s.file.path, "before", sizes.Before, "after", sizes.After)
	return sizes, nil
}

// compact makes a copy beside the file of what it has proved, and puts it in
// its place. Nothing may be written before the new name is durable: with the
// old file back after a loss of power, what was acknowledged would be gone.
func (f *file) compact(ctx context.Context) (sizes Compacted, err error) {
	beside := f.path + compactSuffix
	if err := f.disk.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sizes, err
	}
	defer func() {
		if err != nil {
			_ = f.disk.Remove(beside)
		}
	}()
	if sizes.Before, err = sizeOf(f.path); err != nil {
		return sizes, err
	}
	if err := f.copyTo(ctx, beside); err != nil {
		return sizes, err
	}
	if sizes.After, err = sizeOf(beside); err != nil {
		return sizes, err
	}
	f.swap.Lock()
	defer f.swap.Unlock()
	if err := f.db.Close(); err != nil {
		return sizes, err
	}
	renameErr := f.disk.Rename(beside, f.path)
	db, err := openGuarded(f.path, f.options())
	if err != nil {
		f.unsure.Store(true)
		return sizes, openError(f.path, err)
	}
	f.db = db
	if renameErr != nil {
		return sizes, renameErr
	}
	if err := f.disk.SyncDir(filepath.Dir(f.path)); err != nil {
		f.unsure.Store(true)
		return sizes, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return sizes, nil
}

// copyTo writes every value that is in use into a new file, with the numbers
// that the buckets have reached, and makes it durable.
func (f *file) copyTo(ctx context.Context, path string) error {
	into, err := bbolt.Open(path, fileMode, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, NoSync: true})
	if err != nil {
		return err
	}
	err = f.view(func(from *bbolt.Tx) error { return f.copyBuckets(ctx, from, into) })
	if err == nil {
		err = f.disk.Sync(path, into)
	}
	return errors.Join(err, into.Close())
}

func (f *file) copyBuckets(ctx context.Context, from *bbolt.Tx, into *bbolt.DB) error {
	tx, err := into.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after the last commit
	written := 0
	err = from.ForEach(func(name []byte, b *bbolt.Bucket) error {
		to, err := tx.CreateBucketIfNotExists(name)
		if err != nil {
			return err
		}
		if err := to.SetSequence(b.Sequence()); err != nil {
			return err
		}
		to.FillPercent = 0.9
		return b.ForEach(func(key, value []byte) error {
			if _, err := f.codec.verify(bucketName(name), key, value); err != nil {
				return damaged(f.path, fmt.Sprintf("%s %q: %v", name, key, err))
			}
			if written += len(key) + len(value); written > compactBatch {
				if err := errors.Join(ctx.Err(), tx.Commit()); err != nil {
					return err
				}
				if tx, err = into.Begin(true); err != nil {
					return err
				}
				to, written = tx.Bucket(name), 0
				to.FillPercent = 0.9
			}
			return to.Put(key, value)
		})
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
