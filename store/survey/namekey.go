package survey

import (
	"strings"
	"unicode"
)

// legalForms are the ways in which names spell a legal form at their end, with
// the class that stands for it, longest spelling first. LIMITED and LTD are one
// class, LTD and LLP are not: companies of the same name that differ in it are
// different companies in the public register (PORTHAVEN CARE HOMES LIMITED,
// 07690737, and LLP, OC348553).
var legalForms = []struct{ spelling, class string }{
	{" CHARITABLE INCORPORATED ORGANISATION", " CIO"},
	{" LIMITED LIABILITY PARTNERSHIP", " LLP"},
	{" COMMUNITY INTEREST COMPANY", " CIC"},
	{" PUBLIC LIMITED COMPANY", " PLC"},
	{" LIMITED PARTNERSHIP", " LP"},
	{" CYFYNGEDIG", " LTD"},
	{" C I C", " CIC"},
	{" L L P", " LLP"},
	{" P L C", " PLC"},
	{" LIMITED", " LTD"},
	{" CYF", " LTD"},
	{" CCC", " PLC"},
}

// accents folds the letters of European names to the letters that registers
// and keyboards use for them. Only upper case: names are upper-cased first.
var accents = map[rune]string{
	'À': "A", 'Á': "A", 'Â': "A", 'Ã': "A", 'Ä': "A", 'Å': "A", 'Ā': "A", 'Ă': "A", 'Ą': "A", 'Æ': "AE",
	'Ç': "C", 'Ć': "C", 'Č': "C", 'Ĉ': "C", 'Ċ': "C", 'Ď': "D", 'Đ': "D", 'Ð': "D",
	'È': "E", 'É': "E", 'Ê': "E", 'Ë': "E", 'Ē': "E", 'Ė': "E", 'Ę': "E", 'Ě': "E",
	'Ĝ': "G", 'Ğ': "G", 'Ġ': "G", 'Ģ': "G", 'Ĥ': "H", 'Ħ': "H",
	'Ì': "I", 'Í': "I", 'Î': "I", 'Ï': "I", 'Ĩ': "I", 'Ī': "I", 'Į': "I", 'İ': "I",
	'Ĵ': "J", 'Ķ': "K", 'Ĺ': "L", 'Ļ': "L", 'Ľ': "L", 'Ł': "L",
	'Ñ': "N", 'Ń': "N", 'Ņ': "N", 'Ň': "N",
	'Ò': "O", 'Ó': "O", 'Ô': "O", 'Õ': "O", 'Ö': "O", 'Ø': "O", 'Ō': "O", 'Ő': "O", 'Œ': "OE",
	'Ŕ': "R", 'Ř': "R", 'Ś': "S", 'Ŝ': "S", 'Ş': "S", 'Š': "S", 'Ș': "S", 'ß': "SS", 'ẞ': "SS",
	'Ţ': "T", 'Ť': "T", 'Ț': "T", 'Þ': "TH",
	'Ù': "U", 'Ú': "U", 'Û': "U", 'Ü': "U", 'Ū': "U", 'Ů': "U", 'Ű': "U", 'Ų': "U",
	'Ŵ': "W", 'Ẁ': "W", 'Ẃ': "W", 'Ẅ': "W", 'Ý': "Y", 'Ŷ': "Y", 'Ÿ': "Y", 'Ź': "Z", 'Ż': "Z", 'Ž': "Z",
}

// FoldName returns the name as plain words for comparing and searching: upper
// case, accents folded, "&" and "+" as AND, apostrophes, quotes and full stops
// dropped, every other sign a space, single spaces. Letters of other scripts
// stay as they are.
func FoldName(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	space := false
	word := func(s string) {
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteString(s)
	}

	for _, r := range name {
		r = unicode.ToUpper(r)
		switch {
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			word(string(r))
		case r == '&' || r == '+':
			space = true
			word("AND")
			space = true
		case strings.ContainsRune(".'\"`’‘“”", r) || hidden(r) || unicode.Is(unicode.Mn, r):
			// Dropped, so that O'NEILL is ONEILL and P.L.C. is PLC.
		case accents[r] != "":
			word(accents[r])
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word(string(r))
		default:
			space = true
		}
	}
	return b.String()
}

// NameKey returns the key under which two spellings of one name are the same:
// [FoldName] without a leading THE and with the legal form as its class (LTD,
// PLC, LLP, CIC, ...). It is meant to miss rather than to merge: it never drops
// the legal form, nor UK, GROUP or HOLDINGS, which tell real companies apart.
// The registry decides by it, so a different key is a new version of its rows.
func NameKey(name string) string {
	key := FoldName(name)
	if rest, found := strings.CutPrefix(key, "THE "); found {
		key = rest
	}

	for _, form := range legalForms {
		// A name that is a legal form and nothing else keeps it.
		if rest, found := strings.CutSuffix(key, form.spelling); found && rest != "" {
			return rest + form.class
		}
	}
	return key
}

// CleanName returns the name as it is stored and shown: without control,
// zero-width and direction characters, trimmed, with single spaces. Names that
// look the same are then much more often the same.
func CleanName(name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case hidden(r) || unicode.IsControl(r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)

	return strings.Join(strings.Fields(plain), " ")
}

// hidden reports whether the character shows nothing or turns the direction of the text after it.
func hidden(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u061c', r == '\u180e', r == '\ufeff':
		return true
	case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return true
	}
	return false
}
