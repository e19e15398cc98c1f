package sheet

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

var (
	// numberForm is a number as people write it: thousands in groups of three, a point, an exponent
	// (as spreadsheets shorten large numbers), a word for thousands or millions.
	numberForm = regexp.MustCompile(`^([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(\.[0-9]*)?(?:[eE]([+-]?[0-9]{1,4}))?\s*([a-z]*)$`)
	// foreignForm is a number with the comma before the decimals.
	foreignForm = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{1,2}$|^[+-]?[0-9]+,[0-9]{1,2}$`)
)

// magnitudes are the words that follow a number, with the number of zeros that each stands for.
var magnitudes = map[string]int{"": 0, "k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "millions": 6, "b": 9,
	"bn": 9, "billion": 9}

const (
	maxNumberRunes = 60
	maxExponent    = 30
	// noiseDigits is the number of decimals from which a number was calculated by a spreadsheet:
	// 0.1 + 0.2 is 0.30000000000000004 there.
	noiseDigits = 9
	// surelyFits is how many digits of a whole number fit into 64 bits, whatever its decimals.
	surelyFits = 15
)

// Number reads a number as people type it (£1,234.50, 1.2m, £1.2bn, (500) for a negative number)
// and returns it plainly, as -1234.50 with at most the given decimals. It never guesses. It returns
// an error that says what to write instead for a comma before the decimals, a unit, a percent sign,
// digits of other scripts, too many decimals and numbers that do not fit into 64 bits.
func Number(text string, decimals int) (string, error) {
	// Most cells are digits alone, and reading them as below costs far more.
	if digits(text) && len(text) <= surelyFits {
		return wholeInDecimals(text, decimals), nil
	}

	// Word processors write a minus sign of their own.
	plain := strings.ReplaceAll(cleanSpaces(text), "\u2212", "-")
	if len([]rune(plain)) > maxNumberRunes {
		return "", errors.New("it is too long for a number")
	}

	negative := false
	if inner, ok := strings.CutPrefix(plain, "("); ok && strings.HasSuffix(inner, ")") {
		plain, negative = strings.TrimSpace(strings.TrimSuffix(inner, ")")), true
	}
	plain = withoutPounds(plain)

	// Percentages and foreign decimals are told apart only for a better message.
	if strings.HasSuffix(plain, "%") {
		return "", fmt.Errorf("%s is a percentage: write the number itself", quote(text))
	}
	if foreignForm.MatchString(plain) {
		return "", fmt.Errorf("%s has a comma before the decimals: write a point there, and commas only between thousands",
			quote(text))
	}

	form := numberForm.FindStringSubmatch(strings.ToLower(plain))
	if form == nil || form[2] == "" && strings.Trim(form[3], ".") == "" {
		return "", fmt.Errorf("%s is not a number: write digits, such as 1234.50", quote(text))
	}
	zeros, known := magnitudes[form[5]]
	if !known {
		return "", fmt.Errorf("%s has a word after the number: write the number alone", quote(text))
	}

	exponent := 0
	if form[4] != "" {
		if _, err := fmt.Sscan(form[4], &exponent); err != nil || exponent > maxExponent || exponent < -maxExponent {
			return "", fmt.Errorf("%s is too large or too small", quote(text))
		}
	}

	whole := strings.ReplaceAll(form[2], ",", "")
	if whole == "" {
		whole = "0"
	}

	// The value is exact: a float would lose pence of large amounts.
	value, ok := new(big.Rat).SetString(form[1] + whole + strings.TrimSuffix(form[3], "."))
	if !ok {
		return "", fmt.Errorf("%s is not a number: write digits, such as 1234.50", quote(text))
	}

	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(abs(exponent+zeros))), nil))
	if exponent+zeros < 0 {
		scale.Inv(scale)
	}
	value.Mul(value, scale)
	if negative {
		value.Neg(value)
	}

	return inDecimals(value, len(form[3])-1, decimals, text)
}

// digits reports whether the text is only digits, as most cells are.
func digits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

func wholeInDecimals(text string, decimals int) string {
	if text = strings.TrimLeft(text, "0"); text == "" {
		text = "0"
	}
	if decimals > 0 {
		text += "." + strings.Repeat("0", decimals)
	}
	return text
}

func abs(n int) int { return max(n, -n) }

// withoutPounds removes the currency before or after the number.
func withoutPounds(s string) string {
	for _, sign := range []string{"£", "gbp", "GBP"} {
		s = strings.TrimSpace(strings.TrimSuffix(s, sign))
		if after, ok := strings.CutPrefix(s, sign); ok {
			s = strings.TrimSpace(after)
		} else if after, ok := strings.CutPrefix(s, "-"+sign); ok {
			s = "-" + strings.TrimSpace(after)
		}
	}
	return s
}

// inDecimals writes the value with at most that many decimals. written is the number of decimals
// that the text had: with noiseDigits or more, the noise of a spreadsheet's arithmetic is rounded
// away, if the value hardly changes.
func inDecimals(value *big.Rat, written, decimals int, text string) (string, error) {
	out := value.FloatString(decimals)
	if _, err := strconv.ParseInt(strings.Replace(out, ".", "", 1), 10, 64); err != nil {
		return "", fmt.Errorf("%s is too large", quote(text))
	}

	rounded, _ := new(big.Rat).SetString(out)
	if rounded.Cmp(value) != 0 {
		off := new(big.Rat).Sub(rounded, value)
		if written < noiseDigits || off.Abs(off).Cmp(big.NewRat(1, 1_000_000)) > 0 {
			if decimals == 0 {
				return "", fmt.Errorf("%s is not a whole number", quote(text))
			}
			return "", fmt.Errorf("%s has more than %d decimals", quote(text), decimals)
		}
	}

	if strings.Trim(out, "-0.") == "" {
		out = strings.TrimPrefix(out, "-")
	}
	return out, nil
}

// Date reads a day as people type it, day first (03/04/2020 is 3 April), as ISO or as a
// spreadsheet's number, and returns it as YYYY-MM-DD.
func Date(text string) (string, error) { return parseDate(cleanSpaces(text)) }
