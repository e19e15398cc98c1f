package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxListRows is the most companies that one list may claim, as in the API.
const maxListRows = 5000

var errTooMany = fmt.Errorf("a list can have at most %d companies: split it", maxListRows)

// maxRepeated bounds what a page repeats of a list, in characters.
const maxRepeated = 80

// listRow is one row of the list: its place, its words, and its result.
type listRow struct {
	Row     int
	Text    string
	Name    string
	Address string
	Result  tag
	Note    string
	id      survey.Identifier
}

// nameRow names the company of a row, if it is known.
func (h base) nameRow(row *listRow) {
	if o, err := h.organisations.Organisation(row.id); err == nil {
		row.Name, row.Address = o.Name, companyAddress(o.ID)
	}
}

// rowRefused says why a row was refused.
func rowRefused(refusal *survey.Refusal) string {
	if refusal.Code == survey.RefusedDuplicateInList {
		return "It is in the list twice: the first row counts."
	}
	p := page.Refused(refusal)
	return p.Title + ". " + p.Next
}

// countResults counts the rows by their result.
func countResults(rows []listRow) map[tag]int {
	n := map[tag]int{}
	for _, row := range rows {
		n[row.Result]++
	}
	return n
}

// takeList reads the list that was sent, sends it, and has each row told its
// outcome. The faults say why the list cannot be read.
func takeList(r *http.Request, send func([]survey.Identifier) ([]survey.Outcome, error),
	tell func(*listRow, survey.Outcome)) ([]listRow, []page.Fault, error) {
	rows, field, err := listRows(r)
	switch {
	case err != nil:
		return nil, []page.Fault{{Field: field, Message: survey.Sentence(err.Error())}}, nil
	case len(rows) == 0:
		return nil, []page.Fault{{Field: "list", Message: "Paste company numbers, one a line, or choose a file"}}, nil
	}

	var ids []survey.Identifier
	var places []int
	for i, row := range rows {
		if row.id != "" {
			ids, places = append(ids, row.id), append(places, i)
		}
	}
	if len(ids) == 0 {
		return rows, nil, nil
	}

	// The outcomes are in the order of the identifiers.
	outcomes, err := send(ids)
	for k, outcome := range outcomes {
		tell(&rows[places[k]], outcome)
	}
	return rows, nil, err
}

// listRows reads the file if one was sent, else the pasted text. A list with
// a header that names a column of numbers is read by it; else the first number
// of each line counts.
func listRows(r *http.Request) (rows []listRow, field string, err error) {
	if file, header, err := r.FormFile("file"); err == nil {
		defer file.Close()
		if ending := strings.ToLower(path.Ext(header.Filename)); ending == ".xlsx" || ending == ".xls" {
			return nil, "file", errors.New("save the list as CSV first: in Excel, Save as, CSV UTF-8")
		}

		data, err := io.ReadAll(file)
		if err != nil {
			return nil, "file", errors.New("the file cannot be read")
		}
		rows, err := csvRows(data)
		return rows, "file", err
	}

	// Without a header the list is one number a line.
	text := strings.TrimSpace(r.PostForm.Get("list"))
	if rows, err := csvRows([]byte(text)); err == nil && len(rows) > 0 {
		return rows, "list", nil
	}

	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if len(rows) == maxListRows {
			return nil, "list", errTooMany
		}
		row := listRow{Row: i + 1, Text: survey.Clip(line, maxRepeated)}
		if row.id, err = identifierIn(line); err != nil {
			row.Result, row.Note = tagFaulty, "A company number has 8 characters, such as 07209813 or SC123456."
		}
		rows = append(rows, row)
	}
	return rows, "list", nil
}

// identifierIn reads the number at the beginning of a line.
func identifierIn(line string) (survey.Identifier, error) {
	first := strings.FieldsFunc(line, func(c rune) bool { return c == ',' || c == ';' || c == '\t' })
	if len(first) == 0 {
		return "", survey.ErrInvalid
	}
	return parseNumber(strings.TrimSpace(first[0]))
}

// parseNumber reads a company number, or an identifier with its scheme and a colon.
func parseNumber(text string) (survey.Identifier, error) {
	if strings.Contains(text, ":") {
		return survey.ParseIdentifier(text)
	}
	return survey.ParseCompanyNumber(text)
}

// csvRows reads a list with a header.
func csvRows(data []byte) ([]listRow, error) {
	table, err := sheet.OpenCSV(bytes.NewReader(data), sheet.Options{})
	if err != nil {
		return nil, err
	}
	mapping, err := sheet.RecognizeIdentifiers(table.Header())
	if err != nil {
		return nil, err
	}

	var rows []listRow
	for {
		line, err := table.Next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, err
		case len(rows) == maxListRows:
			return nil, errTooMany
		}

		ids, problems := mapping.Identifiers(line)
		row := listRow{Row: line.Number, Text: survey.Clip(strings.Join(line.Cells, ", "), maxRepeated)}
		switch {
		case sheet.AnyRefused(problems):
			row.Result, row.Note = tagFaulty, problems[len(problems)-1].Text
		case len(ids) == 0:
			row.Result, row.Note = tagFaulty, "It has no number: find it by name."
		default:
			row.id = ids[0]
		}
		rows = append(rows, row)
	}
}
