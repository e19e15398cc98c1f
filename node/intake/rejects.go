package intake

import (
	"fmt"
	"io"
	"os"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Rejects writes the refused rows of a list as CSV, with the reason in a new first column. The
// import does not read that column, so the corrected file can be imported as it is. The error wraps
// survey.ErrNotFound when the list is no longer kept.
func (imp *Importer) Rejects(id string, w io.Writer) error { return imp.rejects(id, sheet.CSV, w) }

// RejectsBook is Rejects as a workbook. Its cells are texts: a spreadsheet that opens a text file
// drops the zeros at the front of company numbers.
func (imp *Importer) RejectsBook(id string, w io.Writer) error { return imp.rejects(id, sheet.XLSX, w) }

func (imp *Importer) rejects(id string, format sheet.Format, w io.Writer) error {
	f, err := imp.kept(id)
	if err != nil {
		return err
	}
	if _, err := os.Stat(imp.path(id, listSuffix)); err != nil {
		return fmt.Errorf("the refused rows of %s: %w: the list is kept for a day only", f.Name, survey.ErrNotFound)
	}

	table, closeTable, err := imp.openKept(f.List)
	if err != nil {
		return err
	}
	defer closeTable()

	columns := append([]sheet.Column{{Name: rejectColumn, Width: rejectWidth}}, texts(table.Header()...)...)
	return writeList("the refused rows of "+f.Name, columns, format, w, func(out rowWriter) error {
		for row, err := range table.Rows() {
			if err != nil {
				return listError(f.List, err)
			}
			if reason, refused := f.Refused[row.Number]; refused {
				out.Row(append([]string{fmt.Sprintf("row %d: %s", row.Number, reason)}, unescaped(row.Cells)...)...)
			}
		}
		return nil
	})
}

// unescaped removes the apostrophes that an export puts before cells that look like formulas. The
// writer adds them again.
func unescaped(cells []string) []string {
	plain := make([]string, len(cells))
	for i, cell := range cells {
		plain[i] = sheet.Unescape(cell)
	}
	return plain
}

const (
	// rejectColumn is a name that no field has.
	rejectColumn = "Why it was refused"
	rejectWidth  = 60 // characters
)
