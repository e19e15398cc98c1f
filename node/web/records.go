package web

import (
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Records are what this region keeps of companies beside answers: *store.Store.
type Records interface {
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
}

// maxRecordsShown bounds what a company's page shows of one kind of record.
const maxRecordsShown = 20

// recordsView is what this region keeps of the company in one kind of record.
type recordsView struct {
	Label string
	Rows  [][]recordCell
	More  bool // than are shown
}

// recordCell is one field of a record as people read it.
type recordCell struct{ Label, Text string }

// recordCells are the record's fields but for the company that it is about.
func recordCells(of survey.RecordType, record survey.Record) []recordCell {
	var cells []recordCell
	for _, v := range record.Values {
		f, known := of.Field(v.Field)
		if f.Kind == survey.FieldOrganisation {
			continue
		}

		cell := recordCell{Label: f.Label, Text: v.Cell(f.Kind)}
		if !known { // a field of the region's own
			cell.Label = v.Field
		}

		if f.Kind == survey.FieldDate {
			cell.Text = page.Date(v.Text)
		}
		if i := slices.IndexFunc(f.Options, func(o survey.Option) bool { return o.Code == v.Text }); i >= 0 {
			cell.Text = f.Options[i].Label
		}

		cells = append(cells, cell)
	}
	return cells
}

// recordsOf returns the records that this region has of the company, beside answers.
func (h *companyPages) recordsOf(id survey.Identifier) ([]recordsView, error) {
	var out []recordsView
	for _, kind := range survey.RecordKinds() {
		of, err := h.editions.RecordType(kind)
		if err != nil {
			return nil, err
		}

		records, next, err := h.records.Records(store.RecordFilter{Kind: kind, Organisation: id}, "", maxRecordsShown)
		if err != nil {
			return nil, fmt.Errorf("our %s of the company: %w", kind, err)
		}
		if len(records) == 0 {
			continue
		}

		shown := recordsView{Label: of.Label, More: next != ""}
		for _, record := range records {
			shown.Rows = append(shown.Rows, recordCells(of, record))
		}
		out = append(out, shown)
	}
	return out, nil
}
