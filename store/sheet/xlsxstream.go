package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Bounds of one part. A spreadsheet stays far below them; a file made to fill the memory does not.
const (
	maxToken     = 2 * MaxCellBytes // bytes of one tag or one text, as written
	maxDepth     = 64               // elements within each other
	maxDirectory = 1 << 20          // bytes of an archive's list of its parts
)

// xmlStream reads the tags and texts of a part. The standard library's decoder keeps a whole tag or
// text, and every open element, in memory before it returns anything, so they are bounded below it.
type xmlStream struct {
	decoder *xml.Decoder
	bytes   *tokenBytes
	depth   int
}

func newXMLStream(r io.Reader) *xmlStream {
	bytes := &tokenBytes{from: r, piece: make([]byte, sniffBytes)}
	return &xmlStream{decoder: xml.NewDecoder(bytes), bytes: bytes}
}

// Token returns the next tag or text, io.EOF at the end.
func (x *xmlStream) Token() (xml.Token, error) {
	x.bytes.left = maxToken
	token, err := x.decoder.Token()

	switch token.(type) {
	case xml.StartElement:
		x.depth++
	case xml.EndElement:
		x.depth--
	}

	if err == nil && x.depth > maxDepth {
		err = fmt.Errorf("%w: elements may stand %d deep within each other", ErrLimit, maxDepth)
	}
	return token, err
}

// tokenBytes returns at most the bytes of one token. It is asked for every single byte of a
// workbook.
type tokenBytes struct {
	from  io.Reader
	piece []byte
	rest  []byte // of the piece
	left  int
}

// ReadByte implements io.ByteReader, which the decoder uses.
func (t *tokenBytes) ReadByte() (byte, error) {
	if t.left == 0 {
		return 0, fmt.Errorf("%w: a tag or a text may have %d bytes", ErrLimit, maxToken)
	}

	// The part is read in pieces: a call for each byte would cost more than all the rest.
	for len(t.rest) == 0 {
		n, err := t.from.Read(t.piece)
		if t.rest = t.piece[:n]; n == 0 && err != nil {
			return 0, err
		}
	}

	b := t.rest[0]
	t.rest = t.rest[1:]
	t.left--
	return b, nil
}

// Read implements io.Reader.
func (t *tokenBytes) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := t.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// openArchive reads the list of an archive's parts. The standard library makes a value of every
// entry before anybody can count them, and believes only the last sixteen bits of the archive's own
// count. So the bytes that it reads for the list are bounded.
func openArchive(file io.ReaderAt, size int64) (*zip.Reader, error) {
	directory := &boundedAt{from: file, left: maxDirectory, bounded: true}
	archive, err := zip.NewReader(directory, size)

	switch {
	case errors.Is(err, ErrLimit), err == nil && len(archive.File) > MaxEntries:
		return nil, fmt.Errorf("%w: a workbook may have %d parts", ErrLimit, MaxEntries)
	case err != nil:
		return nil, errors.New("the workbook is damaged or not whole: open it in Excel and save it again")
	}

	directory.bounded = false
	return archive, nil
}

// boundedAt returns at most left bytes while it is bounded.
type boundedAt struct {
	from    io.ReaderAt
	left    int
	bounded bool
}

// ReadAt implements io.ReaderAt.
func (b *boundedAt) ReadAt(p []byte, at int64) (int, error) {
	if b.bounded {
		if b.left -= len(p); b.left < 0 {
			return 0, ErrLimit
		}
	}
	return b.from.ReadAt(p, at)
}
