//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// limeExport is what LimeSurvey writes: columns of its own, codes as headers,
// parts and options in columns of their own. Two headers need a mapping.
const limeExport = `"id","submitdate","lastpage","startlanguage","seed","Firm No","q01","q03","q04","q07[equity]","Leverage","q10","q13[pricing]"
"1","2023-06-01 10:00:00","5","en","1","00990001","yes","20.5","5","£1,000,000","250k","3","Y"
"2","2023-06-01 11:00:00","5","en","2","00990002","yes","don't know","","","1.234,50","0",""
"3","2023-06-01 12:00:00","5","en","3","00999999","yes","1","","","5","0",""
`

// limeReordered has the same columns in another order.
const limeReordered = `"q10","Leverage","id","submitdate","lastpage","startlanguage","seed","q13[pricing]","q07[equity]","q04","q03","q01","Firm No"
"0","1234.50","2","2023-06-01 11:00:00","5","en","2","","","","don't know","yes","00990002"
`

const limeMapping = "columns:\n  Firm No: company number\n  Leverage: q08\n"

// TestListsOfSurveyTools brings the exports of LimeSurvey and Microsoft Forms
// to a real node, as an adviser does: with a mapping, with the columns in
// another order, with rows that come back and are corrected, and taken back.
func TestListsOfSurveyTools(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := startAlone(t)
	f.at("otv", "campaign", "open", "2022-23")
	file := func(name, text string) string { return written(t, filepath.Join(f.dir, name), text) }
	f.at("otv", "import", "organisations", file("companies.csv", "Company name,Company number\nAlpha Ltd,00990001\nBeta Ltd,990002\nGamma Ltd,00990003\n"))
	brought := func(path string, more ...string) (out, talk string) {
		t.Helper()
		out, talk, _ = f.try(append([]string{"import", "responses", path, "--cycle", "2022-23", "--dir", f.nodes["otv"].Dir}, more...)...)
		return out, talk
	}
	says := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !regexp.MustCompile(`(?m)` + w).MatchString(text) {
				t.Errorf("%q is not in\n%s", w, text)
			}
		}
	}

	// LimeSurvey: without a mapping nothing says whom a row is about.
	first, rejects := file("lime.csv", limeExport), filepath.Join(f.dir, "refused.xlsx")
	_, talk := brought(first)
	says(talk, "In lime.csv: row 1: no column says which organisation", "(?i)nothing was recorded")
	out, talk := brought(first, "--map", file("map.yaml", limeMapping), "--rejects", rejects)
	says(out+talk, `^added +1$`, `^refused +2$`, `row 3, Leverage: "1.234,50" has a comma before the decimals`, `row 4: GB-COH:00999999 is not registered`, `company number = Firm No`, `q08 = Leverage`)
	says(f.at("otv", "response", "show", "GB-COH:00990001", "--cycle", "2022-23", "--json"), `"q08": 250000`, `"q07": \{\s*"equity": 1000000`, `"q03": 20.5`)
	undo := regexp.MustCompile(`import undo ([0-9a-f-]{36})`).FindStringSubmatch(talk)
	if undo == nil {
		t.Fatalf("no import to take back: %s", talk)
	}

	checkRefusedBook(t, rejects)

	// The corrected rows, in another order of columns: the mapping is remembered.
	out, talk = brought(file("lime2.csv", limeReordered))
	says(out+talk, `^added +1$`, `^refused +0$`, "the mapping that was used for such a list before")
	says(f.at("otv", "response", "show", "GB-COH:00990002", "--cycle", "2022-23", "--json"), `"q08": 1234.5`, `"q03": "dont_know"`)
	f.at("otv", "import", "undo", undo[1])
	if _, talk, err := f.try("response", "show", "GB-COH:00990001", "--cycle", "2022-23", "--dir", f.nodes["otv"].Dir); err == nil {
		t.Errorf("what was taken back is there: %s", talk)
	}

	// Microsoft Forms: the questions are the headers, options share a cell.
	for n, columns := range [][]string{{"ID", "Start time", "Completion time", "Email", "Name", "Organisation number", "q01", "q10", "q13"}, {"q13", "Organisation number", "ID", "q10", "Name", "Start time", "q01", "Completion time", "Email"}} {
		out, talk = brought(formsBook(t, filepath.Join(f.dir, "forms.xlsx"), columns), map[int][]string{0: {"--map", file("forms.yaml", "columns:\n  Organisation number: company number\n")}}[n]...)
		says(out+talk, map[int]string{0: `^added +1$`, 1: `^known already +1$`}[n], `^refused +0$`)
	}
	says(f.at("otv", "response", "show", "GB-COH:00990003", "--cycle", "2022-23", "--json"), `"q01": "renamed"`, `"q10": 7`, `"pricing",\s*"clinical_trialling"`)
	f.at("otv", "check")
}

// written makes a file and returns its path.
func written(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkRefusedBook looks whether what was refused came back as it was, the zeros
// at the front too.
func checkRefusedBook(t *testing.T, path string) {
	t.Helper()
	back, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table, err := sheet.Open(bytes.NewReader(back), int64(len(back)), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	row, err := table.Next()
	if err != nil || !strings.Contains(row.Cells[0], "row 3: Leverage: ") || row.Cells[6] != "00990002" || row.Cells[11] != "1.234,50" || strings.Join(table.Header()[6:8], " ") != "Firm No q01" {
		t.Errorf("%q %q %v", table.Header(), row.Cells, err)
	}
}

// formsBook writes a workbook as Microsoft Forms exports it, with the columns
// in the order given; q01 stands for the question's words.
func formsBook(t *testing.T, path string, columns []string) string {
	t.Helper()
	ask, err := survey.QuestionnaireByID("nq-1")
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]string{"ID": "1", "Start time": "6/1/23 10:00:00", "Completion time": "6/1/23 10:09:00", "Email": "anonymous", "Name": "Some Person",
		"Organisation number": "00990003", "q01": "It has a new name", "q10": "7", "q13": "Pricing;Clinical trialling and research design;"}
	var header []sheet.Column
	var values []string
	for _, c := range columns {
		values = append(values, cells[c])
		if q, ok := ask.Question(survey.QuestionID(c)); ok {
			c = q.Asked("2022-23")
		}
		header = append(header, sheet.Column{Name: c})
	}
	book, err := sheet.NewBook(header)
	if err != nil {
		t.Fatal(err)
	}
	book.Row(values...)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := book.WriteTo(out); err != nil {
		t.Fatal(err)
	}
	return path
}
