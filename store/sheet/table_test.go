package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/ahsn-network/tracker/store/sheet"
)

// readAll returns "number/line: a|b|c" for each row, header first.
func readAll(text string, opts sheet.Options) ([]string, *sheet.Table, error) {
	table, err := sheet.OpenCSV(strings.NewReader(text), opts)
	if err != nil {
		return nil, nil, err
	}
	lines := []string{strings.Join(table.Header(), "|")}
	for row, err := range table.Rows() {
		if err != nil {
			return lines, table, err
		}
		lines = append(lines, fmt.Sprintf("%d/%d: %s", row.Number, row.Line, strings.Join(row.Cells, "|")))
	}
	return lines, table, nil
}

func inUTF16(text string, mark, big bool) string {
	var b bytes.Buffer
	if mark {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

func TestReadsWhatSpreadsheetsWrite(t *testing.T) {
	long := "a,b\r\n" + strings.Repeat("plain,text\r\n", 10_000)
	for name, tc := range map[string]struct {
		text      string
		want      []string
		separator byte
		encoding  sheet.Encoding
	}{
		"plain":                       {text: "a,b\n1,2\n", want: []string{"a|b", "2/2: 1|2"}},
		"no line end at the end":      {text: "a,b\n1,2", want: []string{"a|b", "2/2: 1|2"}},
		"carriage returns":            {text: "a,b\r1,2\r3,4\r", want: []string{"a|b", "2/2: 1|2", "3/3: 3|4"}},
		"mixed line ends":             {text: "a,b\r\n1,2\r3,4\n5,6", want: []string{"a|b", "2/2: 1|2", "3/3: 3|4", "4/4: 5|6"}},
		"line breaks in cells":        {text: "a,b\r\n\"1,\r\n2,\r3\",x\r\n4,5\r\n", want: []string{"a|b", "2/2: 1,\n2,\n3|x", "3/5: 4|5"}},
		"doubled quotes":              {text: "a\n\"\"\"RED BAND\"\" CHEMICAL\"\n", want: []string{"a", "2/2: \"RED BAND\" CHEMICAL"}},
		"quote inside plain cell":     {text: "a,b\n5\" pipe,x\n", want: []string{"a|b", "2/2: 5\" pipe|x"}},
		"space around quotes":         {text: "a,b\n1, \"x, y\" \n", want: []string{"a|b", "2/2: 1|x, y"}},
		"padded header":               {text: " a ,\u00a0b\u00a0 c,\"\"\n1,2,\n", want: []string{"a|b c", "2/2: 1|2"}},
		"empty rows count":            {text: "\n\na,b\n\n,,,\n1,2\n", want: []string{"a|b", "6/6: 1|2"}},
		"header only":                 {text: "a,b\n", want: []string{"a|b"}},
		"semicolons":                  {text: "a;b\nx, y;2\n", want: []string{"a|b", "2/2: x, y|2"}, separator: ';'},
		"tabs":                        {text: "a\tb\nx, y\t2\n", want: []string{"a|b", "2/2: x, y|2"}, separator: '\t'},
		"bars":                        {text: "a|b\nx;y|2\n", want: []string{"a|b", "2/2: x;y|2"}, separator: '|'},
		"commas despite semicolons":   {text: "a;1,b\nx;y;z,2\nu,3\n", want: []string{"a;1|b", "2/2: x;y;z|2", "3/3: u|3"}},
		"Excel says the separator":    {text: "sep=;\r\na,1;b\r\nx;2\r\n", want: []string{"a,1|b", "2/3: x|2"}, separator: ';'},
		"one column":                  {text: "number\n07209813\n", want: []string{"number", "2/2: 07209813"}},
		"UTF-8 with a mark":           {text: "\ufeff\"a\",b\né,2\n", want: []string{"a|b", "2/2: é|2"}},
		"UTF-16 little":               {text: inUTF16("a;b\né£;2\r\n", true, false), want: []string{"a|b", "2/2: é£|2"}, encoding: sheet.UTF16LE, separator: ';'},
		"UTF-16 big":                  {text: inUTF16("a,b\né£,2\r\n", true, true), want: []string{"a|b", "2/2: é£|2"}, encoding: sheet.UTF16BE},
		"UTF-16 without a mark":       {text: inUTF16("name,b\né£,2\r\n", false, false), want: []string{"name|b", "2/2: é£|2"}, encoding: sheet.UTF16LE},
		"Windows-1252":                {text: "a,b\nSt Mary\x92s \xa35 caf\xe9,\x80\n", want: []string{"a|b", "2/2: St Mary’s £5 café|€"}, encoding: sheet.Windows1252},
		"Windows-1252 after 120 kB":   {text: long + "caf\xe9,x\n", encoding: sheet.Windows1252},
		"fewer cells than the header": {text: "a,b,c\n1\n", want: []string{"a|b|c", "2/2: 1||"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, table, err := readAll(tc.text, sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if tc.want != nil && !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
			separator, encoding := byte(','), sheet.UTF8
			if tc.separator != 0 {
				separator = tc.separator
			}
			if tc.encoding != "" {
				encoding = tc.encoding
			}
			if table.Separator() != separator || table.Encoding() != encoding {
				t.Errorf("separator %q, encoding %s", table.Separator(), table.Encoding())
			}
		})
	}
}

func TestRefusesWhatItCannotRead(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		opts sheet.Options
		want []string
		is   error
	}{
		"empty":                   {text: "", want: []string{"list.csv: the file is empty"}, is: sheet.ErrEmpty},
		"only a mark":             {text: "\ufeff\r\n\r\n", is: sheet.ErrEmpty},
		"unclosed quote":          {text: "a,b\n1,2\n3,\"x\n5,6\n7,8\n", want: []string{"list.csv: row 3 (line 3), column 2", "never closed"}},
		"unclosed quote, endless": {text: "a,b\n1,2\n3,\"x\n" + strings.Repeat("word,\n", 1_000_000), want: []string{"row 3 (line 3), column 2", "not closed within"}, is: sheet.ErrLimit},
		"text after a quote":      {text: "a,b\n1,2\n\"Foo \"Bar\" Ltd\",2\n", want: []string{"row 3 (line 3), column 1", "write a quote inside a cell as two quotes"}},
		"cell too long":           {text: "a,b\n1," + strings.Repeat("x", sheet.MaxCellBytes+1) + "\n", want: []string{"row 2 (line 2), column 2"}, is: sheet.ErrLimit},
		"row too long":            {text: "a,b\n" + strings.Repeat(strings.Repeat("x", 900_000)+",", 6) + "\n", want: []string{"row 2 (line 2)"}, is: sheet.ErrLimit},
		"a million columns":       {text: strings.Repeat("a,", 1_000_000), want: []string{"row 1 (line 1)", "1000 columns"}, is: sheet.ErrLimit},
		"too many rows":           {text: "a\n1\n2\n3\n4\n", opts: sheet.Options{MaxRows: 3}, want: []string{"row 5 (line 5)", "3 rows"}, is: sheet.ErrLimit},
		"too many bytes":          {text: "a\n" + strings.Repeat("1\n", 500), opts: sheet.Options{MaxBytes: 100}, want: []string{"100 bytes"}, is: sheet.ErrLimit},
		"NUL":                     {text: "a,b\n1,2\n3,x\x00y\n", want: []string{"row 3 (line 3), column 2", "NUL"}},
		"two encodings":           {text: "a\nZoë\ncaf\xe9\n", want: []string{"row 3 (line 3)", "mixes"}},
		"no encoding":             {text: "a\nx\x81y\n", want: []string{"row 2 (line 2)", "0x81"}},
		"workbook":                {text: "PK\x03\x04rest", want: []string{"Excel workbook", "CSV UTF-8"}},
		"old workbook":            {text: "\xd0\xcf\x11\xe0rest", want: []string{"Excel workbook"}},
		"web page":                {text: "<!doctype html><p>sign in", want: []string{"web page"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.opts.Name = "list.csv"
			_, _, err := readAll(tc.text, tc.opts)
			var fault *sheet.Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v", err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("%q is not %v", err, tc.is)
			}
			if len(err.Error()) > 300 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestErrorStays(t *testing.T) {
	table, err := sheet.OpenCSV(strings.NewReader("a\n1\n\"x"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Next(); err != nil {
		t.Fatal(err)
	}
	_, first := table.Next()
	_, second := table.Next()
	if first == nil || first != second {
		t.Errorf("%v, then %v", first, second)
	}
}

func TestReadErrorsAreNotTheEnd(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("a,b\n1,2\n3"), iotest.ErrReader(errors.New("disk on fire")))
	table, err := sheet.OpenCSV(broken, sheet.Options{Name: "x.csv"})
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range table.Rows() {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "disk on fire") {
		t.Errorf("got %v", last)
	}
}

func TestSmallReadsChangeNothing(t *testing.T) {
	for _, text := range []string{"a,b\r\n\"1\r\n2\",é\r\ncafé,\"\"\"x\"\"\"\r\n", "a;b\ncaf\xe9;\x92\n", inUTF16("a,b\né,\"x\n\"\n", true, false)} {
		whole, _, err := readAll(text, sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		table, err := sheet.OpenCSV(iotest.OneByteReader(strings.NewReader(text)), sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		pieces := []string{strings.Join(table.Header(), "|")}
		for row, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			pieces = append(pieces, fmt.Sprintf("%d/%d: %s", row.Number, row.Line, strings.Join(row.Cells, "|")))
		}
		if !slices.Equal(whole, pieces) {
			t.Errorf("%q read byte by byte: %q, at once: %q", text, pieces, whole)
		}
	}
}

func TestMoreCellsThanTheHeader(t *testing.T) {
	table, err := sheet.OpenCSV(strings.NewReader("a,b\n1,2,,\n1,2,3\n"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	row, err := table.Next()
	if err != nil || len(row.Problems) != 0 {
		t.Errorf("empty cells beyond the header: %v, %v", row.Problems, err)
	}
	row, err = table.Next()
	if err != nil || !sheet.AnyRefused(row.Problems) || len(row.Cells) != 2 {
		t.Errorf("a cell beyond the header: %+v, %v", row, err)
	}
}

// Every list that the reader accepts has rising rows and lines, as many cells as the header, only
// valid UTF-8, and the same rows when it is written and read again.
func FuzzOpenCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\ufeffa;b\r\n\"x\r\ny\";2\r", "sep=\t\na\tb\n", "a\ncaf\xe9\n", inUTF16("a,b\n1,\"2\n", true, false), "a,\"b\n", "\"\"\"\"\n\" \" ,"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := sheet.OpenCSV(bytes.NewReader(text), sheet.Options{Name: "fuzz"})
		if err != nil {
			return
		}
		header := table.Header()
		mapping, _ := sheet.RecognizeOrganisations(header)
		var number, line int
		var copied bytes.Buffer
		w := sheet.NewWriter(&copied)
		w.Row(append([]string{"header"}, header...)...)
		var rows [][]string
		for row, err := range table.Rows() {
			if err != nil {
				return
			}
			if row.Number <= number || row.Line < line || len(row.Cells) != len(header) {
				t.Fatalf("row %+v after row %d, line %d with header %q", row, number, line, header)
			}
			number, line = row.Number, row.Line
			mapping.Organisation(row)
			cells := []string{"row"}
			for _, c := range row.Cells {
				cells = append(cells, sheet.Escape(c))
			}
			rows = append(rows, cells)
			w.Row(append([]string{"row"}, row.Cells...)...)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		again, err := sheet.OpenCSV(&copied, sheet.Options{Separator: ','})
		if err != nil {
			t.Fatalf("read the copy: %v", err)
		}
		for _, want := range rows {
			row, err := again.Next()
			if err != nil || !slices.Equal(row.Cells, want) {
				t.Fatalf("the copy says %q (%v), the file %q", row.Cells, err, want)
			}
		}
	})
}
