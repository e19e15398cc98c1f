package companieshouse

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// FileName is the look-up file's name in a node's directory.
const FileName = "companies-house.lookup"

const (
	magic      = "tracker companies-house/1\n"
	entrySize  = 16 // number in 8 bytes, offset in 8
	footSize   = 8 + 8 + 10 + sha256.Size
	numberLen  = 8
	sumSize    = 4      // of a record's checksum
	rowsAtOnce = 10_000 // between looks at the context
)

// About describes a look-up file: the number of companies, and the day (YYYY-MM-DD) of the
// register.
type About struct {
	Companies int64  `json:"companies"`
	AsOf      string `json:"as_of"`
}

// entry is one line of the index. offset is the start of the company's record.
type entry struct {
	number [numberLen]byte
	offset uint64
}

// Build reads BasicCompanyData from r and puts the look-up file at path, in place of an existing
// one. asOf is the day of the register, YYYY-MM-DD. Nothing is replaced unless the whole source was
// read: if the source is faulty, the error wraps [survey.ErrInvalid] and names the line. 5 million
// companies need about 90 MB of memory and 1.1 GB of disk.
func Build(ctx context.Context, path string, r io.Reader, asOf string) (About, error) {
	src, err := newSource(r)
	if err != nil {
		return About{}, err
	}

	file, err := os.CreateTemp(filepath.Dir(path), "."+FileName+"-*")
	if err != nil {
		return About{}, fmt.Errorf("make the look-up file: %w", err)
	}
	defer os.Remove(file.Name()) // after the rename there is nothing of this name
	defer file.Close()

	about, err := write(ctx, file, src, asOf)
	if err != nil {
		return About{}, err
	}

	if err := errors.Join(file.Chmod(0o600), file.Sync(), file.Close()); err != nil {
		return About{}, fmt.Errorf("write the look-up file: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return About{}, fmt.Errorf("put the look-up file in place: %w", err)
	}
	return about, nil
}

func write(ctx context.Context, file io.Writer, src *source, asOf string) (About, error) {
	out := bufio.NewWriterSize(file, 1<<20)
	offset := uint64(len(magic))
	if _, err := out.WriteString(magic); err != nil {
		return About{}, fmt.Errorf("write the look-up file: %w", err)
	}

	var index []entry
	for rows := int64(0); ; rows++ {
		if rows%rowsAtOnce == 0 && ctx.Err() != nil {
			return About{}, fmt.Errorf("stopped after %d rows: %w", rows, ctx.Err())
		}

		c, err := src.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return About{}, err
		}

		record, err := json.Marshal(c)
		if err != nil {
			return About{}, fmt.Errorf("write %s: %w", c.ID, err)
		}

		e := entry{offset: offset}
		copy(e.number[:], c.ID.ID())
		index = append(index, e)
		// Length, record, checksum: a look-up reads one record without the others.
		framed := append(binary.AppendUvarint(nil, uint64(len(record))), record...)
		n, err := out.Write(binary.BigEndian.AppendUint32(framed, crc32.ChecksumIEEE(record)))
		if err != nil {
			return About{}, fmt.Errorf("write the look-up file: %w", err)
		}
		offset += uint64(n)
	}

	about := About{Companies: int64(len(index)), AsOf: asOf}
	if err := writeIndex(out, index, offset, asOf); err != nil {
		return About{}, err
	}
	if err := out.Flush(); err != nil {
		return About{}, fmt.Errorf("write the look-up file: %w", err)
	}
	return about, nil
}

// writeIndex writes the index in the order of the numbers, and the foot. A number that occurs twice
// is an error: nothing tells which of the two companies is right.
func writeIndex(out *bufio.Writer, index []entry, offset uint64, asOf string) error {
	if len(index) == 0 {
		return fmt.Errorf("%w: the file holds no company", survey.ErrInvalid)
	}

	// A look-up is a binary search.
	slices.SortFunc(index, func(a, b entry) int {
		return cmp.Or(bytes.Compare(a.number[:], b.number[:]), cmp.Compare(a.offset, b.offset))
	})

	sum := sha256.New()
	both := io.MultiWriter(out, sum)
	line := make([]byte, 0, entrySize)
	for i, e := range index {
		if i > 0 && e.number == index[i-1].number {
			return fmt.Errorf("%w: the file has company %s twice", survey.ErrInvalid, e.number[:])
		}
		line = binary.BigEndian.AppendUint64(append(line[:0], e.number[:]...), e.offset)
		if _, err := both.Write(line); err != nil {
			return fmt.Errorf("write the look-up file: %w", err)
		}
	}

	// The checksum covers the index and the foot; each record has one of its own.
	foot := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, offset), uint64(len(index)))
	foot = append(foot, asOf...)
	sum.Write(foot)
	foot = sum.Sum(foot)
	if _, err := out.Write(foot); err != nil {
		return fmt.Errorf("write the look-up file: %w", err)
	}
	return nil
}
