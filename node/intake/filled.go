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

// filledColumns are what a list gets when it is given back.
var filledColumns = []string{"Held by", "State", "Last surveyed"}

// filledSuffix is of a list that is only filled, and not kept.
const filledSuffix = ".fill"

// Filled gives a list of companies back as it is, with three columns more: who
// holds each company in the list's cycle, its claim's state, and when it last
// answered in any campaign. A company that is not found gets the reason in the
// place of the state. Columns of that name that the list has already, from an
// earlier time, are replaced. Nothing is recorded and the list is not kept.
// Errors are those of [Desk.Plan]; they come before anything is written.
func (imp *Importer) Filled(ctx context.Context, list sheet.List, upload io.Reader, format sheet.Format, w io.Writer) error {
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

// filledPlaces are where the three columns stand: their own place, if the list
// has them already, or behind all others.
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
	for i, cell := range cells {
		row[i] = sheet.Unescape(cell)
	}
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
