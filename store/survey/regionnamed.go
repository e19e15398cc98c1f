package survey

import (
	"strings"
	"unicode"
)

// RegionNamed returns the region that people call so: by its code, or by any name that it has or
// had, whatever the case and punctuation, with "AHSN" or without. No region has the name that meant
// South London and then the national body.
func RegionNamed(text string) (Region, bool) {
	want := foldRegion(text)
	if want == "" {
		return "", false
	}

	for _, r := range regions {
		if want == string(r.Region) {
			return r.Region, true
		}
		for _, n := range r.Names {
			if want == foldRegion(n.Name) {
				return r.Region, true
			}
		}
	}
	return "", false
}

// foldRegion keeps the letters of a name, in lower case, "&" as "and".
func foldRegion(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "&", " and ")
	var b strings.Builder
	// Without spaces, because people write them differently.
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if word != "ahsn" && word != "the" {
			b.WriteString(word)
		}
	}
	return b.String()
}
