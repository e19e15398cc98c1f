package intake_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// returned are the answers that companies write into the sheets, by field.
var returned = map[string]string{
	"q01": "It has a new name", "q02": "otv; Wessex AHSN", "q03": "12.5", "q04": "2", "q05": "1", "q06": "not applicable",
	"q07.equity": "£250,000", "q07.own": "don't know", "q08": "100000", "q10": "3", "q11": "Spread", "q11.trl": "9",
	"q13": "Pricing; Other help", "q14": "Likely", "q15": "=thanks",
}

const recorded = `{"q01":"renamed","q02":["otv","wessex"],"q03":12.50,"q04":2.00,"q05":1.00,"q06":"not_applicable",` +
	`"q07":{"equity":250000.00,"own":"dont_know"},"q08":100000.00,"q10":3,"q11":{"stage":"spread","trl":9},"q13":["pricing","other"],"q14":4,"q15":"=thanks"}`

func table(t *testing.T, book []byte) (header []string, rows [][]string) {
	t.Helper()
	opened, err := sheet.Open(bytes.NewReader(book), int64(len(book)), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	for row, err := range opened.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row.Cells)
	}
	return opened.Header(), rows
}

func bookOf(t *testing.T, header []string, rows [][]string) []byte {
	t.Helper()
	var columns []sheet.Column
	for _, name := range header {
		columns = append(columns, sheet.Column{Name: name})
	}
	book, err := sheet.NewBook(columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		book.Row(row...)
	}
	var out bytes.Buffer
	if _, err := book.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// takeIn imports a returned sheet and returns the recorded answers of the company.
func takeIn(t *testing.T, d *intake.Importer, s *store.Store, name string, book []byte, id survey.Identifier) survey.Response {
	t.Helper()
	im, err := d.Plan(context.Background(), list("responses", name), bytes.NewReader(book))
	if err != nil || im.Refused > 0 {
		t.Fatalf("%+v %v", im, err)
	}
	if _, err := d.Commit(context.Background(), im.ID, 7, now); err != nil {
		t.Fatal(err)
	}
	r, err := s.Response(cycle, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheTemplateComesBackWithAnswers(t *testing.T) {
	d, s, _ := opened(t)
	blank := []byte(exported(t, s, "template", sheet.XLSX))
	header, rows := table(t, blank)
	if len(rows) != 2 || !strings.Contains(header[2], "q01 Is this still") || header[len(header)-1] != survey.SharingQuestion {
		t.Fatalf("%q %q", header, rows)
	}
	im, err := d.Plan(context.Background(), list("responses", "blank"), bytes.NewReader(blank))
	if err != nil || im.Rows != 2 || im.Refused != 2 {
		t.Fatalf("a blank template: %+v %v", im, err)
	}
	filled := rows[:0]
	for _, row := range rows {
		if row[0] != string(company(1).ID) {
			continue
		}
		for i, column := range im.Columns {
			if text, ok := returned[column.Field]; ok {
				row[i] = text
			}
		}
		row[len(row)-1] = "yes"
		filled = append(filled, row)
	}
	r := takeIn(t, d, s, "returned.xlsx", bookOf(t, header, filled), company(1).ID)
	if text, err := r.Answers.MarshalJSON(); err != nil || string(text) != recorded || r.Sharing != survey.SharingAllowed {
		t.Errorf("%s %q %v", text, r.Sharing, err)
	}
}

func TestAFormComesBackWithAnswers(t *testing.T) {
	d, s, _ := opened(t)
	var form bytes.Buffer
	exporter := intake.Exporter{Region: us, Records: s, Registry: nation{}}
	if err := exporter.Form(context.Background(), cycle, company(2).ID, &form); err != nil {
		t.Fatal(err)
	}
	header, rows := table(t, form.Bytes())
	for _, row := range rows {
		if text, ok := returned[row[0]]; ok {
			row[2] = text
		}
		if row[0] == "sharing" {
			row[2] = "No"
		}
	}
	r := takeIn(t, d, s, "form.xlsx", bookOf(t, header, append([][]string{{"", "A heading of the sender's"}}, rows...)), company(2).ID)
	if text, err := r.Answers.MarshalJSON(); err != nil || string(text) != recorded || r.Sharing != survey.SharingRefused {
		t.Errorf("%s %q %v", text, r.Sharing, err)
	}
	if err := exporter.Form(context.Background(), cycle, "GB-COH:99999999", &form); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("the form of nobody: %v", err)
	}
}
