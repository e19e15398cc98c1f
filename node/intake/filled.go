package intake

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// filledColumns are the columns that Filled adds.
var filledColumns = []string{"Held by", "State", "Last surveyed"}

// filledSuffix marks an upload that is only filled in: Filled removes it at once.
const filledSuffix = ".fill"

// Filled writes the list of companies as it came, with three more columns: the region that holds
// each company in the list's cycle, the state of its claim, and the day on which it last answered
// in any campaign. For a company that is not found, the state column says why. Columns of these
// names that the list already has are replaced. Nothing is recorded, and the list is not kept.
// Errors are those of [Importer.Plan]; then nothing has been written.
func (imp *Importer) Filled(ctx context.Context, list sheet.List, upload io.Reader, format sheet.Format,
	w io.Writer) error {
	path := imp.path(list.ID, filledSuffix)
	if err := storeUpload(path, upload); err != nil {
		return fmt.Errorf("fill in %s: %w", list.Name, err)
	}
	defer os.Remove(path)

	table, closeTable, err := imp.openFile(path, list)
	if err != nil {
		return err
	}
	defer closeTable()

	header, err := list.Saved.Rename(table.Header())
	if err != nil {
		return listError(list, err)
	}
	who, err := sheet.RecognizeWho(header)
	if err != nil {
		return listError(list, err)
	}

	// The rows are gathered before the first is written, so that a fault in the last row is an
	// error and not half a file.
	var rows [][]string
	finder := newFinder(imp.options.Registry)
	places := filledPlaces(table.Header())
	for row, err := range table.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return listError(list, err)
		}
		rows = append(rows, fillIn(row.Cells, places, imp.claimCells(list.Cycle, finder, who, row)))
	}

	columns := texts(fillIn(table.Header(), places, filledColumns)...)
	return writeList("fill in "+list.Name, columns, format, w, func(out rowWriter) error {
		for _, row := range rows {
			out.Row(row...)
		}
		return nil
	})
}

// filledPlaces returns the columns in which the three values go: those of the same name that the
// list has already, else new ones at the end.
func filledPlaces(header []string) []int {
	places, end := make([]int, len(filledColumns)), len(header)
	for i, name := range filledColumns {
		places[i] = -1
		for at, have := range header {
			if have == name {
				places[i] = at
			}
		}
		if places[i] < 0 {
			places[i] = end
			end++
		}
	}
	return places
}

func fillIn(cells []string, places []int, values []string) []string {
	width := len(cells)
	for _, at := range places {
		width = max(width, at+1)
	}

	row := make([]string, width)
	copy(row, unescaped(cells))
	for i, at := range places {
		row[at] = values[i]
	}
	return row
}

// claimCells returns holder, state and last survey of a row's company.
func (imp *Importer) claimCells(cycle survey.Cycle, finder *finder, who sheet.Mapping, row sheet.Row) []string {
	organisation, problems := finder.about(who, row)
	if !sheet.AnyRefused(problems) {
		holder, state := "", "free"
		if claim, err := imp.options.Registry.ClaimOf(cycle, organisation.ID); err == nil && !claim.Free() {
			holder, state = claim.Region.Name(), string(claim.State)
		}
		return []string{holder, state, imp.lastSurveyed(organisation.ID)}
	}

	reason := ""
	for _, p := range problems {
		if p.Severity == sheet.Refused {
			reason = p.Text
		}
	}
	return []string{"", "not found: " + reason, ""}
}

// lastSurveyed returns the day on which the company last answered completely.
func (imp *Importer) lastSurveyed(id survey.Identifier) string {
	var last time.Time
	for _, campaign := range imp.options.Registry.Campaigns() {
		claim, err := imp.options.Registry.ClaimOf(campaign.Cycle, id)
		if err == nil && claim.State == survey.Responded && claim.ChangedAt.After(last) {
			last = claim.ChangedAt
		}
	}

	if last.IsZero() {
		return ""
	}
	return last.UTC().Format(time.DateOnly)
}
