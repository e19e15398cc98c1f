package store

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

// bucketName names one bucket of a file.
type bucketName string

const (
	lockTimeout = 1500 * time.Millisecond
	fileMode    = 0o600
	// initialMmap keeps long reads from holding up writers that grow the
	// file. It is address space, not memory.
	initialMmap = 64 << 20
	allocSize   = 1 << 20 // by which the file grows
)

// metaBucket holds the facts about the file itself.
const (
	metaBucket bucketName = "meta"
	metaFormat string     = "format"
)

// formatRecord says how the file is written and whose it is.
type formatRecord struct {
	Version uint64        `cbor:"1,keyasint"`
	Kind    string        `cbor:"2,keyasint"`
	Region  survey.Region `cbor:"3,keyasint,omitempty"`
}

// file is a bbolt file whose values are envelopes.
type file struct {
	db       *bbolt.DB
	path     string
	codec    *codec
	maxBytes int64
	swap     sync.RWMutex // held for reading by every read, for writing while the file is exchanged
	disk     disk.Disk
	unsure   atomic.Bool // after that it could not be opened again, or its name may not last
}

// options are how the file is opened.
func (f *file) options() *bbolt.Options {
	options := &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, MaxSize: int(f.maxBytes), NoStatistics: true}
	// On Windows it would make the file that large, and it must not pass the bound.
	if runtime.GOOS != "windows" && (f.maxBytes == 0 || f.maxBytes >= initialMmap) {
		options.InitialMmapSize = initialMmap
	}
	return options
}

// fileOptions say which file to open. Damage in the buckets named by Derived is
// let pass: their owner makes them anew.
type fileOptions struct {
	Path     string
	MaxBytes int64
	Want     formatRecord
	Buckets  []bucketName
	Derived  []bucketName
	Disk     disk.Disk // nil: the machine's own
	Logger   *slog.Logger
}

// openFile opens or makes the file, checks that it is of this format, and
// verifies every checksum in it before anything is served from it.
func openFile(o fileOptions) (*file, error) {
	path := o.Path
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	info, statErr := os.Stat(path)
	if statErr == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		o.Logger.Warn("taking group and others off the permissions of the file", "file", path)
		if err := os.Chmod(path, fileMode); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	f := &file{path: path, codec: codec, maxBytes: o.MaxBytes, disk: o.Disk}
	if f.disk == nil {
		f.disk = disk.OS{}
	}
	if err := f.disk.Remove(path + compactSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db, err := openGuarded(path, f.options())
	if err != nil {
		return nil, openError(path, err)
	}
	f.db = db
	if err := f.prepare(o); err != nil {
		_ = db.Close()
		return nil, err
	}
	return f, nil
}

// openGuarded turns bbolt's panics on damaged files into errors, and lets go
// of the file and its lock then.
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

func (f *file) prepare(o fileOptions) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged(f.path, fmt.Sprint(p))
		}
	}()
	if err := f.db.View(func(tx *bbolt.Tx) error { return f.verify(tx, o.Derived) }); err != nil {
		return err
	}
	err = f.db.Update(func(tx *bbolt.Tx) error { return f.format(tx, o.Want, o.Buckets) })
	if err != nil {
		if storageFull(err) {
			err = fmt.Errorf("%w: %w", survey.ErrStorageFull, err)
		}
		return fmt.Errorf("open %s: %w", f.path, err)
	}
	// Also of a file that was there: whoever made or exchanged it may have been
	// killed before the name was durable.
	if err := f.disk.SyncDir(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("open %s: %w", f.path, err)
	}
	return nil
}

// verify reads every value and its checksum.
func (f *file) verify(tx *bbolt.Tx, derived []bucketName) error {
	info, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.path, err)
	}
	if info.Size() < tx.Size() {
		return damaged(f.path, fmt.Sprintf("the file has %d of %d bytes", info.Size(), tx.Size()))
	}
	err = tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if slices.Contains(derived, bucketName(name)) {
			return nil
		}
		return b.ForEach(func(key, value []byte) error {
			if _, err := f.codec.verify(bucketName(name), key, value); err != nil {
				return damaged(f.path, fmt.Sprintf("%s %q: %v", name, key, err))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	// The free list has no checksum either; a wrong one would make later
	// writes overwrite records.
	var wrong error
	for e := range tx.Check() {
		if wrong == nil {
			wrong = damaged(f.path, e.Error())
		}
	}
	return wrong
}

// format checks the format record, or writes it into a new file.
func (f *file) format(tx *bbolt.Tx, want formatRecord, buckets []bucketName) error {
	for _, name := range append([]bucketName{metaBucket}, buckets...) {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	meta, key := tx.Bucket([]byte(metaBucket)), []byte(metaFormat)
	data := meta.Get(key)
	if data == nil {
		sealed, err := f.codec.seal(metaBucket, key, want)
		if err != nil {
			return err
		}
		return meta.Put(key, sealed)
	}
	var have formatRecord
	if err := f.codec.open(metaBucket, key, data, &have); err != nil {
		return damaged(f.path, err.Error())
	}
	switch {
	case have.Kind != want.Kind:
		return fmt.Errorf("%w: it holds %s, not %s", survey.ErrInvalid, have.Kind, want.Kind)
	case have.Version > want.Version:
		return fmt.Errorf("%w: format %d, this software knows %d: install the newer version", ErrNewerFormat, have.Version, want.Version)
	case have.Region != want.Region:
		return fmt.Errorf("%w: it belongs to the region %s, not %s", survey.ErrInvalid, have.Region, want.Region)
	}
	return nil
}

// view runs do in a read transaction and turns bbolt's panics on damaged
// pages into errors.
func (f *file) view(do func(*bbolt.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(f.path, fmt.Sprint(p))
		}
	}()
	f.swap.RLock()
	defer f.swap.RUnlock()
	return closedError(f.db.View(do))
}
