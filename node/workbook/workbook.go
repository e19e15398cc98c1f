// Package workbook writes the whole national tracker as one sheet, for people who
// work in spreadsheets: every company with its supporters, holder, state, dates
// and last year. An edited copy that comes back is compared with the export, and
// only its edits become commands of this region.
//
// Start from [Workbook.Write] and [Workbook.Read]. column.go lists the columns,
// edit.go turns edits into commands.
//
// Imports store/sheet, store/survey.
package workbook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
	_ "time/tzdata" // Europe/London must be known on every machine

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// Registry is this node's copy of the registry with the commands that edits
// become.
type Registry interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	Organisations(after string, limit int) (organisations []survey.Organisation, next string)
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
	AddOrganisations(context.Context, survey.Request, []survey.NewOrganisation) ([]survey.Outcome, error)
	PreviewOrganisations(context.Context, []survey.NewOrganisation) ([]survey.Outcome, error)
	Claim(context.Context, survey.Request, survey.Cycle, []survey.Identifier) ([]survey.Outcome, error)
	ChangeClaims(context.Context, survey.Request, survey.Cycle, []survey.ClaimChange) ([]survey.Outcome, error)
}

// Workbook writes and reads the sheet for one region. It keeps no state, so any
// number of goroutines may use it at the same time.
type Workbook struct {
	Region   survey.Region
	Registry Registry
}

// pageRows is how many organisations are read at a time.
const pageRows = 1000

// Write writes the sheet of a cycle with one row for every organisation that was
// not merged into another, in the order of the registry.
func (b Workbook) Write(ctx context.Context, cycle survey.Cycle, w io.Writer) error {
	var header []sheet.Column
	for _, c := range columns {
		header = append(header, sheet.Column{Name: c.name, Width: c.width})
	}
	header = append(header, sheet.Column{Name: exportedColumn})

	book, err := sheet.NewBook(header)
	if err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}

	for after := ""; ; {
		organisations, next := b.Registry.Organisations(after, pageRows)
		if err := ctx.Err(); err != nil {
			_, _ = book.WriteTo(io.Discard) // closes the book's file
			return fmt.Errorf("write the workbook: %w", err)
		}
		for _, o := range organisations {
			if o.MergedInto == "" {
				book.Row(b.row(cycle, o).cells()...)
			}
		}
		if after = next; after == "" {
			break
		}
	}

	if _, err := book.WriteTo(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// row returns an organisation as the sheet shows it now.
func (b Workbook) row(cycle survey.Cycle, o survey.Organisation) row {
	r := row{organisation: o, claim: b.claim(cycle, o.ID)}
	r.last = b.claim(cycle.Previous(), o.ID)
	return r
}

// claim returns the organisation's claim. For a free organisation it returns a
// Claim with its token alone.
func (b Workbook) claim(cycle survey.Cycle, id survey.Identifier) survey.Claim {
	claim, err := b.Registry.ClaimOf(cycle, id)
	if err != nil || claim.Free() {
		return survey.Claim{Token: claim.Token}
	}
	return claim
}

type row struct {
	organisation survey.Organisation
	claim, last  survey.Claim
}

func (r row) cells() []string {
	var cells []string
	for _, c := range columns {
		cells = append(cells, c.show(r))
	}
	return append(cells, r.exported())
}

// exported is the content of the last column: the cells that may be edited, as
// exported, and the claim's token. It tells the edits of a sheet that comes back
// and whether the claim changed since the export.
type exported struct {
	Token uint64   `json:"token"`
	Cells []string `json:"cells"`
}

func (r row) exported() string {
	e := exported{Token: r.claim.Token, Cells: []string{}}
	for _, c := range editable() {
		e.Cells = append(e.Cells, c.show(r))
	}
	text, err := json.Marshal(e)
	if err != nil {
		return "" // strings and a number can always be encoded
	}
	return string(text)
}

func parseExported(text string) (exported, error) {
	var e exported
	if err := json.Unmarshal([]byte(sheet.Unescape(text)), &e); err != nil || len(e.Cells) != len(editable()) {
		return exported{}, fmt.Errorf("the column %q was changed: export the workbook again and edit that copy",
			exportedColumn)
	}
	return e, nil
}

// date returns the day in England, "" for the zero time.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		london = time.UTC
	}
	return t.In(london).Format(time.DateOnly)
}

// codeList lists the codes in alphabetical order, so that equal sets make equal cells.
func codeList[T ~string](codes []T) string { return survey.List(slices.Sorted(slices.Values(codes))) }
