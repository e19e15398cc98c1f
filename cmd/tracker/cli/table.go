package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table holds data in rows. The columns numbered in Right are aligned to the right.
type Table struct {
	Header []string
	Rows   [][]string
	Right  []int
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// columnGap separates two columns.
const columnGap = "  "

// Write lays the table out in columns. It leaves out a column that has only a heading. Control
// characters become visible, because names come from other regions and could otherwise move the
// cursor.
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

	// A table without rows still shows its headings.
	for _, cells := range lines {
		var line strings.Builder
		for column, cell := range cells {
			if !used[column] && len(t.Rows) > 0 {
				continue
			}

			// Counted in characters: names have accents.
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

// Printable replaces the control characters that a terminal would act on.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}
