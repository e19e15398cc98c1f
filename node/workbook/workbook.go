// Package workbook is the whole national tracker as one sheet, for people who
// live in spreadsheets: every company with its supporters, holder, state, dates
// and last year. An edited copy that comes back is compared with what was
// exported, and its edits, nothing else, become commands of this region.
//
// Start from [Workbook.Write] and [Workbook.Read]. What each column may do is in
// column.go, what an edit asks for in edit.go.
package workbook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
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

// Workbook writes and reads the sheet for one region. It holds nothing and may
// be used by many at a time.
type Workbook struct {
	Region   survey.Region
	Registry Registry
}

// pageRows is how many organisations are read at a time.
const pageRows = 1000

// Write writes the sheet of a cycle: one row for every organisation that was not
// merged into another, in the order of the registry.
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
			_, _ = book.WriteTo(io.Discard) // lets go of its file
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

// row is one organisation as the sheet shows it now.
func (b Workbook) row(cycle survey.Cycle, o survey.Organisation) row {
	r := row{organisation: o, claim: b.claim(cycle, o.ID)}
	r.last = b.claim(cycle.Previous(), o.ID)
	return r
}

// claim is the zero Claim where there is none.
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

// exported is what stands in the last column: what the columns that may be
// edited showed, and the claim's token, so that exactly the edits are known when
// the sheet comes back, and whether the claim changed since.
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
		return "" // cannot be: strings and a number
	}
	return string(text)
}

func parseExported(text string) (exported, error) {
	var e exported
	if err := json.Unmarshal([]byte(sheet.Unescape(text)), &e); err != nil || len(e.Cells) != len(editable()) {
		return exported{}, fmt.Errorf("the column %q was changed: export the workbook again and edit that copy", exportedColumn)
	}
	return e, nil
}

// date is the day in England.
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

func codeList[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
