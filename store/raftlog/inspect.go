package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"strconv"

	"github.com/hashicorp/raft"
)

// bbolt trusts its pages: a damaged one makes it panic, in a goroutine of its own when it opens the
// file, or loop for ever. So inspect reads the file itself, before bbolt does more than lock it.
// The layout is bbolt's file format, version 2: two meta pages, of which the one with the higher
// transaction id is valid, and a tree of branch and leaf pages.
const (
	pageHeader  = 16
	elementSize = 16
	branchFlag  = 1
	leafFlag    = 2
	bucketFlag  = 1
	metaSum     = pageHeader + 56
	maxDepth    = 24
	// maxPageBytes bounds a page with its overflow. An entry has at most a few hundred kilobytes.
	maxPageBytes = 64 << 20
)

var (
	errShort = errors.New("page ends too early")
	errMark  = errors.New("marked as something else")
)

type inspection struct {
	path string
	file io.ReaderAt
	high uint64 // pages from here on do not exist
	seen map[uint64]bool

	inLog       bool   // walking the entries, whose keys are indexes
	first, next uint64 // first index found; index that must come next, 0: any
	keys        uint64 // stable records found
	at          *bounds
}

// inspect returns ErrCorrupt unless every reachable page is well formed, every record has its
// checksum, and the entries are exactly those in the bounds.
func inspect(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()

	in := &inspection{path: path, file: file, seen: make(map[uint64]bool)}
	root, err := in.meta()
	if err != nil {
		return err
	}

	found := 0
	err = in.walk(root, 0, func(flags uint32, key, value []byte) error {
		if flags&bucketFlag == 0 {
			return corrupt(path, "root", "record outside of the buckets")
		}
		found++
		return in.bucket(string(key), value)
	})
	if err != nil {
		return err
	}

	if found != 3 || in.at == nil {
		return corrupt(path, "root", "not a raft log of this program")
	}
	return in.complete()
}

// complete compares the entries and records found with the bounds.
func (in *inspection) complete() error {
	if in.keys != in.at.keys {
		return corrupt(in.path, "stable", fmt.Sprintf("%d records instead of %d", in.keys, in.at.keys))
	}

	found := bounds{first: in.first, last: max(in.next, 1) - 1}
	if found.first == in.at.first && found.last == in.at.last {
		return nil
	}

	// Named by index: the operator and the log of the other nodes know entries by it.
	lost := in.next
	if found.first != in.at.first {
		lost = in.at.first
	}
	return corruptEntry(in.path, lost, fmt.Sprintf("missing: the file holds %v instead of %v", found, in.at))
}

// meta returns the root page of the newest transaction. Both meta pages must be whole: bbolt would
// fall back to the transaction before, and so lose an acknowledged entry or vote. A page torn by a
// crash would be refused too, but a meta page lies within one disk sector.
func (in *inspection) meta() (root uint64, err error) {
	var newest uint64
	for number := range int64(2) {
		page := make([]byte, metaSum+8)
		if _, err := in.file.ReadAt(page, number*pageSize); err != nil {
			return 0, corrupt(in.path, "header", err.Error())
		}

		sum := fnv.New64a()
		sum.Write(page[pageHeader:metaSum])
		if binary.NativeEndian.Uint64(page[metaSum:]) != sum.Sum64() {
			return 0, corrupt(in.path, fmt.Sprintf("header %d", number), errSum.Error())
		}

		// The checks below find pages by this size.
		m := page[pageHeader:]
		if size := binary.NativeEndian.Uint32(m[8:]); size != pageSize {
			return 0, corrupt(in.path, "header", fmt.Sprintf("page size %d", size))
		}

		if id := binary.NativeEndian.Uint64(m[48:]); id >= newest {
			newest, root, in.high = id, binary.NativeEndian.Uint64(m[16:]), binary.NativeEndian.Uint64(m[40:])
		}
	}
	return root, nil
}

// page reads one page with its overflow, and marks its pages as used.
func (in *inspection) page(id uint64) ([]byte, error) {
	place := fmt.Sprintf("page %d", id)
	if id < 2 || id >= in.high {
		return nil, corrupt(in.path, place, "out of range")
	}

	header := make([]byte, pageHeader)
	if _, err := in.file.ReadAt(header, int64(id)*pageSize); err != nil {
		return nil, corrupt(in.path, place, err.Error())
	}

	overflow := uint64(binary.NativeEndian.Uint32(header[12:]))
	size := (overflow + 1) * pageSize
	if binary.NativeEndian.Uint64(header) != id || overflow >= in.high-id || size > maxPageBytes {
		return nil, corrupt(in.path, place, "damaged page header")
	}

	// A page that is used twice would make the walk endless.
	for n := id; n <= id+overflow; n++ {
		if in.seen[n] {
			return nil, corrupt(in.path, place, "used twice")
		}
		in.seen[n] = true
	}

	page := make([]byte, size)
	if _, err := in.file.ReadAt(page, int64(id)*pageSize); err != nil {
		return nil, corrupt(in.path, place, err.Error())
	}
	return page, nil
}

type visit func(flags uint32, key, value []byte) error

// walk visits every leaf element below the page, in order of key.
func (in *inspection) walk(id uint64, depth int, fn visit) error {
	if depth > maxDepth {
		return corrupt(in.path, fmt.Sprintf("page %d", id), "tree too deep")
	}

	page, err := in.page(id)
	if err != nil {
		return err
	}

	if binary.NativeEndian.Uint16(page[8:]) != branchFlag {
		return in.leaf(fmt.Sprintf("page %d", id), page, fn)
	}

	for i := range int(binary.NativeEndian.Uint16(page[10:])) {
		at := pageHeader + i*elementSize
		if at+elementSize > len(page) {
			return corrupt(in.path, fmt.Sprintf("page %d", id), errShort.Error())
		}
		child := binary.NativeEndian.Uint64(page[at+8:])
		if err := in.branchKey(page, at, child); err != nil {
			return err
		}
		if err := in.walk(child, depth+1, fn); err != nil {
			return err
		}
	}
	return nil
}

// branchKey checks that a branch leads to its child by the child's first key: a wrong key would
// hide existing entries.
func (in *inspection) branchKey(page []byte, at int, child uint64) error {
	key, err := cut(page, at, binary.NativeEndian.Uint32(page[at:]), binary.NativeEndian.Uint32(page[at+4:]))
	if err != nil {
		return corrupt(in.path, fmt.Sprintf("page %d", child), err.Error())
	}

	if !in.inLog {
		return nil
	}

	// The child must begin with the entry that comes next.
	if len(key) != keySize || in.next != 0 && binary.BigEndian.Uint64(key) != in.next {
		return corruptEntry(in.path, in.next, "not where it should be")
	}
	in.next = binary.BigEndian.Uint64(key)
	return nil
}

func (in *inspection) leaf(place string, page []byte, fn visit) error {
	if binary.NativeEndian.Uint16(page[8:]) != leafFlag {
		return corrupt(in.path, place, "unknown kind of page")
	}
	for i := range int(binary.NativeEndian.Uint16(page[10:])) {
		at := pageHeader + i*elementSize
		if at+elementSize > len(page) {
			return corrupt(in.path, place, errShort.Error())
		}

		element := page[at : at+elementSize]
		position, keyLength := binary.NativeEndian.Uint32(element[4:]), binary.NativeEndian.Uint32(element[8:])
		key, err := cut(page, at, position, keyLength)
		if err != nil {
			return corrupt(in.path, place, err.Error())
		}

		value, err := cut(page, at, position+keyLength, binary.NativeEndian.Uint32(element[12:]))
		if err != nil {
			return corrupt(in.path, place, err.Error())
		}

		if err := fn(binary.NativeEndian.Uint32(element), key, value); err != nil {
			return err
		}
	}
	return nil
}

// cut returns length bytes at position, counted from the element's start.
func cut(page []byte, at int, position, length uint32) ([]byte, error) {
	from := uint64(at) + uint64(position)
	if from+uint64(length) > uint64(len(page)) {
		return nil, errShort
	}
	return page[from : from+uint64(length)], nil
}

// bucket walks one bucket: its root page, or, for a small one, its only page inside the parent's
// value.
func (in *inspection) bucket(name string, value []byte) error {
	fn, ok := map[string]visit{
		string(logBucket):    in.entry,
		string(stableBucket): in.stable,
		string(metaBucket):   in.promise,
	}[name]
	if !ok || len(value) < 16 {
		return corrupt(in.path, "root", fmt.Sprintf("unknown bucket %q", name))
	}

	in.inLog = name == string(logBucket)
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return in.walk(root, 1, fn)
	}

	if len(value) < 16+pageHeader {
		return corrupt(in.path, name, errShort.Error())
	}
	return in.leaf(name, value[16:], fn)
}

func (in *inspection) entry(flags uint32, key, value []byte) error {
	if len(key) != keySize || flags != 0 {
		return corruptEntry(in.path, in.next, "damaged key")
	}
	index := binary.BigEndian.Uint64(key)

	if err := decodeEntry(key, value, new(raft.Log)); err != nil {
		return corruptEntry(in.path, index, err.Error())
	}

	// Indexes without a gap: a lost page may be missing without a trace.
	if in.next != 0 && index != in.next {
		return corruptEntry(in.path, in.next, "missing")
	}
	if in.first == 0 {
		in.first = index
	}
	in.next = index + 1
	return nil
}

// stable checks one stable record. bbolt does not find a record that is marked as a bucket: a vote
// would be lost without an error.
func (in *inspection) stable(flags uint32, key, value []byte) error {
	_, err := unseal(key, value)
	if err == nil && flags != 0 {
		err = errMark
	}
	if err != nil {
		return corrupt(in.path, "stable "+strconv.Quote(string(key)), err.Error())
	}
	in.keys++
	return nil
}

// promise reads the bounds, the only record of their bucket.
func (in *inspection) promise(flags uint32, key, value []byte) error {
	at, err := decodeBounds(value)
	if err != nil || string(key) != string(boundsKey) {
		return corrupt(in.path, "bounds", errSum.Error())
	}
	if flags != 0 {
		return corrupt(in.path, "bounds", errMark.Error())
	}
	in.at = &at
	return nil
}
