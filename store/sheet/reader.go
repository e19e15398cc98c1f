package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// reader splits text into records. Quoted cells may hold separators, line breaks and doubled
// quotes. \r
//
// ,
//
// and \r all end a record, and may be mixed.
type reader struct {
	text      *bufio.Reader
	separator byte
	name      string
	line      int // of the next character
	row       int // of the last record
	cell      []byte
	cells     []string
	rowBytes  int
}

func newReader(text *bufio.Reader, separator byte, name string, firstLine int) *reader {
	return &reader{text: text, separator: separator, name: name, line: firstLine}
}

func (r *reader) fail(row, line, column int, err error) *Error {
	return &Error{File: r.name, Row: row, Line: line, Column: column, Err: err}
}

// here is the error for a fault at the character that was read last.
func (r *reader) here(err error) *Error {
	var placed *Error
	if errors.As(err, &placed) {
		return placed
	}
	return r.fail(r.row, r.line, len(r.cells)+1, err)
}

// ending is how a cell ended.
type ending int

const (
	bySeparator ending = iota
	byLine
	byEnd
)

// next returns the next record that is not blank.
func (r *reader) next() (Row, error) {
	for {
		r.row++
		r.cells, r.rowBytes = nil, 0
		line := r.line

		for {
			end, err := r.readCell()
			if err != nil {
				return Row{}, r.here(err)
			}
			if err := r.keepCell(); err != nil {
				return Row{}, r.here(err)
			}
			if end == bySeparator {
				continue
			}

			if !blank(r.cells) {
				return Row{Number: r.row, Line: line, Cells: r.cells}, nil
			}

			// At the end there is always one more blank record, which no row is made of.
			if end == byEnd {
				return Row{}, io.EOF
			}
			break
		}
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (r *reader) keepCell() error {
	if len(r.cells) == MaxColumns {
		return r.fail(r.row, r.line, 0, fmt.Errorf("%w: a row may have %d columns", ErrLimit, MaxColumns))
	}
	r.rowBytes += len(r.cell)
	if r.rowBytes > MaxRowBytes {
		return r.fail(r.row, r.line, 0, fmt.Errorf("%w: a row may have %d bytes", ErrLimit, MaxRowBytes))
	}
	r.cells = append(r.cells, string(r.cell))
	return nil
}

// readCell reads one cell into r.cell.
func (r *reader) readCell() (ending, error) {
	r.cell = r.cell[:0]
	for {
		b, err := r.text.ReadByte()
		if errors.Is(err, io.EOF) {
			return byEnd, nil
		}
		if err != nil {
			return 0, err
		}

		switch {
		case b == r.separator:
			return bySeparator, nil
		case b == '\n' || b == '\r':
			return byLine, r.lineBreak(b)

		// Spaces before an opening quote do not count: lists have them after the separator.
		case b == '"' && len(trimSpaces(r.cell)) == 0:
			r.cell = r.cell[:0]
			return r.readQuoted()
		}

		if err := r.add(b); err != nil {
			return 0, err
		}
	}
}

// readQuoted reads the rest of a cell after its opening quote.
func (r *reader) readQuoted() (ending, error) {
	opened, column := r.line, len(r.cells)+1
	for {
		b, err := r.text.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return 0, r.fail(r.row, opened, column, errors.New("the quote that opens here is never closed"))
		case err != nil:
			return 0, err
		case b == '"':
			if again, err := r.text.Peek(1); err == nil && again[0] == '"' {
				if _, err := r.text.Discard(1); err != nil {
					return 0, err
				}
				break
			}
			return r.afterQuote(opened, column)
		case b == '\r' || b == '\n':
			if err := r.lineBreak(b); err != nil {
				return 0, err
			}
			b = '\n'
		}

		if err := r.add(b); err != nil {
			if errors.Is(err, ErrLimit) {
				// The place where the quote opened is where the person has to look.
				err = fmt.Errorf("the quote that opens here is not closed within %d bytes: %w", MaxCellBytes, ErrLimit)
				return 0, r.fail(r.row, opened, column, err)
			}
			return 0, err
		}
	}
}

// afterQuote reads up to the separator or the end of the line, and accepts only spaces there. To
// guess the meaning of other text would silently move cells.
func (r *reader) afterQuote(opened, column int) (ending, error) {
	for {
		b, err := r.text.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return byEnd, nil
		case err != nil:
			return 0, err
		case b == r.separator:
			return bySeparator, nil
		case b == '\n' || b == '\r':
			return byLine, r.lineBreak(b)
		case b == ' ' || b == '\t':
			continue
		}

		err = fmt.Errorf("text follows the quote that closes the cell opened on line %d: "+
			"write a quote inside a cell as two quotes", opened)
		return 0, r.fail(r.row, r.line, column, err)
	}
}

// lineBreak counts the line and reads the
//
// of \r
//
// .
func (r *reader) lineBreak(b byte) error {
	r.line++
	if b != '\r' {
		return nil
	}
	next, err := r.text.Peek(1)
	if err == nil && next[0] == '\n' {
		_, err = r.text.Discard(1)
		return err
	}
	return nil // an error comes again with the next byte
}

func (r *reader) add(b byte) error {
	if b == 0 {
		return errors.New("a NUL character: this is not a text file, or it is damaged")
	}
	if len(r.cell) == MaxCellBytes {
		return fmt.Errorf("%w: a cell may have %d bytes", ErrLimit, MaxCellBytes)
	}
	r.cell = append(r.cell, b)
	return nil
}

// trimSpaces removes plain spaces and no-break spaces from the front.
func trimSpaces(b []byte) []byte {
	for len(b) > 0 {
		c, size := utf8.DecodeRune(b)
		if c != ' ' && c != '\u00a0' {
			return b
		}
		b = b[size:]
	}
	return b
}
