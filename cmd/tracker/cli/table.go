package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table is data in rows. The columns whose numbers are in right are aligned to
// the right, as figures are.
type Table struct {
	Header []string
	Rows   [][]string
	Right  []int
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// columnGap stands between two columns.
const columnGap = "  "

// Write lays the table out in columns; a column with a heading and nothing
// below it is left out. Characters that could move the cursor are made visible:
// names come from other regions.
func (t Table) Write(w io.Writer) error {
	lines := t.Rows
	if len(t.Header) > 0 {
		lines = append([][]string{t.Header}, t.Rows...)
	}
	var widths []int
	used := map[int]bool{}
	for i, cells := range lines {
		for column, cell := range cells {
			if column == len(widths) {
				widths = append(widths, 0)
			}
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
			used[column] = used[column] || cell != "" && (i > 0 || len(t.Header) == 0)
		}
	}
	for _, cells := range lines {
		var line strings.Builder
		for column, cell := range cells {
			if !used[column] && len(t.Rows) > 0 {
				continue
			}
			padding := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell))
			if slices.Contains(t.Right, column) {
				line.WriteString(padding + Printable(cell) + columnGap)
			} else {
				line.WriteString(Printable(cell) + padding + columnGap)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return fmt.Errorf("print the table: %w", err)
		}
	}
	return nil
}

// Printable replaces control characters, which tables and terminals would act
// on.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}
