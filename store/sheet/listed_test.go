package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/sheet"
)

const exportedHeader = "Identifier,Company name,As of,Sector,Size,Postcode,Kind,Lead region,Supporting regions,Status,Previous names,Merged into,As exported (do not edit)"

// listed reads a row of a list that was exported with the cells in was and came back with those in
// is.
func listed(t *testing.T, was, is []string) (sheet.Listed, []sheet.Problem) {
	t.Helper()
	var text strings.Builder
	w := sheet.NewWriter(&text)
	w.Row(strings.Split(exportedHeader, ",")...)
	w.Row(append(is, sheet.Exported(was))...)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	table, err := sheet.OpenCSV(strings.NewReader(text.String()), sheet.Options{Name: "organisations.csv"})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := sheet.RecognizeOrganisations(table.Header())
	if err != nil {
		t.Fatal(err)
	}
	if ignored := mapping.Ignored(); len(ignored) > 0 {
		t.Errorf("ignored: %q", ignored)
	}
	row, err := table.Next()
	if err != nil {
		t.Fatal(err)
	}
	return mapping.Listed(row)
}

// The edits of an exported list, and only they, are known when it comes back, in whatever form the
// spreadsheet writes a day.
func TestEditsOfAnExport(t *testing.T) {
	was := []string{"GB-COH:99000001", "Acme & Sons \"A\" Ltd", "2022-03-31", "digital", "10-49", "OX4", "company", "wessex", "otv wessex", "active", "Old Ltd", ""}
	for _, tc := range []struct {
		column int
		cell   string
		want   string
	}{
		{1, was[1], "[]"},
		{2, "31/03/2022", "[]"},
		{8, "Wessex AHSN; otv", "[]"},
		{1, "Acme Ltd", `[{name Company name Acme & Sons "A" Ltd Acme Ltd }]`},
		{3, "", "[{sector Sector digital  an empty cell takes nothing away: write what is true instead}]"},
		{3, "space", "[]"}, // a warning says so
		{6, "Charity", "[{kind Kind company charity }]"},
		{7, "Oxford AHSN", "[{lead_region Lead region wessex otv }]"},
		{9, "dissolved", "[{status Status active dissolved }]"},
		{10, "Older Ltd", "[{previous_names Previous names  Older Ltd } {previous_names Previous names Old Ltd  the registry forgets no names and no numbers}]"},
		{11, "GB-COH:99000002", "[{merged_into Merged into  GB-COH:99000002 }]"},
	} {
		is := append([]string{}, was...)
		is[tc.column] = tc.cell
		l, problems := listed(t, was, is)
		if got := fmt.Sprint(l.Edits); got != tc.want || sheet.AnyRefused(problems) {
			t.Errorf("%q: %s %v", tc.cell, got, problems)
		}
		if l.New.Name != was[1] || l.New.Status != "active" || l.New.LeadRegion != "wessex" {
			t.Errorf("%q: %+v", tc.cell, l.New)
		}
	}
}

// Words that other lists use in these columns are left out with a warning, and
// a damaged last column refuses the row.
func TestCodesOfOrganisations(t *testing.T) {
	o, problems := one(t, "Company name,Kind,Status,Lead region", "Acme Ltd,start-up,prospect,London")
	if len(problems) != 3 || sheet.AnyRefused(problems) || o.Kind != "" || o.Status != "" || o.LeadRegion != "" {
		t.Errorf("%+v %v", o, problems)
	}
	o, problems = one(t, "Company name,Kind,Status,Lead region", "Acme Ltd,other,Dissolved,OTV")
	if len(problems) != 0 || o.Kind != "" || o.Status != "dissolved" || o.LeadRegion != "otv" {
		t.Errorf("%+v %v", o, problems)
	}
	table, err := sheet.OpenCSV(strings.NewReader(exportedHeader+"\nGB-COH:99000001,Acme,,,,,,,,,,,touched\n"), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := sheet.RecognizeOrganisations(table.Header())
	if err != nil {
		t.Fatal(err)
	}
	row, err := table.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := mapping.Listed(row); !sheet.AnyRefused(problems) {
		t.Errorf("%v", problems)
	}
}
