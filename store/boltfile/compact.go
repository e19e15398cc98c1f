package boltfile

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

// Unsure reports whether compacting failed in such a way that the file is closed or its name may
// not last. Write nothing to it then.
func (f *File) Unsure() bool { return f.unsure.Load() }

// Compact rewrites the file without unused pages: it makes a verified copy beside the file, puts it
// in its place and returns both sizes in bytes. A crash at any moment leaves the old file or the
// new one, both whole. Reads wait while the files are exchanged. The caller must ensure that no
// write is under way, and that none begins before Compact returns: if a loss of power brought the
// old file back, acknowledged writes would be lost. After an error, see [File.Unsure].
func (f *File) Compact(ctx context.Context) (before, after int64, err error) {
	beside := f.path + compactSuffix
	if err := f.disk.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return before, after, err
	}

	defer func() {
		if err != nil {
			_ = f.disk.Remove(beside)
		}
	}()

	if before, err = sizeOf(f.path); err != nil {
		return before, after, err
	}
	if err := f.copyTo(ctx, beside); err != nil {
		return before, after, err
	}
	if after, err = sizeOf(beside); err != nil {
		return before, after, err
	}

	f.swap.Lock()
	defer f.swap.Unlock()
	if err := f.db.Close(); err != nil {
		return before, after, err
	}

	// Opened even if the renaming failed: the old file serves on.
	renameErr := f.disk.Rename(beside, f.path)
	db, err := openGuarded(f.path, f.options())
	if err != nil {
		f.unsure.Store(true)
		return before, after, openError(f.path, err)
	}
	f.db = db

	if renameErr != nil {
		return before, after, renameErr
	}
	if err := f.disk.SyncDir(filepath.Dir(f.path)); err != nil {
		f.unsure.Store(true)
		return before, after, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return before, after, nil
}

// copyTo copies every value, and the numbering of the buckets, into a new file and makes it
// durable.
func (f *File) copyTo(ctx context.Context, path string) error {
	options := &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, NoSync: true}
	into, err := bbolt.Open(path, fileMode, options)
	if err != nil {
		return err
	}

	err = f.View(func(t *Tx) error { return f.copyBuckets(ctx, t.bolt, into) })
	if err == nil {
		err = f.disk.Sync(path, into)
	}
	return errors.Join(err, into.Close())
}

func (f *File) copyBuckets(ctx context.Context, from *bbolt.Tx, into *bbolt.DB) error {
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
		to.FillPercent = fullPages
		return b.ForEach(func(key, value []byte) error {
			if _, err := f.codec.verify(Bucket(name), key, value); err != nil {
				return f.damagedAt(Bucket(name), key, err)
			}
			// Several transactions, because bbolt holds a transaction's pages in memory until its
			// commit.
			if written += len(key) + len(value); written > compactBatch {
				if err := errors.Join(ctx.Err(), tx.Commit()); err != nil {
					return err
				}
				if tx, err = into.Begin(true); err != nil {
					return err
				}
				to, written = tx.Bucket(name), 0
				to.FillPercent = fullPages
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
