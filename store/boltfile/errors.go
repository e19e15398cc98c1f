package boltfile

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ahsn-network/tracker/store/survey"
)

// Sentinels of this room. Test with errors.Is.
var (
	// ErrLocked: another process has the file open.
	ErrLocked = errors.New("in use by another process")
	// ErrClosed: the file was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrDamaged: the contents of the file are not those that were written. Restore the region's
	// backup.
	ErrDamaged = errors.New("damaged")
	// ErrNewerFormat: the file was written by newer software.
	ErrNewerFormat = errors.New("written by newer software")
	// ErrFailed: an earlier write failed, and the contents of the disk are not known. Nothing more
	// is written until the node is restarted.
	ErrFailed = errors.New("writing stopped after a failure of the disk")
)

// windowsDiskFull is ERROR_DISK_FULL, which package syscall does not name.
const windowsDiskFull = syscall.Errno(112)

// StorageFull reports whether the error says that the disk, the quota or the configured bound is
// used up.
func StorageFull(err error) bool {
	return errors.Is(err, bolterrors.ErrMaxSizeReached) ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		runtime.GOOS == "windows" && errors.Is(err, windowsDiskFull)
}

// openError translates bbolt's errors on opening into this room's.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("open %s: %w: is another tracker running on this directory?", path, ErrLocked)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch):
		return damaged(path, err.Error())
	case StorageFull(err):
		return fmt.Errorf("open %s: %w: %w", path, survey.ErrStorageFull, err)
	case strings.Contains(err.Error(), "file size too small"): // bbolt has no sentinel for it
		return damaged(path, err.Error())
	}
	return fmt.Errorf("open %s: %w", path, err)
}

// Damaged returns an error that wraps [ErrDamaged] and names the file and the remedy.
func (f *File) Damaged(what string) error { return damaged(f.path, what) }

func (f *File) damagedAt(bucket Bucket, key []byte, err error) error {
	return f.Damaged(fmt.Sprintf("%s %q: %v", bucket, key, err))
}

func damaged(path, what string) error {
	return fmt.Errorf("%s: %w: %s; stop the node and bring back the last backup with \"tracker restore\"",
		path, ErrDamaged, what)
}

// closedError replaces bbolt's error for a closed file with this room's sentinel.
func closedError(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}
