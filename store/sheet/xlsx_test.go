package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/ahsn-network/tracker/store/sheet"
)

// made returns a workbook that build has filled in.
func made(t testing.TB, build func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := build(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filled puts rows into the first sheet.
func filled(f *excelize.File, rows ...[]any) error {
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	return nil
}

func readBook(data []byte, opts sheet.Options) (rows []sheet.Row, table *sheet.Table, err error) {
	table, err = sheet.Open(bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		return nil, nil, err
	}
	defer table.Close()
	for row, err := range table.Rows() {
		if err != nil {
			return rows, table, err
		}
		rows = append(rows, row)
	}
	return rows, table, nil
}

func cells(rows []sheet.Row) string {
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%d: %s", r.Number, strings.Join(r.Cells, "|")))
	}
	return strings.Join(lines, "\n")
}

func TestReadsWhatExcelWrites(t *testing.T) {
	at := time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, date1904 := range []bool{false, true} {
		data := made(t, func(f *excelize.File) error {
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904}); err != nil {
				return err
			}
			style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
			if err != nil {
				return err
			}
			own := `dd/mm/yyyy "day"`
			ownStyle, err := f.NewStyle(&excelize.Style{CustomNumFmt: &own})
			if err != nil {
				return err
			}
			serial := 44713
			if date1904 {
				serial -= 1462
			}
			if err := filled(f, []any{"Number", " Company  name ", "Money", "Day", "Own day", "Yes", "Sum"},
				[]any{"00123456", "Ärzte & Co", 1234.5, serial, serial, true, 0.1 + 0.2},
				[]any{},
				[]any{7209813, "=not a formula", 12000000.0, "text", 3, false, 1e20}); err != nil {
				return err
			}
			if err := f.SetCellStyle("Sheet1", "D2", "D4", style); err != nil {
				return err
			}
			return f.SetCellStyle("Sheet1", "E2", "E2", ownStyle)
		})
		rows, table, err := readBook(data, sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(table.Header(), "|"); got != "Number|Company name|Money|Day|Own day|Yes|Sum" {
			t.Errorf("header %s", got)
		}
		day := at.Format(time.DateOnly)
		want := "2: 00123456|Ärzte & Co|1234.5|" + day + "|" + day + "|TRUE|0.3\n4: 7209813|=not a formula|12000000|text|3|FALSE|100000000000000000000"
		if got := cells(rows); got != want {
			t.Errorf("1904 %v:\n%s\nwant\n%s", date1904, got, want)
		}
	}
}

func TestWhatNobodyWouldSeeRefusesItsRow(t *testing.T) {
	data := made(t, func(f *excelize.File) error {
		if err := filled(f, []any{"A", "B"}, []any{"one", 1}, []any{"", 2}, []any{"three"}, []any{"four", 4}); err != nil {
			return err
		}
		if err := f.MergeCell("Sheet1", "A2", "A3"); err != nil {
			return err
		}
		return f.SetCellFormula("Sheet1", "B4", "SUM(B2:B3)") // excelize leaves its value out
	})
	rows, _, err := readBook(data, sheet.Options{})
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v\n%s", err, cells(rows))
	}
	for i, want := range []string{"", "part of merged cells (A2:A3)", "B4: the cell holds a formula without a value", ""} {
		got := fmt.Sprint(rows[i].Problems)
		if sheet.AnyRefused(rows[i].Problems) != (want != "") || !strings.Contains(got, want) {
			t.Errorf("row %d: %s, want %q", rows[i].Number, got, want)
		}
	}
	if strings.Contains(rows[1].Problems[0].String(), "line") {
		t.Errorf("a workbook has no lines: %s", rows[1].Problems[0])
	}
}

func TestSheetsAreChosen(t *testing.T) {
	data := made(t, func(f *excelize.File) error {
		for _, name := range []string{"Data", "More"} {
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
			if err := f.SetSheetRow(name, "A1", &[]any{name}); err != nil {
				return err
			}
		}
		if err := filled(f, []any{"secret"}); err != nil {
			return err
		}
		f.SetActiveSheet(1)
		return f.SetSheetVisible("Sheet1", false)
	})
	_, table, err := readBook(data, sheet.Options{})
	if err != nil || table.Header()[0] != "Data" || len(table.Notes()) != 2 {
		t.Fatalf("%v %+v", err, table)
	}
	_, table, err = readBook(data, sheet.Options{Sheet: "more"})
	if err != nil || table.Header()[0] != "More" {
		t.Errorf("%v %+v", err, table)
	}
	if _, _, err = readBook(data, sheet.Options{Sheet: "none"}); err == nil {
		t.Error("an unknown sheet is read")
	}
}

// zipped makes an archive of parts.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range parts {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpacksTo declares so many bytes for its part.
func unpacksTo(t testing.TB, bytesOf uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "xl/workbook.xml", UncompressedSize64: bytesOf}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plain is the smallest workbook, with this sheet.
func plainBook(rows string, more map[string]string) map[string]string {
	parts := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}
	for name, text := range more {
		parts[name] = text
	}
	return parts
}

// noise is text that does not pack well.
func noise(bytes int) string {
	text := make([]byte, bytes)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range text {
		text[i] = 'a' + byte(random.IntN(26))
	}
	return string(text)
}

const header = `<row r="1"><c r="A1" t="str"><v>A</v></c></row>`

func TestBadWorkbooks(t *testing.T) {
	good := made(t, func(f *excelize.File) error { return filled(f, []any{"A"}, []any{"1"}) })
	entries := map[string]string{}
	for i := range sheet.MaxEntries + 1 {
		entries[fmt.Sprintf("p%d", i)] = ""
	}
	for name, tc := range map[string]struct {
		data []byte
		want string
	}{
		"truncated":          {good[:len(good)/2], "damaged or not whole"},
		"a bomb":             {zipped(t, plainBook(header+strings.Repeat(" ", 3<<20), nil)), "times its size"},
		"many parts":         {zipped(t, entries), "parts"},
		"a path out":         {zipped(t, map[string]string{"../evil": "x"}), "leads out"},
		"a backslash":        {zipped(t, map[string]string{`xl\workbook.xml`: "x"}), "leads out"},
		"no workbook":        {zipped(t, map[string]string{"a.txt": "x"}), "no Excel workbook"},
		"an OpenDocument":    {zipped(t, map[string]string{"content.xml": "x"}), "OpenDocument"},
		"an old workbook":    {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), "old format"},
		"an encrypted one":   {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), []byte("....E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")...), "encrypted"},
		"an entity":          {zipped(t, plainBook(header+`<row r="2"><c r="A2" t="str"><v>&boom;</v></c></row>`, nil)), "damaged"},
		"a document type":    {zipped(t, plainBook("", map[string]string{"xl/worksheets/sheet1.xml": `<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>`})), "document type"},
		"an external sheet":  {zipped(t, plainBook(header, map[string]string{"xl/_rels/workbook.xml.rels": `<R><Relationship Id="r1" TargetMode="External" Target="http://x/"/></R>`})), "not in the workbook"},
		"a cut sheet":        {zipped(t, plainBook("", map[string]string{"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + header + `<row r="2"><c>`})), "cut off"},
		"an unknown text":    {zipped(t, plainBook(header+`<row r="2"><c r="A2" t="s"><v>7</v></c></row>`, nil)), "refers to a text"},
		"rows out of order":  {zipped(t, plainBook(header+`<row r="3"><c r="A3"><v>7</v></c></row><row r="2"><c r="A2"><v>7</v></c></row>`, nil)), "not in order"},
		"cells out of order": {zipped(t, plainBook(header+`<row r="2"><c r="B2"><v>7</v></c><c r="A2"><v>7</v></c></row>`, nil)), "not in order"},
		"a far column":       {zipped(t, plainBook(header+`<row r="2"><c r="XFD2"><v>7</v></c></row>`, nil)), "columns"},
		"nothing":            {zipped(t, plainBook("", nil)), "empty"},
		"too much unpacked":  {unpacksTo(t, sheet.MaxUnpacked+1), "bytes unpacked"},
		"many texts":         {zipped(t, plainBook(header, map[string]string{"xl/sharedStrings.xml": "<sst><si><t>" + noise(sheet.MaxCellBytes+1) + "</t></si></sst>"})), "over the limit"},
	} {
		_, _, err := readBook(tc.data, sheet.Options{Name: "list.xlsx"})
		var placed *sheet.Error
		if !errors.As(err, &placed) || !strings.Contains(fmt.Sprint(err), tc.want) || !strings.HasPrefix(err.Error(), "list.xlsx: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only the cells of a workbook with macros, or with links to others, are read: nothing is run, and
// nothing fetched.
func TestMacrosAndLinksAreLeftAlone(t *testing.T) {
	data := zipped(t, plainBook(header+`<row r="2"><c r="A2" t="str"><f>[1]Other!A1</f><v>kept</v></c></row>`, map[string]string{
		"xl/vbaProject.bin": "\xd0\xcf\x11\xe0 a macro", "xl/externalLinks/externalLink1.xml": `<externalLink><externalBook/></externalLink>`,
		"xl/_rels/workbook.xml.rels": `<R><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" TargetMode="External" Target="https://example.org/x.xlsx"/></R>`}))
	rows, _, err := readBook(data, sheet.Options{})
	if err != nil || cells(rows) != "2: kept" || len(rows[0].Problems) > 0 {
		t.Errorf("%v %s", err, cells(rows))
	}
}

func TestABookReadsBackAsItWasWritten(t *testing.T) {
	b, err := sheet.NewBook([]sheet.Column{{Name: "Company", Width: 30}, {Name: "Pounds", Number: true}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"00123456", "1234.50"}, {"=1+1", "12345678901234567.89"}, {"+44 1234", "not collected"}, {"a\nb", "-3"}}
	for _, row := range want {
		b.Row(row...)
	}
	var data bytes.Buffer
	if _, err := b.WriteTo(&data); err != nil {
		t.Fatal(err)
	}
	rows, _, err := readBook(data.Bytes(), sheet.Options{})
	if err != nil || len(rows) != len(want) {
		t.Fatalf("%v %s", err, cells(rows))
	}
	want[0][1] = "1234.5"
	for i, row := range rows {
		if strings.Join(row.Cells, "|") != strings.Join(want[i], "|") || len(row.Problems) > 0 {
			t.Errorf("%q, want %q: %v", row.Cells, want[i], row.Problems)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(data.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if formula, _ := f.GetCellFormula("List", "A3"); formula != "" {
		t.Errorf("a text became the formula %q", formula)
	}
	if kind, _ := f.GetCellType("List", "B2"); kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a number became %v", kind)
	}
}

func BenchmarkReadXLSX(b *testing.B) {
	book, err := sheet.NewBook(make([]sheet.Column, 10))
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20_000 {
		row := make([]string, 10)
		for j := range row {
			row[j] = fmt.Sprintf("cell %d %d", i, j)
		}
		book.Row(row...)
	}
	var data bytes.Buffer
	if _, err := book.WriteTo(&data); err != nil {
		b.Fatal(err)
	}
	// The header is blank here: name its columns.
	b.ReportAllocs()
	for b.Loop() {
		rows, _, err := readBook(data.Bytes(), sheet.Options{})
		if err != nil || len(rows) < 19_000 {
			b.Fatal(err, len(rows))
		}
	}
	b.ReportMetric(float64(20_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func FuzzOpen(f *testing.F) {
	f.Add(made(f, func(file *excelize.File) error { return filled(file, []any{"A"}, []any{"1"}) }))
	f.Add([]byte("a,b\n1,2\n"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _, _ = readBook(data, sheet.Options{MaxRows: 100}) })
}
