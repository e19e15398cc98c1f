package companieshouse_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ahsn-network/tracker/store/companieshouse"
	"github.com/ahsn-network/tracker/store/survey"
)

// header is that of the register's file, leading spaces included.
func header() []string {
	h := strings.Split("CompanyName, CompanyNumber,RegAddress.CareOf,RegAddress.POBox,RegAddress.AddressLine1, RegAddress.AddressLine2,RegAddress.PostTown,"+
		"RegAddress.County,RegAddress.Country,RegAddress.PostCode,CompanyCategory,CompanyStatus,CountryOfOrigin,DissolutionDate,IncorporationDate,"+
		"Accounts.AccountRefDay,Accounts.AccountRefMonth,Accounts.NextDueDate,Accounts.LastMadeUpDate,Accounts.AccountCategory,Returns.NextDueDate,"+
		"Returns.LastMadeUpDate,Mortgages.NumMortCharges,Mortgages.NumMortOutstanding,Mortgages.NumMortPartSatisfied,Mortgages.NumMortSatisfied,"+
		"SICCode.SicText_1,SICCode.SicText_2,SICCode.SicText_3,SICCode.SicText_4,LimitedPartnerships.NumGenPartners,LimitedPartnerships.NumLimPartners,URI", ",")
	for n := 1; n <= 10; n++ {
		h = append(h, fmt.Sprintf("PreviousName_%d.CONDATE", n), fmt.Sprintf(" PreviousName_%d.CompanyName", n))
	}
	return append(h, "ConfStmtNextDueDate", " ConfStmtLastMadeUpDate")
}

// file writes rows of some columns as the register would.
func file(t *testing.T, rows ...map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	h := header()
	if len(h) != 55 {
		t.Fatalf("the header has %d columns", len(h))
	}
	out := [][]string{h}
	for _, row := range rows {
		line := make([]string, len(h))
		for i, name := range h {
			line[i] = row[strings.TrimSpace(name)]
		}
		out = append(out, line)
	}
	if err := w.WriteAll(out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func acme() map[string]string {
	return map[string]string{"CompanyName": "ACME MEDICAL LIMITED", "CompanyNumber": "99000001", "CompanyStatus": "Active", "CompanyCategory": "Private Limited Company",
		"RegAddress.PostCode": "OX4 4GA", "IncorporationDate": "02/03/2011", "PreviousName_1.CONDATE": "05/06/2019", "PreviousName_1.CompanyName": "WIDGETS FOR HEALTH LIMITED"}
}

func build(t *testing.T, path string, source []byte) (companieshouse.About, error) {
	t.Helper()
	return companieshouse.Build(t.Context(), path, bytes.NewReader(source), "2026-11-01")
}

func TestACompanyIsLookedUpByNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), companieshouse.FileName)
	lookup := companieshouse.Open(path)
	defer lookup.Close()
	if _, ok, err := lookup.About(); ok || err != nil {
		t.Fatalf("without a file: ok %v, %v", ok, err)
	}
	wound := map[string]string{"CompanyName": "Gone Ltd", "CompanyNumber": "SC900001", "CompanyStatus": "Liquidation"}
	about, err := build(t, path, file(t, wound, acme()))
	if err != nil || about != (companieshouse.About{Companies: 2, AsOf: "2026-11-01"}) {
		t.Fatalf("build: %+v, %v", about, err)
	}
	got, asOf, ok, err := lookup.Company("GB-COH:99000001")
	want := companieshouse.Company{ID: "GB-COH:99000001", Name: "ACME MEDICAL LIMITED", Category: "Private Limited Company", StatusText: "Active", Status: survey.StatusActive,
		Postcode: "OX4", Incorporated: "2011-03-02", PreviousNames: []survey.NameSince{{Name: "WIDGETS FOR HEALTH LIMITED", AsOf: "2019-06-05"}}}
	if err != nil || !ok || asOf != "2026-11-01" {
		t.Fatalf("look up: %v %v %v", asOf, ok, err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if c, _, ok, err := lookup.Company("GB-COH:SC900001"); err != nil || !ok || c.Status != survey.StatusUnknown {
		t.Errorf("in liquidation: %+v %v %v", c, ok, err)
	}
	for _, id := range []survey.Identifier{"GB-COH:99000002", "GB-COH:00000000", "GB-COH:ZZ999999", "GB-CHC:99000001", "GB-COH:1"} {
		if _, _, ok, err := lookup.Company(id); ok || err != nil {
			t.Errorf("%s: ok %v, %v", id, ok, err)
		}
	}
	// A newer file is noticed.
	renamed := acme()
	renamed["CompanyName"] = "ACME LIMITED"
	if _, err := build(t, path, file(t, renamed)); err != nil {
		t.Fatal(err)
	}
	if c, _, ok, err := lookup.Company("GB-COH:99000001"); err != nil || !ok || c.Name != "ACME LIMITED" {
		t.Errorf("after a newer file: %+v %v %v", c, ok, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := lookup.Company("GB-COH:99000001"); ok || err != nil {
		t.Errorf("after the file went: ok %v, %v", ok, err)
	}
}

func TestAFaultySourceReplacesNothing(t *testing.T) {
	with := func(change map[string]string) map[string]string {
		row := acme()
		row["CompanyNumber"] = "99000002"
		for k, v := range change {
			row[k] = v
		}
		return row
	}
	good := file(t, acme())
	for name, tc := range map[string]struct {
		source []byte
		says   string
	}{
		"empty":           {nil, "the file is empty"},
		"header only":     {file(t), "holds no company"},
		"another list":    {[]byte("EmployerName,CompanyNumber\nA,1\n"), "no column companyname"},
		"column twice":    {[]byte("CompanyName,companyname\n"), "two columns"},
		"no name":         {file(t, acme(), with(map[string]string{"CompanyName": " "})), "line 3: GB-COH:99000002 has no name"},
		"no number":       {file(t, acme(), with(map[string]string{"CompanyNumber": ""})), "line 3: the company number"},
		"the same twice":  {file(t, acme(), acme()), "99000001 twice"},
		"a date in words": {file(t, acme(), with(map[string]string{"IncorporationDate": "May 2019"})), "IncorporationDate"},
		"no such day":     {file(t, acme(), with(map[string]string{"PreviousName_1.CONDATE": "31/02/2019"})), "PreviousName_1.CONDATE"},
		"a huge cell":     {file(t, acme(), with(map[string]string{"URI": strings.Repeat("x", 5000)})), "longer than"},
		"not UTF-8":       {file(t, acme(), with(map[string]string{"CompanyName": "CAF\xc9 LTD"})), "not UTF-8"},
		"a short row":     {append(bytes.Clone(good), "A,99000009\n"...), "wrong number of fields"},
		"an open quote":   {append(bytes.Clone(good), "\"A,99000009\n"...), "quote"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, companieshouse.FileName)
			if _, err := build(t, path, good); err != nil {
				t.Fatal(err)
			}
			_, err := build(t, path, tc.source)
			if !errors.Is(err, survey.ErrInvalid) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want ErrInvalid that says %q", err, tc.says)
			}
			unchanged(t, dir)
		})
	}
	t.Run("a disk that fails", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, companieshouse.FileName)
		if _, err := build(t, path, good); err != nil {
			t.Fatal(err)
		}
		broken := iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(good)))
		if _, err := companieshouse.Build(t.Context(), path, broken, "2026-11-01"); err == nil {
			t.Error("no error")
		}
		unchanged(t, dir)
	})
}

// unchanged checks that the directory holds the first file and nothing else.
func unchanged(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Fatalf("the directory holds %v, %v", left, err)
	}
	lookup := companieshouse.Open(filepath.Join(dir, companieshouse.FileName))
	defer lookup.Close()
	if c, _, ok, err := lookup.Company("GB-COH:99000001"); err != nil || !ok || c.Name != "ACME MEDICAL LIMITED" {
		t.Errorf("the file before: %+v %v %v", c, ok, err)
	}
}

// TestEveryDamageIsNoticed flips bits: a look-up gives the truth or an error.
func TestEveryDamageIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), companieshouse.FileName)
	if _, err := build(t, path, file(t, acme())); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		bit := random.IntN(len(whole) * 8)
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		lookup := companieshouse.Open(path)
		if c, _, ok, err := lookup.Company("GB-COH:99000001"); err == nil && (!ok || c.Name != "ACME MEDICAL LIMITED" || c.Postcode != "OX4") {
			t.Fatalf("bit %d: %+v, ok %v, no error", bit, c, ok)
		}
		lookup.Close()
	}
}

func TestTheRegisterFillsInAndUpdates(t *testing.T) {
	c := companieshouse.Company{ID: "GB-COH:99000001", Name: "ACME MEDICAL LIMITED", Status: survey.StatusActive, Postcode: "OX4",
		PreviousNames: []survey.NameSince{{Name: "WIDGETS FOR HEALTH LIMITED", AsOf: "2019-06-05"}}}
	blank := c.Complete(survey.NewOrganisation{}, "2026-11-01")
	want := survey.NewOrganisation{Name: c.Name, NameAsOf: "2026-11-01", Status: survey.StatusActive, Postcode: "OX4", PreviousNames: c.PreviousNames}
	if !reflect.DeepEqual(want, blank) {
		t.Errorf("nothing given: got %+v, want %+v", blank, want)
	}
	given := c.Complete(survey.NewOrganisation{Name: "Acme Robots", Postcode: "LS1"}, "2026-11-01")
	want = survey.NewOrganisation{Name: "Acme Robots", Status: survey.StatusActive, Postcode: "LS1",
		PreviousNames: []survey.NameSince{{Name: c.Name, AsOf: "2026-11-01"}, c.PreviousNames[0]}}
	if !reflect.DeepEqual(want, given) {
		t.Errorf("another name given: got %+v, want %+v", given, want)
	}

	known := survey.Organisation{Name: "Acme Medical Ltd", NameAsOf: "2022-01-01", Status: survey.StatusActive, Postcode: "OX4", PreviousNames: []survey.NameSince{{Name: "Widgets for Health Ltd"}}}
	if _, what, ok := c.Update(known, "2026-11-01"); ok {
		t.Errorf("another spelling is reported as a difference: %v", what)
	}
	known.Name, known.PreviousNames, known.Status = "Old Acme Ltd", nil, survey.StatusUnknown
	update, what, ok := c.Update(known, "2026-11-01")
	if want := []string{"name", "previous names", "status"}; !ok || !reflect.DeepEqual(want, what) || update.Name != c.Name || update.NameAsOf != "2026-11-01" {
		t.Errorf("got %+v %v %v, want %v", update, what, ok, want)
	}
	known.NameAsOf = "2026-12-01"
	if _, what, _ = c.Update(known, "2026-11-01"); !reflect.DeepEqual([]string{"previous names", "status"}, what) {
		t.Errorf("an older register renames: %v", what)
	}
}

func BenchmarkBuild(b *testing.B) {
	var source bytes.Buffer
	w := csv.NewWriter(&source)
	h := header()
	w.Write(h)
	line := make([]string, len(h))
	const companies = 100_000
	for i := range companies {
		line[0], line[1], line[11], line[9] = fmt.Sprintf("INVENTED COMPANY %d LIMITED", i*7919%companies), fmt.Sprintf("%08d", 99000000+i*7919%companies), "Active", "OX4 4GA"
		w.Write(line)
	}
	w.Flush()
	path := filepath.Join(b.TempDir(), companieshouse.FileName)
	b.SetBytes(int64(source.Len()))
	for b.Loop() {
		if _, err := companieshouse.Build(b.Context(), path, bytes.NewReader(source.Bytes()), "2026-11-01"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(companies)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
