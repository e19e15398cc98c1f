package sheet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/sheet"
)

// styledBook is a workbook with this style table, whose second row has the
// number 44713 (1 June 2022 as a day) in each of the styles.
func styledBook(t *testing.T, styles string, attributes ...string) []byte {
	t.Helper()
	names, numbers := "", ""
	for i, a := range attributes {
		names += fmt.Sprintf(`<c t="str"><v>Column %d</v></c>`, i+1)
		numbers += `<c ` + a + `><v>44713</v></c>`
	}
	rows := `<row r="1">` + names + `</row><row r="2">` + numbers + `</row>`
	return zipped(t, plainBook(rows, map[string]string{"xl/styles.xml": `<styleSheet>` + styles + `</styleSheet>`}))
}

// A cell's style is a place in cellXfs. The places stay the same whatever an xf leaves out and
// whatever other tables hold. Otherwise a number would be read as a day, or as another company's
// number.
func TestEveryStyleKeepsItsPlace(t *testing.T) {
	const day, plain = "2022-06-01", "44713"
	own := func(id int, code string) string {
		return fmt.Sprintf(`<numFmts><numFmt numFmtId="%d" formatCode="%s"/></numFmts>`, id, code)
	}
	for name, tc := range map[string]struct {
		styles string
		cells  []string
		want   []string
	}{
		"an xf without attributes": {`<cellXfs count="3"><xf/><xf></xf><xf numFmtId="14"/></cellXfs>`,
			[]string{`s="0"`, `s="1"`, `s="2"`}, []string{plain, plain, day}},
		"no numFmtId between others": {own(170, "00000000") + `<cellXfs><xf numFmtId="14"/><xf fontId="1" applyFont="1"/><xf numFmtId="170"/></cellXfs>`,
			[]string{`s="0"`, `s="1"`, `s="2"`}, []string{day, plain, plain}},
		"an xf with children": {`<cellXfs count="2"><xf><alignment horizontal="left"/><protection locked="0"/></xf><xf numFmtId="22"><alignment/></xf></cellXfs>`,
			[]string{`s="0"`, `s="1"`}, []string{plain, day}},
		"a cell without a style has the first": {`<cellXfs><xf numFmtId="15"/><xf/></cellXfs>`,
			[]string{``, `s="1"`}, []string{day, plain}},
		"a style beyond the table": {`<cellXfs><xf numFmtId="15"/></cellXfs>`, []string{`s="0"`, `s="7"`}, []string{day, plain}},
		"the styles of styles are others": {`<cellStyleXfs count="2"><xf numFmtId="14"/><xf numFmtId="14"/></cellStyleXfs>` +
			`<cellXfs><xf xfId="1"/><xf numFmtId="14" xfId="0"/></cellXfs><cellStyles><cellStyle name="Day" xfId="1"/></cellStyles>`,
			[]string{`s="0"`, `s="1"`}, []string{plain, day}},
		"the styles of styles stand behind": {`<cellXfs><xf/><xf numFmtId="17"/></cellXfs><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>`,
			[]string{`s="0"`, `s="1"`, `s="2"`}, []string{plain, day, plain}},
		"the formats of conditions are others": {`<dxfs count="1"><dxf><numFmt numFmtId="171" formatCode="dd/mm/yyyy"/></dxf></dxfs>` + own(172, "yyyy-mm-dd") +
			`<cellXfs><xf numFmtId="171"/><xf numFmtId="172"/></cellXfs>`,
			[]string{`s="0"`, `s="1"`}, []string{plain, day}},
		"the formats stand behind": {`<cellXfs><xf/><xf numFmtId="164"/></cellXfs>` + own(164, "dd/mm/yyyy"),
			[]string{`s="0"`, `s="1"`}, []string{plain, day}},
		"an extension has xf of its own": {`<cellXfs><extLst><ext><xf numFmtId="14"/></ext></extLst><xf/><xf numFmtId="14"/></cellXfs>`,
			[]string{`s="0"`, `s="1"`}, []string{plain, day}},
		"a count that is wrong": {`<cellXfs count="1"><xf/><xf numFmtId="14"/></cellXfs>`, []string{`s="0"`, `s="1"`}, []string{plain, day}},
		"whether a format is applied": {`<cellXfs><xf applyNumberFormat="1"/><xf applyNumberFormat="0" numFmtId="14"/><xf applyNumberFormat="true" numFmtId="14"/></cellXfs>`,
			[]string{`s="0"`, `s="1"`, `s="2"`}, []string{plain, day, day}},
		"blanks around": {`<cellXfs><xf numFmtId=""/><xf numFmtId=" 14 "/></cellXfs>`, []string{`s=" 0 "`, `s=" 1 "`}, []string{plain, day}},
		"an own format in the place of a built-in one": {own(14, "0") + `<cellXfs><xf/><xf numFmtId="14"/></cellXfs>`,
			[]string{`s="0"`, `s="1"`}, []string{plain, plain}},
		"no table": {``, []string{``, `s="0"`}, []string{plain, plain}},
	} {
		rows, _, err := readBook(styledBook(t, tc.styles, tc.cells...), sheet.Options{})
		if want := "2: " + strings.Join(tc.want, "|"); err != nil || cells(rows) != want {
			t.Errorf("%s: %v, %s, want %s", name, err, cells(rows), want)
		}
	}
}

// The same holds when every element of the file has a prefix, as some programs write them.
func TestStylesUnderAPrefix(t *testing.T) {
	data := zipped(t, plainBook(header+`<row r="2"><c r="A2"><v>7209813</v></c></row><row r="3"><c r="A3" s="1"><v>44713</v></c></row>`, map[string]string{
		"xl/styles.xml": `<x:styleSheet xmlns:x="s"><x:cellStyleXfs><x:xf numFmtId="14"/></x:cellStyleXfs><x:cellXfs><x:xf/><x:xf numFmtId="14"/></x:cellXfs></x:styleSheet>`}))
	rows, _, err := readBook(data, sheet.Options{})
	if err != nil || cells(rows) != "2: 7209813\n3: 2022-06-01" {
		t.Errorf("%v, %s", err, cells(rows))
	}
}

// A list of companies comes out with its own numbers, whichever style they have.
func TestCompanyNumbersWithoutANumberFormat(t *testing.T) {
	rows := `<row r="1"><c t="str"><v>Company name</v></c><c t="str"><v>Company number</v></c><c t="str"><v>As of</v></c></row>` +
		`<row r="2"><c t="str"><v>Fernbank Optics Ltd</v></c><c s="0"><v>341902</v></c><c s="1"><v>44713</v></c></row>` +
		`<row r="3"><c t="str"><v>Quayside Assays Ltd</v></c><c><v>8120447</v></c><c s="1"><v>44714</v></c></row>`
	data := zipped(t, plainBook(rows, map[string]string{
		"xl/styles.xml": `<styleSheet><cellXfs count="2"><xf applyFont="1" fontId="0"/><xf applyNumberFormat="1" numFmtId="14"/></cellXfs></styleSheet>`}))
	got, _, err := readBook(data, sheet.Options{})
	want := "2: Fernbank Optics Ltd|341902|2022-06-01\n3: Quayside Assays Ltd|8120447|2022-06-02"
	if err != nil || cells(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, cells(got), want)
	}
}

func TestBadStyles(t *testing.T) {
	for name, tc := range map[string]struct {
		styles, cell string
		want         string
		limit        bool
	}{
		"a format that is no number": {`<cellXfs><xf numFmtId="day"/></cellXfs>`, `s="0"`, "numFmtId of xf is \"day\", not a number", false},
		"a format below zero":        {`<cellXfs><xf numFmtId="-1"/></cellXfs>`, `s="0"`, "numFmtId of xf", false},
		"a style that is no number":  {`<cellXfs><xf/></cellXfs>`, `s="first"`, "s of c is \"first\", not a number", false},
		"too many styles":            {`<cellXfs>` + strings.Repeat("<xf/>", 100_001) + `</cellXfs>`, `s="0"`, "100000 styles", true},
	} {
		_, _, err := readBook(styledBook(t, tc.styles, tc.cell), sheet.Options{Name: "list.xlsx"})
		var placed *sheet.Error
		if !errors.As(err, &placed) || !strings.Contains(err.Error(), tc.want) || errors.Is(err, sheet.ErrLimit) != tc.limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}
