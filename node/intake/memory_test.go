//go:build linux

package intake_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	memoryFile = "INTAKE_TEST_MEMORY_FILE" // names the list of a child process
	maxMemory  = 256 << 10                 // kibibytes that it may ever have had
	serverGC   = 50                        // as the server sets it
)

// TestMemoryIsBounded plans lists that are made to fill the memory, each in a process of its own.
// The process must report the fault and its place, and record nothing.
func TestMemoryIsBounded(t *testing.T) {
	if path := os.Getenv(memoryFile); path != "" {
		planAlone(t, path)
		return
	}
	if testing.Short() {
		t.Skip("these lists are large")
	}
	for name, tc := range memoryLists(t) {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "list")
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			buffered := bufio.NewWriterSize(file, 1<<20)
			tc.list(buffered)
			if err := buffered.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0], "-test.run=^TestMemoryIsBounded$")
			child.Env = append(os.Environ(), memoryFile+"="+path)
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			said, most, _ := strings.Cut(string(out), "\nmost ")
			for _, want := range append(tc.want, "list") {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in: %s", want, said)
				}
			}
			var kibibytes int
			if _, err := fmt.Sscanf(most, "%d kB", &kibibytes); err != nil || kibibytes > maxMemory {
				t.Errorf("it took %d KiB (%v)", kibibytes, err)
			}
			t.Logf("%d MiB: %.200s", kibibytes>>10, said)
		})
	}
}

// memoryList is a list with the expected words of its fault.
type memoryList struct {
	list func(io.Writer)
	want []string
}

func memoryLists(t *testing.T) map[string]memoryList {
	t.Helper()
	const wide = 60 << 20
	part := func(name string) func(func(io.Writer)) func(io.Writer) {
		return func(text func(io.Writer)) func(io.Writer) {
			return func(w io.Writer) { bookWith(t, w, map[string]func(io.Writer){name: text}) }
		}
	}
	texts, rows := part("xl/sharedStrings.xml"), part("xl/worksheets/sheet1.xml")
	return map[string]memoryList{
		"a line of 60 MB":           {func(w io.Writer) { repeat(w, "CRN,Name\n99000001,", 1); repeat(w, "x", 60<<20) }, []string{"row 2 (line 2), column 2", "a cell may have"}},
		"a quote that never ends":   {func(w io.Writer) { repeat(w, "CRN,Name\n99000001,\"", 1); repeat(w, "word,\n", 9<<20) }, []string{"row 2 (line 2), column 2", "not closed within"}},
		"a million columns":         {func(w io.Writer) { repeat(w, "CRN,", 1_000_000) }, []string{"row 1 (line 1)", "1000 columns"}},
		"more than may be uploaded": {func(w io.Writer) { repeat(w, "CRN,Name\n99000001,A\n", 4<<20) }, []string{"a list may have 64 MiB"}},
		"200,000 rows": {func(w io.Writer) {
			repeat(w, "CRN,Name\n", 1)
			repeat(w, "99000001,A Person of the Company\n", 200_000)
		}, []string{"planned: 200000 rows"}},
		"refused rows without end": {func(w io.Writer) { repeat(w, "CRN,Name\n", 1); numbered(w, "x%d,y\n", 300_000) }, []string{"row 250002 (line 250002)", "250000 rows"}},
		"an endless text":          {texts(func(w io.Writer) { repeat(w, "<sst><si><t>", 1); noisy(w, wide) }), []string{"xl/sharedStrings.xml", "a tag or a text may have"}},
		"an endless tag":           {texts(func(w io.Writer) { repeat(w, `<sst a="`, 1); noisy(w, wide) }), []string{"xl/sharedStrings.xml", "a tag or a text may have"}},
		"a million attributes":     {texts(func(w io.Writer) { repeat(w, `<sst`, 1); numbered(w, " a%d=''", 1<<20) }), []string{"xl/sharedStrings.xml", "a tag or a text may have"}},
		"millions of texts":        {texts(func(w io.Writer) { repeat(w, "<sst>", 1); numbered(w, "<si><t>%09d</t></si>", 2_100_000) }), []string{"different texts"}},
		"elements without end":     {texts(func(w io.Writer) { noisyTags(w, 20<<20) }), []string{"deep within each other"}},
		"an endless cell": {rows(func(w io.Writer) {
			repeat(w, `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`, 1)
			noisy(w, wide)
		}), []string{"a cell may have"}},
		"cells within cells": {rows(func(w io.Writer) { noisyTags(w, 20<<20) }), []string{"deep within each other"}},
		"a bomb":             {rows(func(w io.Writer) { repeat(w, " ", 190<<20) }), []string{"times its size"}},
		"a part that lies":   {liar, []string{"damaged"}},
		"a million parts":    {manyParts, []string{"may have 1000 parts"}},
		"sheets without end": {part("xl/workbook.xml")(func(w io.Writer) { sheets(w, 1<<18) }), []string{"may have 1000 sheets"}},
		"rows without end":   {rows(func(w io.Writer) { manyRows(w, 400_000) }), []string{"row 250002", "250000 rows"}},
	}
}

// planAlone plans the list as a node does, and prints the result and its peak of memory.
func planAlone(t *testing.T, path string) {
	debug.SetGCPercent(serverGC)
	dir := t.TempDir()
	s, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: us})
	if err != nil {
		t.Fatal(err)
	}
	d, err := intake.Open(intake.Options{Dir: filepath.Join(dir, "imports"), Region: us, Records: s.Imports(), Registry: registry{}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	im, err := d.Plan(context.Background(), list("contacts", "list"), file)
	if err != nil {
		fmt.Println(err)
	} else {
		fmt.Printf("list %s: %d rows, %d refused\n", im.State, im.Rows, im.Refused)
	}
	if found, _, err := s.Records(store.RecordFilter{Kind: survey.RecordContacts}, "", 1); err != nil || len(found) > 0 {
		t.Errorf("%v %v was recorded", found, err)
	}
	printPeak(t)
}

func repeat(w io.Writer, text string, n int) {
	const piece = 64 << 10
	many := max(1, piece/len(text))
	block := strings.Repeat(text, many)
	for ; n >= many; n -= many {
		_, _ = io.WriteString(w, block) // a file in a directory of the test's own
	}
	_, _ = io.WriteString(w, strings.Repeat(text, n))
}

// numbered writes the form with each number.
func numbered(w io.Writer, form string, n int) {
	for i := range n {
		fmt.Fprintf(w, form, i)
	}
}

// noisy writes text that packs to about a fiftieth.
func noisy(w io.Writer, bytes int) {
	for n, written := 0, 0; written < bytes; n++ {
		text := fmt.Sprintf("%d%s", n*7919%999_983, strings.Repeat("x", 190))
		written += len(text)
		_, _ = io.WriteString(w, text)
	}
}

func noisyTags(w io.Writer, bytes int) {
	for n, written := 0, 0; written < bytes; n++ {
		text := fmt.Sprintf("<a%d>%s", n*7919%999_983, strings.Repeat("<b>", 60))
		written += len(text)
		_, _ = io.WriteString(w, text)
	}
}

func sheets(w io.Writer, n int) {
	_, _ = io.WriteString(w, `<workbook xmlns:r="r"><sheets>`)
	numbered(w, `<sheet name="%d" sheetId="1" r:id="r1"/>`, n)
	_, _ = io.WriteString(w, `</sheets></workbook>`)
}

func manyRows(w io.Writer, n int) {
	_, _ = io.WriteString(w, `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>CRN</v></c><c r="B1" t="str"><v>Name</v></c></row>`)
	for i := range n {
		fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="str"><v>99000001</v></c><c r="B%d" t="str"><v>A Person %d</v></c></row>`, i+2, i+2, i+2, i)
	}
	_, _ = io.WriteString(w, `</sheetData></worksheet>`)
}

// bookWith writes the smallest workbook, with these parts in place of its own.
func bookWith(t *testing.T, w io.Writer, parts map[string]func(io.Writer)) {
	t.Helper()
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, 4) })
	plain := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>CRN</v></c></row></sheetData></worksheet>`,
	}
	for name, text := range plain {
		if parts[name] == nil {
			parts[name] = func(w io.Writer) { _, _ = io.WriteString(w, text) }
		}
	}
	for name, text := range parts {
		out, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		text(out)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

// liar declares a small size for a part that unpacks to 190 MB.
func liar(w io.Writer) {
	var packed bytes.Buffer
	squeeze, _ := flate.NewWriter(&packed, 9)
	repeat(squeeze, " ", 190<<20)
	_ = squeeze.Close()
	archive := zip.NewWriter(w)
	part, _ := archive.CreateRaw(&zip.FileHeader{Name: "xl/workbook.xml", Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: 1000})
	_, _ = part.Write(packed.Bytes())
	_ = archive.Close()
}

// manyParts declares few parts but has a million: the count of an archive has sixteen bits.
func manyParts(w io.Writer) {
	var list bytes.Buffer
	archive := zip.NewWriter(&list)
	for range 9 << 16 {
		_, _ = archive.CreateRaw(&zip.FileHeader{Name: "a"})
	}
	_ = archive.Close()
	_, _ = w.Write(list.Bytes())
}
