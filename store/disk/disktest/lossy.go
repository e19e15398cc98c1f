// Package disktest has a disk that loses power, for tests.
//
// Imports store/disk.
package disktest

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"github.com/ahsn-network/tracker/store/disk"
)

// sector is what a disk writes at once.
const sector = 512

// inode is one file under any names. durable is its contents when they were last made durable, nil
// for never.
type inode struct {
	info    fs.FileInfo
	durable []byte
}

// change is one change of the directory's names since they were last made durable: from is removed,
// to names the file.
type change struct {
	from, to string
	file     *inode
}

// Lossy is a [disk.Disk] over the files of one real directory. It remembers which contents and
// names were made durable, so that [Lossy.Leave] can produce a state that a loss of power may leave
// now: any of the sectors written since, any length in between, and any of the changes of names,
// each independently.
//
// At, if set, is called before and after every operation. Fail, if set, may return an error, and
// the operation is not carried out. Set both before the first use.
type Lossy struct {
	disk.OS
	At   func(moment string)
	Fail func(moment string) error

	dir     string
	random  *rand.Rand
	mu      sync.Mutex
	files   []*inode
	names   map[string]*inode // present
	durable map[string]*inode // as they were last made durable
	changes []change          // since then
}

// New returns a disk for the files of dir. The present contents are durable.
func New(dir string, random *rand.Rand) (*Lossy, error) {
	l := &Lossy{dir: dir, random: random}
	return l, l.MarkAllDurable()
}

// MarkAllDurable marks all contents and names as durable.
func (l *Lossy) MarkAllDurable() error {
	if err := l.MarkWritten(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.markNamesDurable()
	return nil
}

// MarkWritten marks the contents of all files as durable, but not their names: for code that writes
// into files without this disk.
func (l *Lossy) MarkWritten() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.look(); err != nil {
		return err
	}
	for name, file := range l.names {
		text, err := os.ReadFile(filepath.Join(l.dir, name))
		if err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		file.durable = text
	}
	return nil
}

func (l *Lossy) markNamesDurable() {
	l.durable, l.changes = make(map[string]*inode, len(l.names)), nil
	for name, file := range l.names {
		l.durable[name] = file
	}
}

// look compares the names with the directory: files may be created and removed without this disk.
func (l *Lossy) look() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return fmt.Errorf("look at the disk: %w", err)
	}

	seen := map[string]*inode{}
	for _, entry := range entries {
		if entry.IsDir() {
			continue

		}
		info, err := entry.Info()
		if err != nil {
			return fmt.Errorf("look at the disk: %w", err)
		}
		file := l.inodeOf(info)
		seen[entry.Name()] = file
		if l.names[entry.Name()] != file {
			l.changes = append(l.changes, change{to: entry.Name(), file: file})
		}
	}

	// A name that is gone was removed without this disk.
	for name := range l.names {
		if seen[name] == nil {
			l.changes = append(l.changes, change{from: name})
		}
	}
	l.names = seen
	return nil
}

func (l *Lossy) inodeOf(info fs.FileInfo) *inode {
	for _, f := range l.files {
		if os.SameFile(f.info, info) {
			return f
		}
	}
	f := &inode{info: info}
	l.files = append(l.files, f)
	return f
}

// do runs one operation between two moments; noted runs after its success.
func (l *Lossy) do(what string, act func() error, noted func() error) error {
	l.moment("before " + what)
	if l.Fail != nil {
		if err := l.Fail(what); err != nil {
			return err
		}
	}

	l.mu.Lock()
	err := l.look()
	if err == nil {
		err = act()
	}
	if err == nil {
		err = noted()
	}
	l.mu.Unlock()

	if err == nil {
		l.moment("after " + what)
	}
	return err
}

func (l *Lossy) moment(name string) {
	if l.At != nil {
		l.At(name)
	}
}

// Sync implements disk.Disk.
func (l *Lossy) Sync(path string, file disk.Syncer) error {
	return l.do("sync "+filepath.Base(path), func() error { return l.OS.Sync(path, file) }, func() error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		l.inodeOf(info).durable, err = os.ReadFile(path)
		return err
	})
}

// Rename implements disk.Disk.
func (l *Lossy) Rename(from, to string) error {
	act := func() error { return l.OS.Rename(from, to) }
	return l.do("rename "+filepath.Base(from), act, func() error {
		from, to := filepath.Base(from), filepath.Base(to)
		file := l.names[from]
		delete(l.names, from)
		l.names[to] = file
		l.changes = append(l.changes, change{from, to, file})
		return nil
	})
}

// Remove implements disk.Disk.
func (l *Lossy) Remove(path string) error {
	return l.do("remove "+filepath.Base(path), func() error { return l.OS.Remove(path) }, l.look)
}

// SyncDir implements disk.Disk.
func (l *Lossy) SyncDir(dir string) error {
	return l.do("sync the directory", func() error { return l.OS.SyncDir(dir) }, func() error {
		if filepath.Clean(dir) == filepath.Clean(l.dir) {
			l.markNamesDurable()
		}
		return nil
	})
}

// Leave writes a state of the directory that a loss of power may leave now into another directory,
// which it empties first.
func (l *Lossy) Leave(to string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := os.RemoveAll(to); err != nil {
		return fmt.Errorf("lose power: %w", err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("lose power: %w", err)
	}

	if err := l.look(); err != nil {
		return err
	}

	names := map[string]*inode{}
	for name, file := range l.durable {
		names[name] = file
	}
	// Each change of names survives or is lost by itself.
	for _, c := range l.changes {
		if l.random.IntN(2) == 0 {
			continue
		}
		delete(names, c.from)
		if c.to != "" {
			names[c.to] = c.file
		}
	}

	for name, file := range names {
		if err := os.WriteFile(filepath.Join(to, name), l.left(file), 0o600); err != nil {
			return fmt.Errorf("lose power: %w", err)
		}
	}
	return nil
}

// left returns a file's contents after a loss of power. A file without a name has its durable
// contents.
func (l *Lossy) left(file *inode) []byte {
	for name, f := range l.names {
		if f == file {
			if now, err := os.ReadFile(filepath.Join(l.dir, name)); err == nil {
				return Torn(l.random, file.durable, now)
			}
		}
	}
	return file.durable
}

// Torn returns before with any of the sectors in which after differs, and any length between the
// two.
func Torn(random *rand.Rand, before, after []byte) []byte {
	length := len(before)
	if d := len(after) - length; d != 0 {
		length += random.IntN(max(d, -d)+1) * d / max(d, -d)
	}

	image := make([]byte, length)
	copy(image, before)
	for at := 0; at < min(length, len(after)); at += sector {
		end := min(at+sector, length, len(after))
		if random.IntN(2) == 0 {
			copy(image[at:end], after[at:end])
		}
	}
	return image
}
