package sheet_test

import (
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/sheet"
)

// An exported list of organisations comes back with all its names.
func TestPreviousNamesOfAnExportComeBack(t *testing.T) {
	list := "Identifier,Company name,As of,Sector,Size,Postcode,Kind,Lead region,Status,Previous names,Merged into\n" +
		"GB-COH:99000001,New Name Ltd,2022-03-31,medtech,10-49,OX1,company,,,\"Old Name Limited; Older & Sons Ltd; New Name Ltd; Old Name Limited\",\n" +
		"GB-COH:99000002,Alone Ltd,,,,,company,,,,\n"
	table, err := sheet.OpenCSV(strings.NewReader(list), sheet.Options{Name: "organisations.csv"})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := sheet.RecognizeOrganisations(table.Header())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		o, problems := mapping.Organisation(row)
		if sheet.AnyRefused(problems) {
			t.Errorf("row %d: %v", row.Number, problems)
		}
		names := []string{o.Name}
		for _, p := range o.PreviousNames {
			names = append(names, p.Name)
		}
		found = append(found, strings.Join(names, " < "))
	}
	if want := []string{"New Name Ltd < Old Name Limited < Older & Sons Ltd", "Alone Ltd"}; strings.Join(found, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", found)
	}
}
