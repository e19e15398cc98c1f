// Package disk has the four operations on files whose order decides the state after a loss of
// power. Code that exchanges files calls them on a [Disk], so that a test can put a disk in its
// place that forgets.
//
// Imports no other room.
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

// Disk makes changes durable. A file's bytes are on the disk after Sync; its name, and the removal
// of an old name, only after SyncDir of its directory. After a loss of power, changes that were not
// made durable may be there wholly, in part or not at all, in any order.
type Disk interface {
	// Sync makes the bytes of the open file at path durable.
	Sync(path string, file Syncer) error
	// Rename gives a file another name in one step: readers see either the old name or the new one.
	Rename(from, to string) error
	// Remove removes a name.
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

	// A directory is synced like a file.
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
