package sheet

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Column is one column of a list to write. Plain numbers are written as numbers in a column with
// Number set; every other cell is text, also if it looks like a number, a date or a formula. A
// workbook offers Options in each cell, and accepts other texts.
type Column struct {
	Name    string
	Number  bool
	Width   float64 // in characters; 0 for the usual
	Options []string
}

// Book writes a workbook of one sheet, row by row. It keeps the cells in a file, so that memory is
// bounded.
type Book struct {
	file    *excelize.File
	stream  *excelize.StreamWriter
	columns []Column
	row     int
	err     error
}

// bookSheet is the name of the sheet.
const bookSheet = "List"

// maxBookRows is the largest number of rows of a sheet.
const maxBookRows = 1_048_576

// NewBook begins a workbook whose header stays in view and has a filter.
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

	header := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := b.stream.SetPanes(header); err != nil {
		return err
	}

	bold, err := b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}

	names := make([]any, len(b.columns))
	for i, c := range b.columns {
		names[i] = excelize.Cell{StyleID: bold, Value: c.Name}
	}
	b.row = 1
	return b.stream.SetRow("A1", names)
}

// maxOffered is the largest length of all options of a cell together, a limit of the format.
const maxOffered = 255

// offer lets a person choose the cells of a column, from one row to another, from a list.
func (b *Book) offer(column, from, to int, options []string) error {
	// The format separates options by commas and bounds them together. Without an offer a cell can
	// still be typed into.
	text := strings.Join(options, ",")
	if text == "" || len(text) > maxOffered || strings.Count(text, ",") != len(options)-1 {
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
	choice.ShowErrorMessage = false // other texts are allowed
	return b.file.AddDataValidation(bookSheet, choice)
}

// Offer lets a person choose one cell of the next row from a list.
func (b *Book) Offer(column int, options []string) {
	if b.err == nil {
		b.err = b.offer(column+1, b.row+1, b.row+1, options)
	}
}

// Row writes one row. WriteTo returns its error.
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

	// A number with more digits than a spreadsheet keeps stays text, so that none is lost.
	if column < len(b.columns) && b.columns[column].Number && plainNumber(cell) && len(cell) <= significant {
		if n, err := strconv.ParseFloat(cell, 64); err == nil {
			return n
		}
	}
	return cell
}

// WriteTo writes the workbook and closes its file. It returns the first error of any row.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	defer b.file.Close()
	if b.err == nil {
		b.err = b.stream.Flush()
	}
	if b.err != nil {
		return 0, fmt.Errorf("write a workbook: %w", b.err)
	}

	// The library would otherwise pack the whole workbook in memory first.
	packed := &countedWriter{to: w}
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(packed) })
	if _, err := b.file.WriteTo(packed); err != nil {
		return packed.n, fmt.Errorf("write a workbook: %w", err)
	}
	return packed.n, nil
}

// countedWriter counts the bytes that pass through it.
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
