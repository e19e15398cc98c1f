// Package boltfile keeps values in one bbolt file, each in an envelope with a checksum over its
// place and its bytes. It verifies all of them when the file is opened. Panics of bbolt on damaged
// pages become [ErrDamaged].
//
// Start from [Open], [File.View] and [File.Update].
//
// Imports store/disk, store/survey.
package boltfile

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/ahsn-network/tracker/store/disk"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bucket names one bucket of a file.
type Bucket string

const (
	lockTimeout = 1500 * time.Millisecond
	fileMode    = 0o600
	// initialMmap is large enough that growing the file seldom has to wait for long reads. It is
	// address space, not memory.
	initialMmap = 64 << 20
	allocSize   = 1 << 20 // bytes by which the file grows
)

// Meta holds facts about the file itself. The format is this room's; the file's owner may keep
// others there.
const Meta Bucket = "meta"

const formatKey = "format"

// Format is the format of the file and the region that owns it. Region may be empty.
type Format struct {
	Version uint64        `cbor:"1,keyasint"`
	Kind    string        `cbor:"2,keyasint"`
	Region  survey.Region `cbor:"3,keyasint,omitempty"`
}

// Options say which file to open. MaxBytes, if not 0, bounds its size. Damage in the buckets named
// by Derived is ignored: their owner rebuilds them. Disk and Logger may be nil.
type Options struct {
	Path     string
	MaxBytes int64
	Format   Format
	Buckets  []Bucket // made if they are not there
	Derived  []Bucket
	Disk     disk.Disk // nil: the machine's own
	Logger   *slog.Logger
}

// File is an open bbolt file whose values are envelopes. All methods are safe for concurrent use,
// unless they say otherwise.
type File struct {
	db       *bbolt.DB
	path     string
	codec    *codec
	maxBytes int64
	swap     sync.RWMutex // read-locked by every read, locked while the file is exchanged
	disk     disk.Disk
	unsure   atomic.Bool // see Unsure
}

// Open opens or creates the file with mode 0600, checks its format, and verifies every checksum
// before anything is read from it. Errors: ErrLocked within two seconds if another process has the
// file open, ErrDamaged, ErrNewerFormat, survey.ErrStorageFull, survey.ErrInvalid for a file of
// another region or kind.
func Open(o Options) (*File, error) {
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}

	info, statErr := os.Stat(o.Path)
	if statErr == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		if o.Logger != nil {
			o.Logger.Warn("taking group and others off the permissions of the file", "file", o.Path)
		}
		if err := os.Chmod(o.Path, fileMode); err != nil {
			return nil, fmt.Errorf("open %s: %w", o.Path, err)
		}
	}

	f := &File{path: o.Path, codec: codec, maxBytes: o.MaxBytes, disk: o.Disk}
	if f.disk == nil {
		f.disk = disk.OS{}
	}

	// An interrupted compacting may have left its copy.
	if err := f.disk.Remove(o.Path + compactSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}

	if f.db, err = openGuarded(o.Path, f.options()); err != nil {
		return nil, openError(o.Path, err)
	}
	if err := f.prepare(o); err != nil {
		_ = f.db.Close()
		return nil, err
	}
	return f, nil
}

// options returns bbolt's options for the file.
func (f *File) options() *bbolt.Options {
	options := &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, MaxSize: int(f.maxBytes),
		NoStatistics: true}
	// On Windows it would make the file that large, and it must not exceed the bound.
	if runtime.GOOS != "windows" && (f.maxBytes == 0 || f.maxBytes >= initialMmap) {
		options.InitialMmapSize = initialMmap
	}
	return options
}

// openGuarded opens the file. It turns a panic of bbolt on a damaged file into ErrDamaged, and then
// releases the file and its lock.
func openGuarded(path string, options *bbolt.Options) (db *bbolt.DB, err error) {
	var opened *os.File
	options.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		opened = f
		return f, err
	}

	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			_ = opened.Close()
			err = damaged(path, fmt.Sprint(p))
		}
	}()

	db, err = bbolt.Open(path, fileMode, options)
	if err == nil {
		db.AllocSize = allocSize
	}
	return db, err
}

func (f *File) prepare(o Options) error {
	// A file that is shorter than its pages faults when they are read from the memory map.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if err := f.View(func(t *Tx) error { return t.verify(o.Derived) }); err != nil {
		return err
	}

	if err := f.Update(func(t *Tx) error { return t.format(o) }); err != nil {
		return fmt.Errorf("open %s: %w", f.path, err)
	}
	// Even for an existing file: the process that made or exchanged it may have been killed before
	// the name was durable.
	if err := f.disk.SyncDir(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("open %s: %w", f.path, err)
	}
	return nil
}

// verify checks every value's checksum and bbolt's own pages, except the values of derived buckets.
func (t *Tx) verify(derived []Bucket) error {
	info, err := os.Stat(t.file.path)
	if err != nil {
		return fmt.Errorf("open %s: %w", t.file.path, err)
	}
	if info.Size() < t.bolt.Size() {
		return t.file.Damaged(fmt.Sprintf("the file has %d of %d bytes", info.Size(), t.bolt.Size()))
	}

	err = t.EachOfAll(func(bucket Bucket, key, value []byte) error {
		if slices.Contains(derived, bucket) {
			return nil
		}
		if _, err := t.file.codec.verify(bucket, key, value); err != nil {
			return t.file.damagedAt(bucket, key, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// The free list has no checksum; a wrong one would make later writes overwrite records.

	var wrong error
	t.CheckPages(func(err error) {
		if wrong == nil {
			wrong = t.file.Damaged(err.Error())
		}
	})
	return wrong
}

// format checks the format record, or writes it into a new file.
func (t *Tx) format(o Options) error {
	t.Touch() // forces a commit, so that a killed writer's last pages are durable before they are read

	for _, name := range append([]Bucket{Meta}, o.Buckets...) {
		if _, err := t.ensure(name); err != nil {
			return err
		}
	}

	var have Format
	found, err := t.Get(Meta, []byte(formatKey), &have)
	switch {
	case err != nil:
		return err
	case !found:
		return t.Put(Meta, []byte(formatKey), o.Format)
	case have.Kind != o.Format.Kind:
		return fmt.Errorf("%w: it holds %s, not %s", survey.ErrInvalid, have.Kind, o.Format.Kind)
	case have.Version > o.Format.Version:
		return fmt.Errorf("%w: format %d, this software knows %d: install the newer version",
			ErrNewerFormat, have.Version, o.Format.Version)
	case have.Region != o.Format.Region:
		return fmt.Errorf("%w: it belongs to the region %s, not %s", survey.ErrInvalid, have.Region, o.Format.Region)
	}
	return nil
}

// Path returns where the file is.
func (f *File) Path() string { return f.path }

// Close waits for the transactions under way and closes the file.
func (f *File) Close() error {
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("close %s: %w", f.path, err)
	}
	return nil
}

// View runs do in a read transaction on the last committed state. It does not wait for writers.
func (f *File) View(do func(*Tx) error) (err error) {
	f.swap.RLock()
	defer f.swap.RUnlock()
	return closedError(f.db.View(func(bolt *bbolt.Tx) error {
		t := &Tx{file: f, bolt: bolt}
		return t.Run(func() error { return do(t) })
	}))
}

// Update runs do in a write transaction that is durable when Update returns nil. If do fails,
// nothing is written. It blocks while another write transaction is open, and returns
// survey.ErrStorageFull on a full disk.
func (f *File) Update(do func(*Tx) error) error {
	t, err := f.Begin()
	if err != nil {
		return err
	}
	defer t.Rollback()

	if err := t.Run(func() error { return do(t) }); err != nil {
		return err
	}

	if err := t.Commit(); StorageFull(err) {
		return fmt.Errorf("%s: %w: %w", f.path, survey.ErrStorageFull, err)
	} else if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// Begin begins a write transaction. End it with [Tx.Commit] or [Tx.Rollback]. It blocks while
// another one is open.
func (f *File) Begin() (*Tx, error) {
	bolt, err := f.db.Begin(true)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", f.path, closedError(err))
	}
	return &Tx{file: f, bolt: bolt}, nil
}

// Marshal returns the deterministic CBOR of a value, as in its envelope.
func (f *File) Marshal(value any) ([]byte, error) { return f.codec.encode.Marshal(value) }

// NoSync makes writes skip fsync, for tests of many small steps. Call it before the first write.
func (f *File) NoSync() { f.db.NoSync = true }
