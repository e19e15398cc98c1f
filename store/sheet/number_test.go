package sheet_test

import (
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/sheet"
)

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0.00", "7": "7.00", "7.5": "7.50", ".5": "0.50", "7.": "7.00", "£1,234.50": "1234.50", "£ 1,234,567": "1234567.00", "1234.50 GBP": "1234.50",
		"1.2m": "1200000.00", "£1.2bn": "1200000000.00", "£250k": "250000.00", "2 million": "2000000.00", "(500)": "-500.00", "(£1,500.25)": "-1500.25",
		"-12.34": "-12.34", "-£12.34": "-12.34", "\u221212": "-12.00", "1.2E+07": "12000000.00", "1e3": "1000.00", "0.30000000000000004": "0.30",
		" 1,000\u00a0": "1000.00", "+5": "5.00", "-0": "0.00", "92233720368547758.07": "92233720368547758.07", "000000000000000000000007": "7.00",
	} {
		if got, err := sheet.Number(text, 2); err != nil || got != want {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	for _, text := range []string{"", " ", "-", ".", "£", "1.234,50", "1234,5", "1,23", "12,34", "1,2345", "-3 jobs", "1e309", "1e-309", "NaN", "Inf", "0x10", "10%", "1.234",
		"١٢", "１２", "12 34", "1--2", "1/2", "ten", "1_000", "(5", "5)", "about 5", ">5", strings.Repeat("9", 100), "12.5pp", "92233720368547758.08", "9223372036854775808", "-9223372036854775809", "1e30", "99999999999bn"} {
		if got, err := sheet.Number(text, 2); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	if got, err := sheet.Number("12.0", 0); err != nil || got != "12" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := sheet.Number("12.5", 0); err == nil {
		t.Errorf("12.5 is read as %s", got)
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"03/04/2020": "2020-04-03", "2020-04-03": "2020-04-03", "3 April 2020": "2020-04-03", "43924": "2020-04-03", "2020-04-03 10:15:00": "2020-04-03",
	} {
		if got, err := sheet.Date(text); err != nil || got != want {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	for _, text := range []string{"31/02/2020", "0020-01-01", "13/13/2020", "yesterday", "1", "٣/٤/٢٠٢٠", "2020"} {
		if got, err := sheet.Date(text); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("£1,234.50")
	f.Add("1.2bn")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := sheet.Number(text, 2)
		if err != nil {
			return
		}
		if again, err := sheet.Number(plain, 2); err != nil || again != plain {
			t.Errorf("%q becomes %q, which becomes %q: %v", text, plain, again, err)
		}
	})
}
