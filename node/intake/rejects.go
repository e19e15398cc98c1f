package intake

import (
	"fmt"
	"io"
	"os"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Rejects writes the rows of a list that were refused, as they were, with the
// reason in a first column, as CSV. Corrected, it can be imported again: the
// reason is not read. It returns an error wrapping survey.ErrNotFound when the
// list is no longer kept.
func (d *Desk) Rejects(id string, w io.Writer) error {
	f, err := d.facts(id)
	if err != nil {
		return err
	}
	if _, err := os.Stat(d.path(id, uploadSuffix)); err != nil {
		return fmt.Errorf("the refused rows of %s: %w: the list is kept for a day only", f.Name, survey.ErrNotFound)
	}
	table, closeTable, err := d.open(f.List)
	if err != nil {
		return err
	}
	defer closeTable()
	out := sheet.NewWriter(w)
	out.Row(append([]string{rejectColumn}, table.Header()...)...)
	for row, err := range table.Rows() {
		if err != nil {
			return faulty(f.List, err)
		}
		if reason, refused := f.Refused[row.Number]; refused {
			out.Row(append([]string{fmt.Sprintf("row %d: %s", row.Number, reason)}, row.Cells...)...)
		}
	}
	return out.Flush()
}

// rejectColumn is called so that no field is taken for it.
const rejectColumn = "Why it was refused"
