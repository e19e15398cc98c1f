package survey

import (
	"fmt"
	"math"
	"strings"
)

// Pence is an amount of money in whole pence, never a float.
type Pence int64

// FTE is a number of full-time equivalent posts in hundredths, never a float.
type FTE int64

// parseHundredths reads a plain decimal with at most two places ("250000",
// "250000.5", "-12.34") and returns its hundredths, without going through a
// float. Thousands separators, currency signs, exponents and other scripts'
// digits are refused with ErrInvalid. The package store/sheet, which reads
// people's spreadsheets, is more forgiving.
func parseHundredths(s string) (int64, error) {
	text, negative := strings.CutPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(text, ".")
	if whole == "" || dotted && fraction == "" || len(fraction) > 2 {
		return 0, fmt.Errorf("%w: write digits with at most two decimals", ErrInvalid)
	}

	fraction += strings.Repeat("0", 2-len(fraction))
	var n int64
	for _, c := range whole + fraction {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: write digits with at most two decimals", ErrInvalid)
		}
		// Checked before the multiplication, which would wrap around.
		if n > (math.MaxInt64-int64(c-'0'))/10 {
			return 0, fmt.Errorf("%w: the number is too large", ErrInvalid)
		}
		n = n*10 + int64(c-'0')
	}

	if negative {
		n = -n
	}
	return n, nil
}

// String returns the amount as people write it: "£1,234.50", without pence
// when they are zero.
func (p Pence) String() string {
	sign, whole, cents := split(int64(p))
	if cents == 0 {
		return sign + "£" + groupThousands(whole)
	}
	return fmt.Sprintf("%s£%s.%02d", sign, groupThousands(whole), cents)
}

// Decimal returns pounds with two decimals, without a currency sign or separators, for files that
// programs read: "1234.50".
func (p Pence) Decimal() string { return decimal(int64(p)) }

// String returns the posts as people write them: "1,329" or "7.5".
func (f FTE) String() string {
	sign, whole, hundredths := split(int64(f))
	out := sign + groupThousands(whole)
	if hundredths != 0 {
		out += strings.TrimRight(fmt.Sprintf(".%02d", hundredths), "0")
	}
	return out
}

// Decimal returns the posts with two decimals and no separators.
func (f FTE) Decimal() string { return decimal(int64(f)) }

func decimal(n int64) string {
	sign, whole, hundredths := split(n)
	return fmt.Sprintf("%s%d.%02d", sign, whole, hundredths)
}

func split(n int64) (sign string, whole, hundredths uint64) {
	abs := uint64(n)
	if n < 0 {
		sign, abs = "-", -abs
	}
	return sign, abs / 100, abs % 100
}

// groupThousands writes 1234567 as 1,234,567.
func groupThousands(n uint64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// AddChecked returns a+b, or false if the sum does not fit int64.
func AddChecked(a, b int64) (int64, bool) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, false
	}
	return sum, true
}
