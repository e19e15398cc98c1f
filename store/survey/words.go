package survey

import (
	"encoding/hex"
	"strings"
)

// The words of pages and letters for the codes. The code, the API and the command line say
// campaign, organisation, region, cycle and response; pages and letters say survey, company, AHSN,
// year and answer.
var (
	// figureWords are those of figures that are not there. None of them is 0.
	figureWords = map[FigureStatus]string{
		FigureWaiting:      "waiting for more answers",
		FigureHidden:       "hidden to protect a company",
		FigureMissing:      "missing",
		FigureNotCollected: "not collected",
	}
	figureReasonWords = map[FigureReason]string{
		FigureNoAnswers:   "no answers",
		FigureHeldBack:    "it waits for more answers",
		FigureFew:         "fewer companies than a published figure needs",
		FigureDominated:   "one company is most of it",
		FigureComplement:  "another hidden figure could be worked out from it",
		FigureNoRegion:    "an AHSN’s part is missing",
		FigureUncollected: "nobody was asked",
		FigureTooLarge:    "too large to be added up",
		FigureFewPeople:   "too few people",
	}
	qualifierWords = map[Qualifier]string{
		QualifierAtLeast:   "at least ",
		QualifierUpTo:      "up to ",
		QualifierEstimated: "about ",
	}
	sectorLabels = map[Sector]string{
		SectorMedTech: "Medical technology", SectorDigital: "Digital health", SectorDiagnostics: "Diagnostics",
		SectorPharma: "Pharmaceuticals", SectorServices: "Services", SectorOther: "Other",
	}
	sizeLabels = map[SizeBand]string{
		SizeMicro: "0 to 9 employees", SizeSmall: "10 to 49 employees",
		SizeMedium: "50 to 249 employees", SizeLarge: "250 employees or more",
	}
)

// Sentence returns the text with a capital letter at its beginning and a full
// stop at its end, unless it ends with another mark.
func Sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return text
	}

	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.ContainsAny(text[len(text)-1:], ".?!:") {
		text += "."
	}
	return text
}

// Clip shortens text that a message repeats to at most max characters and an
// ellipsis.
func Clip(text string, max int) string {
	runes := []rune(text)
	if len(runes) <= max {
		return text
	}
	return string(runes[:max]) + "…"
}

// maxRepeated bounds the text that an error of this package repeats, in characters.
const maxRepeated = 60

func clip(text string) string { return Clip(text, maxRepeated) }

// Codes returns the codes as plain text.
func Codes[T ~string](codes []T) []string {
	return mapped(codes, func(code T) string { return string(code) })
}

// List returns the codes with commas between them: "gm, otv".
func List[T ~string](codes []T) string { return strings.Join(Codes(codes), ", ") }

// YesNo writes a truth as people say it.
func YesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// Hex returns the hash in hexadecimal digits, "" for a zero hash.
func Hex(hash [32]byte) string {
	if hash == ([32]byte{}) {
		return ""
	}
	return hex.EncodeToString(hash[:])
}

func mapped[S, T any](items []S, to func(S) T) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = to(item)
	}
	return out
}

// first returns the first item for which holds is true, false if there is none.
func first[T any](items []T, holds func(*T) bool) (T, bool) {
	for i := range items {
		if holds(&items[i]) {
			return items[i], true
		}
	}
	var none T
	return none, false
}
