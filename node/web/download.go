package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const workbookContent = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Forms write forms to fill in as workbooks: intake.Exporter does. The list
// "template" has a row for each company that has not answered yet.
type Forms interface {
	Form(ctx context.Context, cycle survey.Cycle, id survey.Identifier, w io.Writer) error
	Export(ctx context.Context, list string, cycle survey.Cycle, format sheet.Format, w io.Writer) error
}

// cell is one cell of a download: text, or a number when it is one.
type cell struct {
	text   string
	number *float64
}

func text(s string) cell { return cell{text: s} }

func whole(n int64) cell {
	f := float64(n)
	return cell{text: strconv.FormatInt(n, 10), number: &f}
}

// value writes a figure's value as programs read it: pounds and posts with two
// decimals, percent for a share. A figure that is not there has none.
func value(f survey.Figure) cell {
	if f.Absent() {
		return cell{}
	}
	out := whole(f.Value)
	if f.Unit != survey.UnitCount {
		out.text = survey.Pence(f.Value).Decimal()
		*out.number = float64(f.Value) / 100 // Excel has no other numbers
	}
	return out
}

var unitNames = map[survey.Unit]string{survey.UnitPence: "GBP", survey.UnitFTE: "FTE", survey.UnitCount: "number",
	survey.UnitBasisPoints: "percent"}

var figureHeader = []string{"cycle", "breakdown", "key", "label", "metric", "metric_label", "value", "unit", "status",
	"qualifier", "companies", "as_of", "reason", "answer_id"}

// figureCells are the national figures and those of every row of the
// breakdown, one figure a row.
func figureCells(definitions survey.Definitions, t survey.Totals, by survey.Dimension) [][]cell {
	var rows [][]cell
	add := func(dimension, key, label string, figures []survey.Figure) {
		for _, f := range figures {
			asOf := ""
			if !f.AsOf.IsZero() {
				asOf = f.AsOf.UTC().Format(time.RFC3339)
			}
			rows = append(rows, []cell{text(string(t.Cycle)), text(dimension), text(key), text(label), text(f.Metric),
				text(definitions.Label(f.Metric)), value(f), text(unitNames[f.Unit]), text(string(f.Status)),
				text(string(f.Qualifier)), whole(f.Contributors), text(asOf), text(f.Reason), text(t.AnswerID)})
		}
	}

	add("nation", "", "England", t.Figures)
	for _, row := range t.Rows {
		add(string(by), row.Key, row.Label, row.Figures)
	}
	return rows
}

// harmless keeps a spreadsheet from taking text for a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// download returns the rows and the name of both files.
func (h *nationPages) download(r *http.Request) (rows [][]cell, name string, err error) {
	campaign, query, faults, err := h.question(r)
	if err == nil && len(faults) > 0 {
		err = survey.ErrNotFound
	}
	if err != nil {
		return nil, "", err
	}
	totals, definitions, err := h.answer(r, query)
	if err != nil {
		return nil, "", err
	}

	name = fmt.Sprintf("national-figures-%s-by-%s-%s", campaign.Cycle, query.By, h.Today())
	if c := totals.Certified; c != nil {
		name = fmt.Sprintf("national-figures-%s-by-%s-final-revision-%d", campaign.Cycle, query.By, c.Revision)
	}
	return figureCells(definitions, totals, query.By), name, nil
}

func (h *nationPages) csv(w http.ResponseWriter, r *http.Request) error {
	rows, name, err := h.download(r)
	if err != nil {
		return err
	}
	writeCSV(w, name, figureHeader, rows)
	return nil
}

// writeCSV answers with a file in UTF-8.
func writeCSV(w http.ResponseWriter, name string, header []string, rows [][]cell) {
	page.Attach(w, "text/csv; charset=utf-8", name+".csv")
	out := csv.NewWriter(w)
	_ = out.Write(header)

	for _, row := range rows {
		record := make([]string, len(row))
		for i, c := range row {
			record[i] = c.text
			if c.number == nil {
				record[i] = harmless(c.text)
			}
		}
		_ = out.Write(record)
	}
	out.Flush() // the browser is gone if this fails
}

// sendBook answers with a workbook. It is written as a whole before, since an
// error after the first byte could not be told.
func sendBook(w http.ResponseWriter, name string, book *bytes.Buffer) error {
	page.Attach(w, workbookContent, name+".xlsx")
	_, _ = book.WriteTo(w) // the browser is gone if this fails
	return nil
}

// fileName leaves of an identifier what every system takes in a name.
func fileName(id survey.Identifier) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-' {
			return c
		}
		return '-'
	}, string(id))
}

const sheetName = "Figures"

func (h *nationPages) xlsx(w http.ResponseWriter, r *http.Request) error {
	rows, name, err := h.download(r)
	if err != nil {
		return err
	}

	// The workbook is complete before the first byte leaves, so that an error can still be told.
	book := excelize.NewFile()
	defer book.Close()
	if err := fill(book, rows); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	file, err := book.WriteToBuffer()
	if err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	return sendBook(w, name, file)
}

// fill writes texts as texts and numbers as numbers: nothing becomes a
// formula.
func fill(book *excelize.File, rows [][]cell) error {
	if err := book.SetSheetName("Sheet1", sheetName); err != nil {
		return err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(sheetName)
	if err != nil {
		return err
	}

	header := make([]any, len(figureHeader))
	for i, name := range figureHeader {
		header[i] = excelize.Cell{StyleID: bold, Value: name}
	}
	// A stream takes widths before the first row only.
	if err := errors.Join(out.SetColWidth(1, len(header), 18), out.SetRow("A1", header)); err != nil {
		return err
	}

	for i, row := range rows {
		values := make([]any, len(row))
		for k, c := range row {
			values[k] = c.text
			if c.number != nil {
				values[k] = *c.number
			}
		}
		if err := out.SetRow(fmt.Sprintf("A%d", i+2), values); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Reports make the national report of a year as one page, and name the content
// policy under which it works.
type Reports interface {
	Report(context.Context, survey.Cycle) (page []byte, policy string, err error)
}

// report serves the national report: one page that needs nothing else,
// with a content policy of its own.
func (h *nationPages) report(w http.ResponseWriter, r *http.Request) error {
	campaign, err := h.campaign(r)
	if err != nil {
		return err
	}
	page, policy, err := h.reports.Report(r.Context(), campaign.Cycle)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Content-Disposition", `inline; filename="national-report-`+string(campaign.Cycle)+`.html"`)
	_, _ = w.Write(page) // the browser is gone if this fails
	return nil
}
