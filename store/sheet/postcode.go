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

// district returns the outward half of a postcode in any spacing: "SY23" of "SY23 3FL". The inward
// half is dropped, because it could identify an address. A text that is no postcode gives "" and a
// warning.
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
