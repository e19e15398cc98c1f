package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/store/disk"
)

// The tail is a file beside the log's own, path + tailSuffix. It holds the newest
// entries until there are enough of them for a transaction: an append is written
// there, to bytes that the file already has, and synced once, where a transaction
// of bbolt syncs twice.
//
// It has two halves of tailHalf bytes with the same records at the same places,
// so that one damaged place can be told from an append that a crash cut off.
// A record is
//
//	epoch     8 bytes, little endian
//	length    4 bytes, of all that follows but the checksum
//	commit    8 bytes: the commit index, as in bounds
//	entries   each its key, the length of its value in 4 bytes, and its value
//	CRC-32C   4 bytes, over all of the above
//
// Only records of the epoch in the bounds are valid. They begin at 0 and follow
// each other; the first place without a whole record in either half is the end.
// One transaction files the entries and raises the epoch; the tail is empty then.
// A closed log has no tail: its own file, whose bounds name no epoch, is complete.
const (
	tailSuffix = ".tail"
	tailHalf   = 512 << 10
	tailHeader = 8 + 4
	tailFixed  = tailHeader + 8 + sumSize
)

// tail is the open file. Call its methods from one goroutine at a time.
type tail struct {
	file  *os.File // nil before the first append
	epoch uint64   // 0 before the bounds name one
	used  int64    // bytes of each half
	lost  bool     // a write failed, and the contents of the disk are not known
}

// create makes the file with all its bytes, so that appends change no length. The bounds must not
// name an epoch yet.
func (t *tail) create(path string) error {
	file, err := os.OpenFile(path+tailSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}

	_, err = file.Write(make([]byte, 2*tailHalf))
	if err := errors.Join(err, file.Sync(), disk.OS{}.SyncDir(filepath.Dir(path))); err != nil {
		return errors.Join(err, file.Close())
	}
	t.file = file
	return nil
}

// append writes the record to both halves and returns when it is on disk.
func (t *tail) append(record []byte) error {
	t.lost = true
	for _, half := range []int64{0, tailHalf} {
		if _, err := t.file.WriteAt(record, half+t.used); err != nil {
			return err
		}
	}

	if err := datasync(t.file); err != nil {
		return err
	}

	t.lost = false
	t.used += int64(len(record))
	return nil
}

// fits reports whether the record can be appended: there is an epoch, no write has failed, and
// there is room.
func (t *tail) fits(record []byte) bool {
	return t.epoch > 0 && !t.lost && t.used+int64(len(record)) <= tailHalf
}

// empty begins again at 0, in the epoch that the bounds name now.
func (t *tail) empty(epoch uint64) { t.epoch, t.used, t.lost = epoch, 0, false }

// tailRecord encodes one append. commit is the commit index of the new bounds.
func tailRecord(epoch, commit uint64, entries []*raft.Log) []byte {
	size := tailFixed
	for _, e := range entries {
		size += keySize + 4 + maxEncoded(e)
	}
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, size), epoch)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, commit)

	for _, e := range entries {
		key := indexKey(e.Index)
		value := encodeEntry(key, e)
		b = append(b, key...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
		b = append(b, value...)
	}

	// The length is known only now.
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)-tailHeader))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readTail returns the entries of the epoch in their order and the last commit index among them, 0
// if there are none. It returns ErrCorrupt if the file does not have its full length or a record
// does not hold whole entries.
func readTail(path string, epoch uint64) (entries []*raft.Log, commit uint64, err error) {
	text, err := os.ReadFile(path + tailSuffix)
	if err != nil || len(text) != 2*tailHalf {
		what := fmt.Sprintf("%d bytes instead of %d, %v", len(text), 2*tailHalf, err)
		return nil, 0, corrupt(path+tailSuffix, "file", what)
	}

	// Each record is taken from the half that has it whole.
	one, other := text[:tailHalf], text[tailHalf:]
	for {
		record := wholeRecord(one, epoch)
		if record == nil {
			record = wholeRecord(other, epoch)
		}

		// Neither half has one: this append was cut off before it was acknowledged, or there was
		// none.
		if record == nil {
			return entries, commit, nil
		}
		one, other = one[len(record):], other[len(record):]

		body := record[tailHeader : len(record)-sumSize]
		commit, body = binary.LittleEndian.Uint64(body), body[8:]
		for len(body) > 0 {
			var e raft.Log
			if body, err = tailEntry(body, &e); err != nil {
				return nil, 0, corrupt(path+tailSuffix, "record", err.Error())
			}
			entries = append(entries, &e)
		}
	}
}

// wholeRecord returns the record of the epoch at the beginning of a half's remaining bytes, nil if
// there is none or it is not whole.
func wholeRecord(half []byte, epoch uint64) []byte {
	if len(half) < tailFixed || binary.LittleEndian.Uint64(half) != epoch {
		return nil
	}

	length := uint64(binary.LittleEndian.Uint32(half[8:]))
	if length < 8 || tailHeader+length+sumSize > uint64(len(half)) {
		return nil
	}

	end := tailHeader + length
	if binary.LittleEndian.Uint32(half[end:]) != crc32.Checksum(half[:end], castagnoli) {
		return nil
	}
	return half[:end+sumSize]
}

// tailEntry fills e with the first entry of a record's body and returns the rest. It returns
// errShort for a cut entry.
func tailEntry(body []byte, e *raft.Log) (rest []byte, err error) {
	if len(body) < keySize+4 {
		return nil, errShort
	}
	key, size := body[:keySize], uint64(binary.LittleEndian.Uint32(body[keySize:]))
	if body = body[keySize+4:]; size > uint64(len(body)) {
		return nil, errShort
	}
	return body[size:], decodeEntry(key, body[:size], e)
}
