package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Column is one column of a list that is written. Numbers are written as
// numbers where they are plain ones; everything else is text, also what looks
// like a number, a date or a formula. Options, in a workbook, are offered in
// each cell; something else may still be typed.
type Column struct {
	Name    string
	Number  bool
	Width   float64 // in characters; 0 for the usual
	Options []string
}

// Book writes a workbook of one sheet, row by row. Cells are kept in a file
// while it grows, so that memory is bounded.
type Book struct {
	file    *excelize.File
	stream  *excelize.StreamWriter
	columns []Column
	row     int
	err     error
}

// bookSheet is the name of the sheet.
const bookSheet = "List"

// maxBookRows is the most rows of a sheet.
const maxBookRows = 1_048_576

// NewBook begins a workbook with a header that stays in view and a filter on
// it.
func NewBook(columns []Column) (*Book, error) {
	b := &Book{file: excelize.NewFile(), columns: columns}
	if err := b.begin(); err != nil {
		_ = b.file.Close()
		return nil, fmt.Errorf("begin a workbook: %w", err)
	}
	return b, nil
}

func (b *Book) begin() error {
	if err := b.file.SetSheetName("Sheet1", bookSheet); err != nil {
		return err
	}
	var err error
	if b.stream, err = b.file.NewStreamWriter(bookSheet); err != nil {
		return err
	}
	for i, c := range b.columns {
		if c.Width > 0 {
			if err := b.stream.SetColWidth(i+1, i+1, c.Width); err != nil {
				return err
			}
		}
		if err := b.offer(i+1, 2, maxBookRows, c.Options); err != nil {
			return err
		}
	}
	if err := b.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	bold, err := b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	header := make([]any, len(b.columns))
	for i, c := range b.columns {
		header[i] = excelize.Cell{StyleID: bold, Value: c.Name}
	}
	b.row = 1
	return b.stream.SetRow("A1", header)
}

// maxOffered is how long all options of a cell may be together: the format
// has no more room.
const maxOffered = 255

// offer lets the cells of a column, from one row to another, be chosen from a
// list.
func (b *Book) offer(column, from, to int, options []string) error {
	if text := strings.Join(options, ","); text == "" || len(text) > maxOffered || strings.Count(text, ",") != len(options)-1 {
		return nil
	}
	name, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	choice := excelize.NewDataValidation(true)
	choice.SetSqref(fmt.Sprintf("%s%d:%s%d", name, from, name, to))
	if err := choice.SetDropList(options); err != nil {
		return err
	}
	choice.ShowErrorMessage = false
	return b.file.AddDataValidation(bookSheet, choice)
}

// Offer lets one cell of the row that is written next be chosen from a list.
func (b *Book) Offer(column int, options []string) {
	if b.err == nil {
		b.err = b.offer(column+1, b.row+1, b.row+1, options)
	}
}

// Row writes one row. Errors are kept for WriteTo.
func (b *Book) Row(cells ...string) {
	if b.err != nil {
		return
	}
	if b.row++; b.row > maxBookRows {
		b.err = fmt.Errorf("%w: a sheet may have %d rows: export it as CSV", ErrLimit, maxBookRows)
		return
	}
	values := make([]any, len(cells))
	for i, cell := range cells {
		values[i] = b.value(i, cell)
	}
	b.err = b.stream.SetRow("A"+strconv.Itoa(b.row), values)
}

func (b *Book) value(column int, cell string) any {
	if cell == "" {
		return nil
	}
	if column < len(b.columns) && b.columns[column].Number && plainNumber(cell) && len(cell) <= significant {
		if n, err := strconv.ParseFloat(cell, 64); err == nil {
			return n
		}
	}
	return cell
}

// WriteTo writes the workbook and lets go of it. It returns the first error of
// any row.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	defer b.file.Close()
	if b.err == nil {
		b.err = b.stream.Flush()
	}
	if b.err != nil {
		return 0, fmt.Errorf("write a workbook: %w", b.err)
	}
	// The library would pack the whole workbook in memory first.
	packed := &countedWriter{to: w}
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(packed) })
	if _, err := b.file.WriteTo(packed); err != nil {
		return packed.n, fmt.Errorf("write a workbook: %w", err)
	}
	return packed.n, nil
}

// countedWriter counts the bytes that go through it.
type countedWriter struct {
	to io.Writer
	n  int64
}

// Write implements io.Writer.
func (c *countedWriter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
