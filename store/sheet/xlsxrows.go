package sheet

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// xlsxRows reads the rows of one sheet, one at a time.
type xlsxRows struct {
	book    *book
	name    string
	part    string
	stream  io.ReadCloser
	tokens  *xmlStream
	merged  map[int]span // by row
	row     int          // of the last row read
	columns int          // of the header, 0 until it is known
	done    bool
}

// span is a range of merged cells; all but the first are empty.
type span struct{ left, top, right, bottom int }

func (p parts) rows(b *book, name string) (*xlsxRows, error) {
	merged, err := p.merged(b.sheet)
	if err != nil {
		return nil, err
	}

	stream, err := p[strings.ToLower(b.sheet)].Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", b.sheet, err)
	}
	return &xlsxRows{book: b, name: name, part: b.sheet, stream: stream, tokens: newXMLStream(stream),
		merged: merged}, nil
}

func (x *xlsxRows) close() error { return x.stream.Close() }

// mergedCells matches merged ranges. They stand behind all rows, so the part is searched for them
// first; that is much faster than reading it as XML.
var mergedCells = regexp.MustCompile(`<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"`)

func (p parts) merged(part string) (map[int]span, error) {
	stream, err := p[strings.ToLower(part)].Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", part, err)
	}
	defer stream.Close()

	found := map[int]span{}
	tags := bufio.NewScanner(stream)
	tags.Buffer(make([]byte, 0, 64<<10), MaxRowBytes)
	tags.Split(byTag)

	for tags.Scan() {
		m := mergedCells.FindSubmatch(tags.Bytes())
		if m == nil {
			continue
		}

		left, top, _ := cellPlace(string(m[1]))
		right, bottom, _ := cellPlace(string(m[2]))
		for row := top; row <= bottom; row++ {
			if len(found) == maxMerged {
				return nil, fmt.Errorf("%w: a sheet may have merged cells in %d rows", ErrLimit, maxMerged)
			}
			// One range refuses the row, so only the leftmost is remembered.
			if first, known := found[row]; !known || left < first.left {
				found[row] = span{left, top, right, bottom}
			}
		}
	}

	// A tag that is too long is left to the reader of the rows, which names the row.
	if tags.Err() != nil && !errors.Is(tags.Err(), bufio.ErrTooLong) {
		return nil, damagedPart(part, tags.Err())
	}
	return found, nil
}

// byTag splits the text after every ">".
func byTag(data []byte, atEOF bool) (int, []byte, error) {
	for i, b := range data {
		if b == '>' {
			return i + 1, data[:i+1], nil
		}
	}
	if atEOF {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

// cellPlace reads a name such as "B12" and returns the column and the row, both from 1.
func cellPlace(ref string) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	return column, row, i > 0 && err == nil && row > 0
}

func cellName(column, row int) string {
	name := ""
	for ; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name + strconv.Itoa(row)
}

func (x *xlsxRows) fail(column int, err error) *Error {
	return &Error{File: x.name, Row: x.row, Column: column, Err: err}
}

// next implements source.
func (x *xlsxRows) next() (Row, error) {
	for !x.done {
		token, err := x.tokens.Token()
		if errors.Is(err, io.EOF) {
			x.done = true
			break
		}
		if err != nil {
			return Row{}, x.fail(0, damagedPart(x.part, err))
		}

		switch e := token.(type) {
		case xml.Directive:
			return Row{}, x.fail(0, fmt.Errorf("%s declares a document type: it was not made by a spreadsheet", x.part))
		case xml.StartElement:
			if e.Name.Local != "row" {
				continue
			}
			row, err := x.readRow(e)
			if err != nil {
				return Row{}, err
			}

			// A blank row is passed over, unless a fault may have made it blank.
			if !blank(row.Cells) || AnyRefused(row.Problems) {
				return row, nil
			}
		}
	}
	return Row{}, io.EOF
}

func (x *xlsxRows) readRow(start xml.StartElement) (Row, error) {
	// Writers may leave the row's number out: then it is the next one.
	before := x.row
	x.row++
	if n, err := strconv.Atoi(attribute(start, "r")); err == nil {
		x.row = n
	}
	if x.row <= before {
		return Row{}, x.fail(0, errors.New("the rows are not in order: open the workbook in Excel and save it again"))
	}

	row := Row{Number: x.row}
	size := 0
	for {
		token, err := x.tokens.Token()
		if err != nil {
			return Row{}, x.fail(len(row.Cells)+1, damagedPart(x.part, err))
		}

		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue

			}
			column, err := x.column(e, len(row.Cells))
			if err != nil {
				return Row{}, err

			}
			text, what, err := x.readCell(e)
			if err != nil {
				// Writers leave empty cells out.
				return Row{}, x.fail(column, err)
			}
			if size += len(text); size > MaxRowBytes {
				return Row{}, x.fail(0, fmt.Errorf("%w: a row may have %d bytes", ErrLimit, MaxRowBytes))

			}
			for len(row.Cells) < column-1 {
				row.Cells = append(row.Cells, "")
			}
			row.Cells = append(row.Cells, text)
			if what != "" && (x.columns == 0 || column <= x.columns) {
				row.Problems = append(row.Problems, row.Problem("", Refused, "%s: %s", cellName(column, x.row), what))
			}
		case xml.EndElement:
			if e.Name.Local == "row" {
				row.Problems = append(row.Problems, x.mergedIn(row)...)
				for len(row.Cells) < x.columns { // empty ones at the end are not written
					row.Cells = append(row.Cells, "")
				}
				return row, nil
			}
		}
	}
}

// column returns the place of a cell. Writers may leave it out.
func (x *xlsxRows) column(e xml.StartElement, before int) (int, error) {
	column := before + 1
	if ref := attribute(e, "r"); ref != "" {
		var ok bool
		if column, _, ok = cellPlace(ref); !ok || column <= before {
			return 0, x.fail(before+1, errors.New("the cells are not in order: open the workbook in Excel and save it again"))
		}
	}
	if column > MaxColumns {
		return 0, x.fail(0, fmt.Errorf("%w: a row may have %d columns", ErrLimit, MaxColumns))
	}
	return column, nil
}

// readCell returns a cell's text. fault says why the row must be refused because of the cell, and
// is "" otherwise.
func (x *xlsxRows) readCell(start xml.StartElement) (text, fault string, err error) {
	var value, inline strings.Builder
	formula, valued, in, phonetic := false, false, "", 0
	for {
		token, err := x.tokens.Token()
		if err != nil {
			return "", "", damagedPart(x.part, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch in = e.Name.Local; in {
			case "f":
				formula = true
			case "v":
				valued = true
			case "rPh":
				phonetic++
			}
		case xml.CharData:
			switch {
			case in == "v":
				value.Write(e)
			case in == "t" && phonetic == 0:
				inline.Write(e)
			}
			if value.Len()+inline.Len() > MaxCellBytes {
				return "", "", fmt.Errorf("%w: a cell may have %d bytes", ErrLimit, MaxCellBytes)
			}
		case xml.EndElement:
			in = ""
			if e.Name.Local == "rPh" {
				phonetic--
			}
			if e.Name.Local != "c" {
				continue
			}

			// A blank would be taken for "not given", so a formula must have its last value.
			if formula && (!valued || value.Len() == 0 && attribute(start, "t") != "str") {
				return "", "the cell holds a formula without a value: open the workbook in Excel and save it", nil
			}
			return x.cell(start, value.String(), inline.String())
		}
	}
}

// cell turns a value into text, by its type and style. fault is as in readCell.
func (x *xlsxRows) cell(start xml.StartElement, value, inline string) (text, fault string, err error) {
	switch attribute(start, "t") {
	case "s":
		if value == "" {
			return "", "", nil
		}
		at, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || at < 0 || at >= len(x.book.shared) {
			return "", "", errors.New("the cell refers to a text that is not in the workbook: it is damaged")
		}
		return x.book.shared[at], "", nil
	case "inlineStr":
		return inline, "", nil
	case "b":
		return map[bool]string{true: "TRUE", false: "FALSE"}[truth(value)], "", nil
	case "e":
		return value, "the cell shows the error " + quote(value) + ": correct its formula", nil
	case "str", "d":
		return value, "", nil
	}

	// All other values are numbers, and only the style tells a day from a number.
	style, err := unsigned(start, "s")
	if err != nil {
		return "", "", damagedPart(x.part, err)
	}
	if style < len(x.book.dates) && x.book.dates[style] {
		if day, ok := cellDate(value, x.book.date1904); ok {
			return day, "", nil
		}
	}
	return cellNumber(value), "", nil
}

// mergedIn refuses a row with cells that are empty only because they are merged. In a header only
// those that reach into the rows below matter.
func (x *xlsxRows) mergedIn(row Row) []Problem {
	m, ok := x.merged[x.row]
	switch {
	case !ok, x.columns > 0 && m.left > x.columns, x.columns == 0:
		return nil
	case x.row == m.top && m.left == m.right:
		return nil // the cell that holds the value
	case blank(row.Cells) && m.left != 1:
		return nil
	}
	return []Problem{row.Problem("", Refused, "%s is part of merged cells (%s:%s): unmerge them and fill each in",
		cellName(m.left, x.row), cellName(m.left, m.top), cellName(m.right, m.bottom))}
}
