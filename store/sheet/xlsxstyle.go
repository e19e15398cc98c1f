package sheet

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxStyles bounds how many styles of a workbook are remembered. Excel writes at most 65,490.
const maxStyles = 100_000

// readStyles finds the styles that show a number as a date. A cell names its style by the place in
// cellXfs, so every xf there counts, whatever attributes it leaves out. Other tables also have xf
// and numFmt elements, which do not concern cells. The numFmtId of a cell's xf is in force whatever
// its applyNumberFormat is.
func (p parts) readStyles(b *book) error {
	const name = "xl/styles.xml"
	if p[strings.ToLower(name)] == nil {
		return nil
	}

	own := map[int]bool{} // the workbook's own formats: whether they show a day
	var formats []int     // of cellXfs
	var within []string   // the elements that are open

	err := p.decode(name, func(token xml.Token) error {
		switch e := token.(type) {
		case xml.StartElement:
			within = append(within, e.Name.Local)
			if len(within) != 3 {
				return nil
			}

			table, entry := within[1], within[2]
			if !(table == "numFmts" && entry == "numFmt" || table == "cellXfs" && entry == "xf") {
				return nil
			}
			if len(own) == maxStyles || len(formats) == maxStyles {
				return fmt.Errorf("%w: a workbook may have %d styles", ErrLimit, maxStyles)
			}

			id, err := unsigned(e, "numFmtId")
			if err != nil {
				return damagedPart(name, err)
			}

			if table == "numFmts" {
				own[id] = dateFormat(attribute(e, "formatCode"))
			} else {
				formats = append(formats, id)
			}
		case xml.EndElement:
			within = within[:len(within)-1]
		}
		return nil
	})
	if err != nil {
		return err
	}

	// Some writers put numFmts after cellXfs, so the formats are looked up when both are known.
	b.dates = make([]bool, len(formats))
	for i, id := range formats {
		date, listed := own[id]
		b.dates[i] = date || !listed && builtInDate(id)
	}
	return nil
}

// unsigned reads an attribute that is 0 when it is left out, such as numFmtId of an xf or s of a
// cell.
func unsigned(e xml.StartElement, name string) (int, error) {
	text := strings.TrimSpace(attribute(e, name))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s of %s is %s, not a number", name, e.Name.Local, quote(text))
	}
	return n, nil
}

// builtInDate reports whether one of the formats that every workbook has shows a day. Source:
// ECMA-376 part 1, 18.8.30.
func builtInDate(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 ||
		id == 57 || id == 58
}

// dateFormat reports whether one of the workbook's own formats shows a day: it has a letter d or y
// outside quotes, brackets and escapes.
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

// cellDate writes a day of the workbook's calendar, with the time if it has one. It returns false
// for a number that is no day.
func cellDate(text string, date1904 bool) (string, bool) {
	days, err := strconv.ParseFloat(text, 64)
	if err != nil || !(days >= 1 && days < 3_000_000) {
		return "", false
	}

	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}

	// Rounding to seconds removes the noise of the fraction.
	whole, fraction := math.Modf(days)
	at := start.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(fraction*86_400)) * time.Second)

	if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}

// significant is how many digits of a number a spreadsheet keeps; further digits are noise of its
// arithmetic.
const significant = 15

// cellNumber writes a number with a point and without an exponent, in the digits that a wide cell
// shows.
func cellNumber(text string) string {
	if len(text) <= significant && !strings.ContainsAny(text, "eE") {
		return text
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.Abs(n) >= 1e21 {
		return text // too large for any field, whose reader says so
	}

	rounded, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', significant, 64), 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
