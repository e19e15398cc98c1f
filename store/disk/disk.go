// Package disk does the four things to files whose order decides what a loss of
// power leaves. Code that exchanges files asks a [Disk] for them, so that a
// test can put one in its place that forgets, as a disk does.
package disk

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// Syncer is an open file.
type Syncer interface {
	Sync() error
}

// Disk makes changes durable. A file's bytes are on the disk after Sync; its
// name, and that an old name is gone, only after SyncDir of its directory. What
// was not made durable may be there after a loss of power, or not, or in part,
// in any order.
type Disk interface {
	// Sync makes the bytes of the open file at path durable.
	Sync(path string, file Syncer) error
	// Rename gives a file another name, at once: whoever looks sees one or the
	// other.
	Rename(from, to string) error
	// Remove takes a name away.
	Remove(path string) error
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
}

// OS is the machine's own disk.
type OS struct{}

// Sync implements Disk.
func (OS) Sync(_ string, file Syncer) error { return file.Sync() }

// Rename implements Disk.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements Disk.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir implements Disk. Windows keeps its directories by itself.
func (OS) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
