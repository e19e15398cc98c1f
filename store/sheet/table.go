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

// Options says how to read a file. The zero value detects everything.
type Options struct {
	Name      string // the file's name, for messages
	Separator byte   // 0: found out from the first rows
	Sheet     string // of a workbook; empty: the first that is not hidden
	MaxBytes  int64  // 0: MaxBytes
	MaxRows   int    // 0: MaxRows
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = MaxBytes
	}
	if o.MaxRows <= 0 {
		o.MaxRows = MaxRows
	}
	return o
}

// Row is one row of data. Number counts as a spreadsheet does: the header is row 1, empty rows
// count, a cell with line breaks does not add rows. Line is the line of text on which the row
// begins. Cells has as many cells as the header; Problems says whether the file had fewer or more.
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

// source returns the rows of a file that are not empty, and io.EOF after the last.
type source interface {
	next() (Row, error)
}

// OpenCSV detects the encoding (UTF-8 with or without a mark, UTF-16, Windows-1252) and the
// separator (comma, semicolon, tab, bar), and reads the header. Errors are *Error. They wrap
// ErrEmpty for a file without a header and ErrLimit for a file that exceeds a limit. The table
// reads from r as rows are asked for; the caller closes r.
func OpenCSV(r io.Reader, opts Options) (*Table, error) {
	opts = opts.withDefaults()

	t := &Table{maxRows: opts.MaxRows, name: opts.Name}
	text, err := t.decode(&bounded{r: r, left: opts.MaxBytes, limit: opts.MaxBytes})
	if err != nil {
		return nil, &Error{File: opts.Name, Err: err}
	}

	firstLine := 1
	start, err := text.Peek(sniffBytes)
	whole := errors.Is(err, io.EOF)
	t.separator = opts.Separator

	// A first line that names the separator wins over guessing, but not over the caller.
	if named, length := separatorLine(start); length > 0 {
		if t.separator == 0 {
			t.separator = named
		}
		firstLine++ // a spreadsheet hides it
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
	// An error behind the first bytes comes again when the rows are read, with its row.
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

	// Spreadsheets write empty columns at the end where something was deleted.
	for len(t.header) > 0 && strings.TrimSpace(t.header[len(t.header)-1]) == "" {
		t.header = t.header[:len(t.header)-1]
	}
	for i, name := range t.header {
		t.header[i] = cleanSpaces(name)
	}

	t.headerRow = row.Number
	return nil
}

// Header returns the names of the columns, without spaces around them and without empty columns at
// the end. The caller owns the slice.
func (t *Table) Header() []string { return slices.Clone(t.header) }

// Notes returns the sheets that were not read, and similar facts about the file that a person
// should know.
func (t *Table) Notes() []string { return slices.Clone(t.notes) }

// Close closes the parts that the table itself opened. The caller closes the file.
func (t *Table) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// Separator returns the separator in use, 0 for a workbook.
func (t *Table) Separator() byte { return t.separator }

// Encoding returns the encoding that is known so far: a file that begins in plain ASCII counts as
// UTF-8 until a byte shows otherwise.
func (t *Table) Encoding() Encoding {
	if t.eightBit != nil {
		return t.eightBit.encoding
	}
	return t.encoding
}

// Next returns the next row that is not empty, io.EOF after the last row, and an *Error where the
// file cannot be read further. After an error it returns the same error again. The caller owns the
// row's cells.
func (t *Table) Next() (Row, error) {
	if t.err != nil {
		return Row{}, t.err
	}

	// Empty rows count too, so that a file of them ends.
	row, err := t.read.next()
	if err == nil && row.Number-t.headerRow > t.maxRows {
		err = fmt.Errorf("%w: a list may have %d rows", ErrLimit, t.maxRows)
		err = &Error{File: t.name, Row: row.Number, Line: row.Line, Err: err}
	}

	if err != nil {
		t.err = err
		return Row{}, err
	}

	row.fit(len(t.header))
	return row, nil
}

// Rows returns the rows up to the end or the first error. The error comes last.
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

// fit gives the row as many cells as the header has. More cells that are not empty refuse the row,
// because a separator inside a cell without quotes moves every cell after it.
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
		r.Problems = append(r.Problems, r.Problem("", Warning,
			"the row has %d cells, the header %d: the missing ones are taken as empty", have, columns))
	}

	for len(r.Cells) < columns {
		r.Cells = append(r.Cells, "")
	}
	r.Cells = r.Cells[:columns]
}

// bounded is an io.LimitedReader that returns an error instead of pretending the end.
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
