package sheet

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxStyles bounds what is remembered of a workbook's styles.
const maxStyles = 100_000

// readStyles finds out which styles show a number as a date.
func (p parts) readStyles(b *book) error {
	const name = "xl/styles.xml"
	if p[strings.ToLower(name)] == nil {
		return nil
	}
	own, inCells := map[int]bool{}, false
	return p.decode(name, func(token xml.Token) error {
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "numFmt":
				if id, err := strconv.Atoi(attribute(e, "numFmtId")); err == nil && len(own) < maxStyles {
					own[id] = dateFormat(attribute(e, "formatCode"))
				}
			case "cellXfs":
				inCells = true
			case "xf":
				if id, err := strconv.Atoi(attribute(e, "numFmtId")); inCells && err == nil && len(b.dates) < maxStyles {
					date, listed := own[id]
					b.dates = append(b.dates, date || !listed && builtInDate(id))
				}
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				inCells = false
			}
		}
		return nil
	})
}

// builtInDate reports whether one of the formats that every workbook has shows
// a day. Source: ECMA-376 part 1, 18.8.30.
func builtInDate(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
}

// dateFormat reports whether a format of the workbook's own shows a day: it
// has a letter d or y outside quotes, brackets and escapes.
func dateFormat(code string) bool {
	quoted, bracketed := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracketed = true
		case c == ']':
			bracketed = false
		case !bracketed && strings.IndexByte("dDyY", c) >= 0:
			return true
		}
	}
	return false
}

// cellDate writes a day of the workbook's calendar, with the time if there is
// one; false for a number that is no day.
func cellDate(text string, date1904 bool) (string, bool) {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil || !(days >= 1 && days < 3_000_000) {
		return "", false
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	whole, fraction := math.Modf(days)
	at := start.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(fraction*86_400)) * time.Second)
	if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}

// significant is how many digits a spreadsheet keeps of a number; the rest is
// noise of its arithmetic.
const significant = 15

// cellNumber writes a number with a point and without an exponent, in the
// digits that the spreadsheet shows when the cell is wide enough.
func cellNumber(text string) string {
	if len(text) <= significant && !strings.ContainsAny(text, "eE") {
		return text
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.Abs(n) >= 1e21 {
		return text // too large for anything; whoever reads the field says so
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', significant, 64), 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
