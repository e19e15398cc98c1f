package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/ahsn-network/tracker/store/disk"
)

var (
	// ErrDamaged: the file is damaged in a way that no crash explains. Move it away: the node then
	// keeps leaves from its newest snapshot on.
	ErrDamaged = errors.New("the ledger is damaged")
	// ErrNotKept: the leaf is older than this ledger, or not yet in it.
	ErrNotKept = errors.New("not in this node's ledger")
)

// Ledger is an open file of leaves. It is safe for concurrent use, except that only one goroutine
// may call Append and Reset. After a failed Append it can still be read, and every later Append
// fails too.
type Ledger struct {
	path string

	mu      sync.RWMutex
	file    *os.File
	start   uint64 // index of the first leaf
	before  uint64 // the last registry number covered by older leaves
	edge    []Hash // of the tree before start, the largest subtree first
	offsets []int64
	end     int64
	failed  error
}

// Open opens the ledger at path, or creates an empty one, and reads it through. It cuts off a torn
// end. It returns ErrDamaged, naming the file, if more is damaged than one Append can have written.
// The directory must exist.
func Open(path string) (*Ledger, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path, 0, 0, nil); err != nil {
			return nil, fmt.Errorf("make the ledger %s: %w", path, err)
		}
	}

	l := &Ledger{path: path}
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	return l, nil
}

// create writes a file without leaves; a crash leaves the old file or this one.
func create(path string, start, number uint64, edge []Hash) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())

	_, err = temporary.Write(makeHead(start, number, edge))
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}

	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return disk.OS{}.SyncDir(filepath.Dir(path))
}

// load opens the file and notes the places of its records.
func (l *Ledger) load() error {
	file, err := os.OpenFile(l.path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	l.file, l.offsets = file, nil
	if err := l.scan(); err != nil {
		return errors.Join(err, file.Close())
	}
	return nil
}

func (l *Ledger) scan() error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}

	from := bufio.NewReaderSize(io.NewSectionReader(l.file, 0, info.Size()), 256<<10)
	if l.end, err = l.scanHead(from); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}

	fixed := make([]byte, recordFixed)
	var rest []byte

	// Every record is verified, but only its place is kept: 8 bytes of memory a leaf.
	for l.end < info.Size() {
		n, err := scanRecord(from, fixed, &rest)
		if err != nil {
			return l.cutOff(info.Size())
		}
		l.offsets = append(l.offsets, l.end)
		l.end += int64(n)
	}
	return nil
}

func (l *Ledger) scanHead(from io.Reader) (int64, error) {
	head := make([]byte, headFixed)
	if _, err := io.ReadFull(from, head); err != nil {
		return 0, err
	}
	more := make([]byte, int(head[headFixed-1])*32+4)
	if _, err := io.ReadFull(from, more); err != nil {
		return 0, err
	}
	var err error
	l.start, l.before, l.edge, err = parseHead(append(head, more...))
	if err == nil && len(l.edge) != bits.OnesCount64(l.start) {
		err = errors.New("its edge does not fit its start")
	}
	return int64(len(head) + len(more)), err
}

// scanRecord reads one record and returns its whole length.
func scanRecord(from io.Reader, fixed []byte, rest *[]byte) (int, error) {
	if _, err := io.ReadFull(from, fixed); err != nil {
		return 0, err
	}
	n, err := restLength(fixed)
	if err != nil {
		return 0, err
	}

	if cap(*rest) < n {
		*rest = make([]byte, n)
	}
	if _, err := io.ReadFull(from, (*rest)[:n]); err != nil {
		return 0, err
	}

	_, err = parseRecord(fixed, (*rest)[:n])
	return recordFixed + n, err
}

// cutOff drops a torn end. raft replays its leaves.
func (l *Ledger) cutOff(size int64) error {
	if size-l.end > maxBatchBytes {
		return fmt.Errorf("%w: leaf %d, at byte %d, is not whole, and much stands after it",
			ErrDamaged, l.start+uint64(len(l.offsets)), l.end)
	}
	if err := l.file.Truncate(l.end); err != nil {
		return fmt.Errorf("cut off a torn end: %w", err)
	}
	return l.file.Sync()
}

// Size returns the number of leaves of the tree, and so the index of the next one.
func (l *Ledger) Size() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.start + uint64(len(l.offsets))
}

// Start returns the index of the first leaf in this file.
func (l *Ledger) Start() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.start
}

// Append adds the leaves in order, at most 8 MiB of them, and returns when they are durable. It
// blocks for one fsync.
func (l *Ledger) Append(leaves []Leaf) error {
	size := 0
	for _, leaf := range leaves {
		size += recordFixed + restFixed + len(leaf.Hashes)*len(Hash{}) + len(leaf.Data)
	}

	batch := make([]byte, 0, size)
	offsets := make([]int64, 0, len(leaves))
	for _, leaf := range leaves {
		if len(leaf.Hashes) == 0 || len(leaf.Hashes) > maxHashes || len(leaf.Data) > maxDataBytes {
			return fmt.Errorf("append to the ledger: a leaf of %d hashes and %d bytes",
				len(leaf.Hashes), len(leaf.Data))
		}
		offsets = append(offsets, int64(len(batch)))
		batch = appendRecord(batch, leaf)
	}

	if len(batch) > maxBatchBytes {
		return fmt.Errorf("append to the ledger: %d bytes at once", len(batch))
	}
	// Only the caller of Append writes, and readers look only at recorded offsets, so no lock is
	// held during I/O.
	l.mu.RLock()
	end, failed := l.end, l.failed
	l.mu.RUnlock()
	if failed != nil {
		return failed
	}

	_, err := l.file.WriteAt(batch, end)
	if err == nil {
		err = l.file.Sync()
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed = fmt.Errorf("append to the ledger %s: %w", l.path, err)
		return l.failed
	}

	// Only now can readers find the leaves.
	for _, at := range offsets {
		l.offsets = append(l.offsets, end+at)
	}
	l.end = end + int64(len(batch))
	return nil
}

// Leaf returns the leaf at the index, or ErrNotKept.
func (l *Ledger) Leaf(index uint64) (Leaf, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.leaf(index)
}

func (l *Ledger) leaf(index uint64) (Leaf, error) {
	if index < l.start || index-l.start >= uint64(len(l.offsets)) {
		return Leaf{}, fmt.Errorf("leaf %d: %w", index, ErrNotKept)
	}

	at := l.offsets[index-l.start]
	fixed := make([]byte, recordFixed)
	if _, err := l.file.ReadAt(fixed, at); err != nil {
		return Leaf{}, fmt.Errorf("leaf %d: %w", index, err)
	}
	n, err := restLength(fixed)
	if err != nil {
		return Leaf{}, fmt.Errorf("leaf %d: %w: %w", index, ErrDamaged, err)
	}

	rest := make([]byte, n)
	if _, err := l.file.ReadAt(rest, at+recordFixed); err != nil {
		return Leaf{}, fmt.Errorf("leaf %d: %w", index, err)
	}

	leaf, err := parseRecord(fixed, rest)
	if err != nil {
		return Leaf{}, fmt.Errorf("leaf %d: %w: %w", index, ErrDamaged, err)
	}
	return leaf, nil
}

// Find returns the index and the leaf that covers the registry number, or ErrNotKept.
func (l *Ledger) Find(number uint64) (uint64, Leaf, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var failed error

	at := sort.Search(len(l.offsets), func(i int) bool {
		leaf, err := l.leaf(l.start + uint64(i))
		if err != nil {
			failed = err
		}
		return leaf.Number >= number
	})

	// The search went on after an error, and its result means nothing.
	if failed != nil {
		return 0, Leaf{}, failed
	}

	if number <= l.before {
		return 0, Leaf{}, fmt.Errorf("number %d: %w", number, ErrNotKept)
	}
	leaf, err := l.leaf(l.start + uint64(at))
	return l.start + uint64(at), leaf, err
}

// Hash returns the hash of subtree n of the level (level 0: of leaf n itself), or ErrNotKept.
func (l *Ledger) Hash(level int, n uint64) (Hash, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	last := (n+1)<<level - 1

	// Of leaves before this file only the edge is known.
	if last < l.start {
		before := uint64(0)
		for i, at := 0, l.start; at != 0; i++ {
			height := bits.Len64(at) - 1
			if height == level && before>>height == n {
				return l.edge[i], nil
			}
			before += 1 << height
			at &^= 1 << height
		}
		return Hash{}, fmt.Errorf("subtree %d of level %d: %w", n, level, ErrNotKept)
	}

	leaf, err := l.leaf(last)
	if err != nil {
		return Hash{}, err
	}
	if level >= len(leaf.Hashes) {
		return Hash{}, fmt.Errorf("subtree %d of level %d: %w", n, level, ErrDamaged)
	}
	return leaf.Hashes[level], nil
}

// Reset deletes every leaf and goes on at the index, after the registry number, with the edge of
// the tree before it: the hashes of its complete subtrees, the largest first.
func (l *Ledger) Reset(start, number uint64, edge []Hash) error {
	if len(edge) != bits.OnesCount64(start) {
		return fmt.Errorf("reset the ledger: %d hashes are not the edge of a tree of %d leaves", len(edge), start)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}

	err := l.file.Close()
	if err == nil {
		err = create(l.path, start, number, edge)
	}
	if err == nil {
		err = l.load()
	}

	if err != nil {
		l.failed = fmt.Errorf("reset the ledger %s: %w", l.path, err)
	}
	return l.failed
}

// Close closes the file. Appended leaves are durable already.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = fmt.Errorf("ledger %s: %w", l.path, fs.ErrClosed)
	}
	return l.file.Close()
}
