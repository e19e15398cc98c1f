package sheet

import (
	"encoding/csv"
	"io"
	"strings"
)

// Writer writes CSV in UTF-8 that a spreadsheet opens without running anything: a cell that begins
// with = + - @, a tab or a line break gets an apostrophe before it. Plain numbers stay numbers.
type Writer struct{ csv *csv.Writer }

// NewWriter returns a writer onto w with \n after each row.
func NewWriter(w io.Writer) *Writer { return &Writer{csv: csv.NewWriter(w)} }

// Row writes one row. Flush returns its error.
func (w *Writer) Row(cells ...string) {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = Escape(c)
	}
	_ = w.csv.Write(safe) // kept: Flush returns it
}

// Flush writes the buffered rows and returns the first error of any row.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// Escape returns the cell in a form that no spreadsheet takes for a formula.
func Escape(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) || plainNumber(cell) {
		return cell
	}
	return "'" + cell
}

// plainNumber reports whether the cell is digits with at most one minus sign before and one point
// within.
func plainNumber(cell string) bool {
	digits := strings.TrimPrefix(cell, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	for _, part := range []string{whole, fraction} {
		for _, c := range part {
			if c < '0' || c > '9' {
				return false
			}
		}
	}
	return whole != "" && (!dotted || fraction != "")
}
