package sheet

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	outward  = regexp.MustCompile(`^(?:[A-Z]{1,2}[0-9][A-Z0-9]?)$`)
	postcode = regexp.MustCompile(`^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$`)
)

// district returns the outward half of a postcode, "SY23" of "SY23 3FL",
// however it is spaced. The other half would say too much and is dropped. What
// is not a postcode gives nothing and a warning.
func district(text string) (code, warning string) {
	plain := strings.ToUpper(strings.Trim(strings.ReplaceAll(text, " ", ""), ".,"))
	if plain == "" {
		return "", ""
	}
	if halves := postcode.FindStringSubmatch(plain); halves != nil {
		return halves[1], ""
	}
	if outward.MatchString(plain) {
		return plain, ""
	}
	return "", fmt.Sprintf("%s is not a UK postcode: left empty", quote(text))
}
