package survey

import "strings"

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

// maxRepeated bounds what an error of this room repeats, in characters.
const maxRepeated = 60

func clip(text string) string { return Clip(text, maxRepeated) }
