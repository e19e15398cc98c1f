package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// FormHeader returns the first row of a form: a sheet for one organisation with one question on
// each row. The first column names the field, as the header of a list does.
func FormHeader() []Column {
	return []Column{{Name: "Field", Width: 18}, {Name: "Question", Width: 60}, {Name: "Your answer", Width: 28},
		{Name: "How to answer", Width: 60}}
}

// Places of the columns of a form.
const (
	formField  = 0
	formAnswer = 2
)

// IsForm reports whether the table is a form, whatever the case of its header.
func (t *Table) IsForm() bool {
	same := func(c Column, name string) bool { return strings.EqualFold(c.Name, name) }
	return slices.EqualFunc(FormHeader(), t.header[:min(len(t.header), len(FormHeader()))], same)
}

// Upright reads a form to its end and returns it as a list of one row, whose columns are the rows
// of the form. It closes t. Errors are *Error.
func (t *Table) Upright() (*Table, error) {
	list := &Table{name: t.name, notes: append(t.Notes(), "a form: one organisation, one question on each row"),
		maxRows: t.maxRows, eightBit: t.eightBit, encoding: t.encoding}
	one := Row{Number: t.headerRow + 1}
	for row, err := range t.Rows() {
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}

		name := cleanSpaces(row.Cells[formField])
		if name == "" {
			continue // a heading, or a note of the sender's
		}

		// Each row becomes a column, so the bound is that of columns.
		if len(list.header) == MaxColumns {
			err := fmt.Errorf("%w: a form may have %d rows", ErrLimit, MaxColumns)
			return nil, errors.Join(&Error{File: t.name, Row: row.Number, Err: err}, t.Close())
		}

		list.header = append(list.header, name)
		one.Cells = append(one.Cells, row.Cells[formAnswer])
		one.Problems = append(one.Problems, row.Problems...)
	}

	list.headerRow, list.read = t.headerRow, &oneRow{row: one}
	return list, t.Close()
}

// oneRow is the source of a list of one row.
type oneRow struct {
	row  Row
	read bool
}

func (o *oneRow) next() (Row, error) {
	if o.read {
		return Row{}, io.EOF
	}
	o.read = true
	return o.row, nil
}
