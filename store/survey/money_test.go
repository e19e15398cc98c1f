package survey

import (
	"errors"
	"math"
	"testing"
)

func TestParseHundredths(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "250000": 25000000, "250000.5": 25000050, "250000.50": 25000050, "-12.34": -1234, "0.01": 1,
		"92233720368547758.07": math.MaxInt64,
	} {
		if got, err := parseHundredths(in); err != nil || got != want {
			t.Errorf("parseHundredths(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "-", ".", "1.", ".5", "1.234", "1,000", "£5", "1e3", "0x10", "NaN", "٣", "--1", "92233720368547758.08", "1e309"} {
		if got, err := parseHundredths(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("parseHundredths(%q) = %d, %v; want ErrInvalid", bad, got, err)
		}
	}
}

func TestAmountsAsWords(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Pence(42800000000).String(), "£428,000,000"},
		{Pence(123450).String(), "£1,234.50"},
		{Pence(-5).String(), "-£0.05"},
		{Pence(math.MinInt64).String(), "-£92,233,720,368,547,758.08"},
		{Pence(123450).Decimal(), "1234.50"},
		{FTE(132900).String(), "1,329"},
		{FTE(750).String(), "7.5"},
		{FTE(5).String(), "0.05"},
		{FTE(0).Decimal(), "0.00"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAddChecked(t *testing.T) {
	for _, c := range []struct {
		a, b, sum int64
		ok        bool
	}{
		{1, 2, 3, true}, {0, 0, 0, true}, {5, 0, 5, true}, {-5, 5, 0, true}, {math.MaxInt64, 1, 0, false}, {math.MinInt64, -1, 0, false},
		{math.MaxInt64, math.MinInt64, -1, true}, {math.MaxInt64, 0, math.MaxInt64, true},
	} {
		if sum, ok := AddChecked(c.a, c.b); ok != c.ok || ok && sum != c.sum {
			t.Errorf("AddChecked(%d, %d) = %d, %v; want %d, %v", c.a, c.b, sum, ok, c.sum, c.ok)
		}
	}
}
