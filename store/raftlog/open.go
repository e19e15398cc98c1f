package raftlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/ahsn-network/tracker/store/disk"
)

const (
	lockTimeout = 2 * time.Second
	// pageSize is the same on every machine, so that a file can move between
	// them and the check at Open knows where to look.
	pageSize = 4096
	// mmapSize is address space, not memory. Growing the map waits for every reader, so it starts
	// larger than most logs ever get.
	mmapSize = 256 << 20
	growth   = 4 << 20 // bytes by which the file grows
	fileMode = 0o600
)

var (
	logBucket    = []byte("log")
	stableBucket = []byte("stable")
	metaBucket   = []byte("meta")
	boundsKey    = []byte("bounds")
)

// Open opens the log at path, or creates it. It reads and checks the whole file first. It returns
// ErrCorrupt if it is damaged, ErrLocked if another process keeps it for more than 2 s. The
// directory must exist.
func Open(path string, opts Options) (*Log, error) {
	if path == "" {
		return nil, errors.New("open raft log: no path")
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create raft log %s: %w", path, err)
		}
	case err == nil && info.Size() == 0:
		return nil, fmt.Errorf("open raft log: %w", corrupt(path, "header", "empty file"))
	}

	// Before bbolt reads more than its header: a damaged page would make it panic.
	if err := check(path); err != nil {
		return nil, fmt.Errorf("open raft log: %w", err)
	}

	db, err := openFile(path, false)
	if err != nil {
		return nil, fmt.Errorf("open raft log: %w", err)
	}

	l := &Log{db: db, path: path, onWrite: opts.OnWrite, own: opts.OwnReplay}
	if err := l.guard("tail", l.readBounds); err != nil {
		return nil, errors.Join(fmt.Errorf("open raft log: %w", err), db.Close())
	}
	return l, nil
}

// readBounds reads the bounds, and files the entries of a tail that a crash left behind.
func (l *Log) readBounds() error {
	err := l.db.View(func(tx *bolt.Tx) (err error) {
		l.at, err = readBounds(tx)
		return err
	})
	if err != nil {
		return corrupt(l.path, "bounds", err.Error())
	}

	l.tail = new(tail)
	if l.at.tail > 0 {
		return l.fileLeft()
	}
	return nil
}

// fileLeft files the entries of the tail. Afterwards all entries are in the log's own file.
func (l *Log) fileLeft() error {
	entries, commit, err := readTail(l.path, l.at.tail)
	if err != nil {
		return err
	}

	if len(entries) > 0 {
		if err := checkContiguous(l.at, entries); err != nil {
			return corrupt(l.path+tailSuffix, "entries", err.Error())
		}
		if l.at.empty() {
			l.at.first = entries[0].Index
		}
		l.at.last, l.at.commit = entries[len(entries)-1].Index, commit
	}

	// In the same transaction as the entries: the tail is needed until they are filed.
	l.at.tail = 0
	err = l.db.Update(func(tx *bolt.Tx) error { return errors.Join(putEntries(tx, entries), writeBounds(tx, l.at)) })
	if err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	return nil
}

// check locks the file for reading and inspects every page.
func check(path string) error {
	db, err := openFile(path, true)
	if err != nil {
		return err
	}
	err = inspect(path)
	return errors.Join(err, db.Close())
}

func openFile(path string, readOnly bool) (*bolt.DB, error) {
	db, err := bolt.Open(path, fileMode, &bolt.Options{
		Timeout:         lockTimeout,
		ReadOnly:        readOnly,
		PageSize:        pageSize,
		InitialMmapSize: mmapSize,
		NoFreelistSync:  true, // rebuilt at Open; a list on disk could rot
		FreelistType:    bolt.FreelistMapType,
		NoStatistics:    true,
	})

	switch {
	case err == nil:
		db.AllocSize = growth
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, locked(path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum),
		errors.Is(err, berrors.ErrVersionMismatch):
		return nil, corrupt(path, "header", err.Error())
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// create makes an empty log beside path and renames it, so that a crash leaves no half-written
// file.
func create(path string) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	db, err := openFile(fresh, false)
	if err != nil {
		return err
	}

	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{logBucket, stableBucket, metaBucket} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return writeBounds(tx, bounds{})
	})

	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}

	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return disk.OS{}.SyncDir(filepath.Dir(path))
}

// guard turns a panic of bbolt on a page that was damaged after Open, or a fault in its memory map,
// into ErrCorrupt.
func (l *Log) guard(place string, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = corrupt(l.path, place, fmt.Sprint(p))
		}
	}()
	return fn()
}
