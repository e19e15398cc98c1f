package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"golang.org/x/text/transform"
)

// Options says how to read a file. The zero value finds everything out.
type Options struct {
	Name      string // the file's name, for messages
	Separator byte   // 0: found out from the first rows
	Sheet     string // of a workbook; empty: the first that is not hidden
	MaxBytes  int64  // 0: MaxBytes
	MaxRows   int    // 0: MaxRows
}

// Row is one row of data. Number counts as a spreadsheet does: the header is
// row 1, empty rows count, a cell with line breaks does not add rows. Line is
// the line of text on which the row begins. Cells has exactly as many cells as
// the header; Problems says if the file had fewer or more.
type Row struct {
	Number   int
	Line     int
	Cells    []string
	Problems []Problem
}

// Table is an open list. It is not safe for use by several goroutines.
type Table struct {
	header    []string
	headerRow int
	eightBit  *eightBit // nil for UTF-16
	encoding  Encoding
	separator byte
	maxRows   int
	name      string
	notes     []string
	read      source
	close     func() error
	err       error
}

// source gives the rows of a file that are not empty, io.EOF after the last.
type source interface {
	next() (Row, error)
}

// OpenCSV finds out the encoding (UTF-8 with or without a mark, UTF-16,
// Windows-1252) and the separator (comma, semicolon, tab, bar), and reads the
// header. Errors are *Error; they wrap ErrEmpty for a file without a header
// and ErrLimit for one that goes over a limit. The table reads on from r as
// rows are asked for; closing r is the caller's.
func OpenCSV(r io.Reader, opts Options) (*Table, error) {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = MaxBytes
	}
	if opts.MaxRows <= 0 {
		opts.MaxRows = MaxRows
	}
	t := &Table{maxRows: opts.MaxRows, name: opts.Name}
	text, err := t.decode(&bounded{r: r, left: opts.MaxBytes, limit: opts.MaxBytes})
	if err != nil {
		return nil, &Error{File: opts.Name, Err: err}
	}
	firstLine := 1
	start, err := text.Peek(sniffBytes)
	whole := errors.Is(err, io.EOF)
	t.separator = opts.Separator
	if named, length := separatorLine(start); length > 0 {
		if t.separator == 0 {
			t.separator = named
		}
		firstLine++ // a spreadsheet does not show it as a row
		start = start[length:]
		if _, err := text.Discard(length); err != nil {
			return nil, &Error{File: opts.Name, Err: err}
		}
	}
	if t.separator == 0 {
		t.separator = sniffSeparator(start, whole)
	}
	t.read = newReader(text, t.separator, opts.Name, firstLine)
	return t, t.readHeader()
}

// decode returns the file's text as UTF-8.
func (t *Table) decode(r io.Reader) (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(r, sniffBytes)
	start, err := raw.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(start) == 0 {
		return nil, err
	}
	encoding, mark, err := detect(start)
	if err != nil {
		return nil, err
	}
	if _, err := raw.Discard(mark); err != nil {
		return nil, err
	}
	t.encoding = encoding
	if encoding != UTF8 {
		return bufio.NewReaderSize(utf16Reader(raw, encoding), sniffBytes), nil
	}
	t.eightBit = &eightBit{encoding: UTF8, beyond: mark > 0}
	return bufio.NewReaderSize(transform.NewReader(raw, t.eightBit), sniffBytes), nil
}

func (t *Table) readHeader() error {
	row, err := t.read.next()
	if errors.Is(err, io.EOF) {
		return &Error{File: t.name, Err: fmt.Errorf("%w: the first row must name the columns", ErrEmpty)}
	}
	if err != nil {
		return err
	}
	t.header = row.Cells
	for len(t.header) > 0 && strings.TrimSpace(t.header[len(t.header)-1]) == "" {
		t.header = t.header[:len(t.header)-1]
	}
	for i, name := range t.header {
		t.header[i] = cleanSpaces(name)
	}
	t.headerRow = row.Number
	return nil
}

// Header returns the names of the columns, without spaces around them and
// without empty ones at the end. The slice is the caller's own.
func (t *Table) Header() []string { return slices.Clone(t.header) }

// Notes returns what a person should know about the file besides its rows:
// sheets that were not read.
func (t *Table) Notes() []string { return slices.Clone(t.notes) }

// Close lets go of what the table itself opened; the file is the caller's.
func (t *Table) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// Separator returns the separator in use, 0 for a workbook.
func (t *Table) Separator() byte { return t.separator }

// Encoding returns the encoding as far as it is known: a file that begins in
// plain ASCII is UTF-8 until a byte says otherwise.
func (t *Table) Encoding() Encoding {
	if t.eightBit != nil {
		return t.eightBit.encoding
	}
	return t.encoding
}

// Next returns the next row that is not empty, io.EOF after the last, and an
// *Error where the file cannot be read on; after an error it returns the same
// error again. The row's cells are the caller's own.
func (t *Table) Next() (Row, error) {
	if t.err != nil {
		return Row{}, t.err
	}
	row, err := t.read.next()
	if err == nil && row.Number-t.headerRow > t.maxRows {
		err = &Error{File: t.name, Row: row.Number, Line: row.Line, Err: fmt.Errorf("%w: a list may have %d rows", ErrLimit, t.maxRows)}
	}
	if err != nil {
		t.err = err
		return Row{}, err
	}
	row.fit(len(t.header))
	return row, nil
}

// Rows returns the rows until the end or the first error, which comes last.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, err := t.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// fit gives the row as many cells as the header has. Cells beyond it that are
// not empty refuse the row: a separator inside a cell without quotes moves
// every cell after it.
func (r *Row) fit(columns int) {
	have := len(r.Cells)
	for have > columns && strings.TrimSpace(r.Cells[have-1]) == "" {
		have--
	}
	switch {
	case have > columns:
		r.Problems = append(r.Problems, r.Problem("", Refused,
			"the row has %d cells, the header %d: put cells that contain the separator in quotes", have, columns))
	case have < columns:
		r.Problems = append(r.Problems, r.Problem("", Warning, "the row has %d cells, the header %d: the missing ones are taken as empty", have, columns))
	}
	for len(r.Cells) < columns {
		r.Cells = append(r.Cells, "")
	}
	r.Cells = r.Cells[:columns]
}

// bounded is an io.LimitedReader that says so instead of pretending the end.
type bounded struct {
	r           io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fmt.Errorf("%w: a file may have %d bytes", ErrLimit, b.limit)
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		n--
	}
	return n, err
}
