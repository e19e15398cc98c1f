package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

var (
	sizeRange = regexp.MustCompile(`^(\d+) ?(?:to|-|–) ?(\d+)$`)
	sizeFrom  = regexp.MustCompile(`^(?:(\d+) ?(?:\+|or more|and over|and above)|(?:over|more than) (\d+))$`)
	sizeBelow = regexp.MustCompile(`^(?:less than|under|fewer than|<) ?(\d+)$`)
	sizeOne   = regexp.MustCompile(`^\d+$`)
)

// unsaid are published sizes that tell no band.
var unsaid = []string{"", "not provided", "unknown", "n/a", "-", "less than 250"}

// sizeWords are the bands' own words.
var sizeWords = map[string]survey.SizeBand{
	"micro": survey.SizeMicro, "small": survey.SizeSmall, "medium": survey.SizeMedium, "large": survey.SizeLarge,
}

// sizeBand returns the one band that contains every size that the text allows, else "": "250 to
// 499" is 250+, but "Less than 250" could be three bands. The warning is for text that is no size
// at all.
func sizeBand(text string) (band survey.SizeBand, warning string) {
	text = strings.ToLower(strings.ReplaceAll(text, ",", ""))
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(text, " employees"), " staff"))

	if slices.Contains(unsaid, text) {
		return "", ""
	}
	if word, ok := sizeWords[text]; ok {
		return word, ""
	}

	low, high := 0, -1 // -1: no upper end
	switch {
	case sizeRange.MatchString(text):
		part := sizeRange.FindStringSubmatch(text)
		low, high = number(part[1]), number(part[2])
	case sizeFrom.MatchString(text):
		part := sizeFrom.FindStringSubmatch(text)
		low = number(part[1] + part[2])
	case sizeBelow.MatchString(text):
		high = number(sizeBelow.FindStringSubmatch(text)[1]) - 1
	case sizeOne.MatchString(text):
		low, high = number(text), number(text)
	default:
		return "", fmt.Sprintf("%s is not a number of employees: left empty", quote(text))
	}

	// Both ends must lie in one band; an open end can only be the largest band.
	if high >= 0 && bandOf(low) == bandOf(high) || high < 0 && bandOf(low) == survey.SizeLarge {
		return bandOf(low), ""
	}
	return "", ""
}

// number reads digits. A number that does not fit is larger than any band.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 1 << 30
	}
	return n
}

func bandOf(employees int) survey.SizeBand {
	switch {
	case employees < 10:
		return survey.SizeMicro
	case employees < 50:
		return survey.SizeSmall
	case employees < 250:
		return survey.SizeMedium
	}
	return survey.SizeLarge
}

// sicSectors are the Standard Industrial Classification codes (UK SIC 2007) that stand for one
// sector of the survey. Research and development (721) does not: 72190 also covers all of
// engineering. Diagnostics and digital health have no code of their own.
var sicSectors = []struct {
	prefix string
	sector survey.Sector
}{
	{"21", survey.SectorPharma},   // basic pharmaceutical products and preparations
	{"266", survey.SectorMedTech}, // irradiation, electromedical and electrotherapeutic equipment
	{"325", survey.SectorMedTech}, // medical and dental instruments and supplies
	{"86", survey.SectorServices}, // human health activities
}

// sectorOfSIC returns the sector that all codes with a sector agree on, else "".
func sectorOfSIC(codes string) survey.Sector {
	var agreed survey.Sector
	for _, code := range strings.FieldsFunc(codes, func(r rune) bool { return r < '0' || r > '9' }) {
		if len(code) == 4 {
			code = "0" + code // a spreadsheet dropped the zero
		}
		// Anything else is no code of this classification.
		if len(code) != 5 {
			continue
		}

		for _, s := range sicSectors {
			if !strings.HasPrefix(code, s.prefix) {
				continue
			}
			if agreed != "" && agreed != s.sector {
				return ""
			}
			agreed = s.sector
		}
	}
	return agreed
}
