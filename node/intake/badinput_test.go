package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// badRow is one row of a list with the expected column and words of its problem. Without words the
// row is taken.
type badRow struct{ row, column, words string }

// badLists are lists that have at least one good row beside the bad ones.
var badLists = map[string]struct {
	kind, header string
	rows         []badRow
}{
	"numbers": {"interactions", "CRN,Date,Channel,Minutes,Note", []badRow{
		{"99000001,01/06/2022,call,45,a", "", ""},
		{"99000001,01/06/2022,call,,blank is not nought", "", ""},
		{"99000001,01/06/2022,call,9223372036854775808,b", "Minutes", "too large"},
		{"99000001,01/06/2022,call,1e309,c", "Minutes", "too large"},
		{"99000001,01/06/2022,call,-3 jobs,d", "Minutes", "write the number alone"},
		{"99000001,01/06/2022,call,-3,e", "Minutes", "less than 0"},
		{"99000001,01/06/2022,call,NaN,f", "Minutes", "not a number"},
		{"99000001,01/06/2022,call,0x10,g", "Minutes", "not a number"},
		{"99000001,01/06/2022,call,٤٥,h", "Minutes", "not a number"},
		{"99000001,01/06/2022,call,４５,i", "Minutes", "not a number"},
		{"99000001,01/06/2022,call,1.5,j", "Minutes", "not a whole number"},
		{"99000001,01/06/2022,call,\"1.234,50\",k", "Minutes", "comma before the decimals"},
	}},
	"money": {"responses", "CRN,q01,q08", []badRow{
		{"99000001,yes,\"£1,234.50\"", "", ""},
		{"99000002,yes,£1.2m", "", ""},
		{"99000003,yes,\"1.234,50\"", "q08", "comma before the decimals"},
		{"99000005,yes,(500)", "q08", "less than 0"},
		{"99000003,yes,92233720368547758.08", "q08", "too large"},
		{"99000005,yes,£1.2bn", "", ""},
	}},
	"dates": {"interactions", "CRN,Date of interaction,Channel", []badRow{
		{"99000001,03/04/2020,call", "", ""},
		{"99000001,2020-04-04,call", "", ""},
		{"99000001,43926,call", "", ""},
		{"99000001,31/02/2020,call", "Date of interaction", "there is no such day"},
		{"99000001,01/01/0020,call", "Date of interaction", "the year 20 cannot be right"},
		{"99000001,13/13/2020,call", "Date of interaction", "there is no such day"},
		{"99000001,tomorrow,call", "Date of interaction", "is not a date"},
		{"99000001,01/06/2032,call", "Date of interaction", "more than a year in the future"},
	}},
	"cycles": {"interactions", "CRN,Date,Channel,Cycle,Note", []badRow{
		{"99000001,01/06/2022,call,2022-23,a", "", ""},
		{"99000001,01/06/2022,call,2022/23,b", "", ""},
		{"99000001,01/06/2022,call,2022/2023,c", "", ""},
		{"99000001,01/06/2022,call,22-23,d", "", ""},
		{"99000001,01/06/2022,call,2022–23,e", "", ""},
		{"99000001,01/06/2022,call,2022,f", "Cycle", "write a cycle as"},
		{"99000001,01/06/2022,call,2022-24,g", "Cycle", "write a cycle as"},
		{"99000001,01/06/2022,call,2021-22,h", "Cycle", "another cycle"},
	}},
	"numbers of companies": {"interactions", "CRN,Date,Channel,Note", []badRow{
		{"99000001,01/06/2022,call,a", "", ""},
		{"GB-COH:99000001,01/06/2022,call,b", "", ""},
		{"9900\u200b0001,01/06/2022,call,a zero-width space is nothing", "", ""},
		{"SC123456,01/06/2022,call,c", "", "not registered"},
		{"9900000З,01/06/2022,call,a Cyrillic letter", "CRN", "company number"},
		{"９９000001,01/06/2022,call,full-width digits", "CRN", "company number"},
		{"see notes,01/06/2022,call,d", "CRN", "company number"},
		{",01/06/2022,call,e", "", "does not say which organisation"},
	}},
	"names of companies": {"interactions", "Company,Date,Channel,Note", []badRow{
		{"Company 1 Limited,01/06/2022,call,a", "", ""},
		{"COMPANY  1 LTD.,01/06/2022,call,b", "", ""},
		{"Com\u200bpany 1\u202e Ltd,01/06/2022,call,invisible characters are nothing", "", ""},
		{"C\u043empany 1 Ltd,01/06/2022,call,a Cyrillic letter", "", "no registered organisation has this name"},
		{"Company 3 Ltd,01/06/2022,call,two have it", "", "several organisations have this name"},
	}},
	"the same again": {"responses", "CRN,q01,q10", []badRow{
		{"99000001,yes,1", "", ""},
		{"99000002,yes,1", "", ""},
		{"99000001,yes,2", "", "row 2 is about the same company and says something else"},
	}},
	"the same reference": {"interactions", "ID,CRN,Date,Channel", []badRow{
		{"7,99000001,01/06/2022,call", "", ""},
		{"7,99000002,01/06/2022,call", "", "row 2 is about the same record and says something else"},
	}},
}

// Each row is checked by itself: bad rows are refused by row and column and do not hold up the
// others.
func TestRowsAreRefusedByRowAndColumn(t *testing.T) {
	for name, tc := range badLists {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			d, s, _ := opened(t)
			text, good := tc.header+"\n", 0
			for _, r := range tc.rows {
				text += r.row + "\n"
				if r.words == "" {
					good++
				}
			}
			im, err := d.Plan(context.Background(), list(tc.kind, name), strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			said := map[int]survey.RowProblem{}
			for _, p := range im.Problems {
				if p.Severity == "refused" {
					said[p.Row] = p
				}
			}
			for i, r := range tc.rows {
				p, refused := said[i+2]
				if refused != (r.words != "") || !strings.Contains(p.Text, r.words) || p.Column != r.column {
					t.Errorf("%s: %+v, want %q in column %q", r.row, p, r.words, r.column)
				}
			}
			if im.Added != good || im.Refused != len(tc.rows)-good {
				t.Errorf("%d added of %d, %d refused", im.Added, good, im.Refused)
			}
			if found, _, err := s.Records(store.RecordFilter{Kind: survey.RecordInteractions}, "", 1); err != nil || len(found) > 0 {
				t.Errorf("the plan recorded %v %v", found, err)
			}
		})
	}
}

// A repeated row counts once, and a day in the near future is taken, each with a warning.
func TestRowsThatAreTakenWithAWord(t *testing.T) {
	d, _, _ := opened(t)
	im, err := d.Plan(context.Background(), list("interactions", "a"), strings.NewReader(
		"CRN,Date,Channel\n99000001,01/06/2023,call\n99000001,01/06/2023,call\n99000001,"+now.AddDate(0, 1, 0).Format("02/01/2006")+",visit\n"))
	if err != nil || im.Added != 2 || im.Repeated != 1 || im.Refused != 0 {
		t.Fatalf("%+v %v", im, err)
	}
	for _, want := range []string{"it says the same as row 2, and counts once", "2023-07-01 is in the future"} {
		if !strings.Contains(fmt.Sprint(im.Problems), want) {
			t.Errorf("%q is not in %+v", want, im.Problems)
		}
	}
}
