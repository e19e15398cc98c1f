package sheet

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateForms are the forms in which lists write dates. The day comes before the month: 03/04/2020 is
// 3 April.
var dateForms = []string{
	"02/01/2006 15:04:05", "02/01/2006 15:04", "02/01/2006", "2/1/2006 15:04:05", "2/1/2006 15:04", "2/1/2006",
	"2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02",
	"2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04", "2006-01-02",
	"02-01-2006", "02.01.2006", "2 January 2006", "2 Jan 2006", "02-Jan-2006", "2-Jan-2006",
}

// firstYear is before any list about the AHSNs' companies.
const firstYear = 1990

// serialDate matches a date without its format: days, and the time as a fraction.
var serialDate = regexp.MustCompile(`^([0-9]{1,7})(?:\.[0-9]+)?$`)

// Days of a spreadsheet's calendar: it counts from 30 December 1899.
const (
	firstSerial = 32_874 // 1 January 1990
	lastSerial  = 73_050 // 31 December 2099
)

// parseDate returns the day as YYYY-MM-DD, or an error that says why not.
func parseDate(text string) (string, error) {
	if part := serialDate.FindStringSubmatch(text); part != nil {
		serial, err := strconv.Atoi(part[1])
		if err != nil || serial < firstSerial || serial > lastSerial {
			return "", fmt.Errorf("%s is not a date", quote(text))
		}
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, serial).Format(time.DateOnly), nil
	}

	forms := dateForms
	if form := plainDate(text); form != "" {
		forms = []string{form}
	}

	for _, form := range forms {
		day, err := time.Parse(form, text)
		if err != nil {
			var parsing *time.ParseError
			if errors.As(err, &parsing) && strings.HasSuffix(parsing.Message, "out of range") {
				return "", fmt.Errorf("%s: there is no such day", quote(text))
			}
			continue
		}
		if day.Year() < firstYear || day.Year() > 2099 {
			return "", fmt.Errorf("%s: the year %d cannot be right", quote(text), day.Year())
		}
		return day.Format(time.DateOnly), nil
	}
	return "", fmt.Errorf("%s is not a date: write it as 31/03/2020 or 2020-03-31", quote(text))
}

// plainDate returns the only form that a date of ten characters can have, judged by its separators,
// and "" for other texts. An attempt with a wrong form costs ten times one with the right form, and
// most lists use one form.
func plainDate(text string) string {
	switch {
	case len(text) != len(time.DateOnly):
	case text[4] == '-' && text[7] == '-':
		return time.DateOnly
	case text[2] == '/' && text[5] == '/':
		return "02/01/2006"
	}
	return ""
}

// asOf reads the date of a row. Without one the name has no date.
func (m Mapping) asOf(row Row) (string, []Problem) {
	text := m.cell(row, FieldAsOf)
	if text == "" {
		return "", nil
	}

	day, err := parseDate(text)
	if err != nil {
		return "", []Problem{m.problem(row, FieldAsOf, Warning, "%v: left empty", err)}
	}
	if m.Today != "" && day > m.Today {
		return "", []Problem{m.problem(row, FieldAsOf, Warning, "%s is in the future: left empty", day)}
	}
	return day, nil
}
