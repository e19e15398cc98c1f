package page

import (
	"regexp"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Date shows a day of the registry (YYYY-MM-DD).
func Date(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}

// Plural writes a number with its noun: "1 answer", "2 answers", and "2
// companies" of "company".
func Plural(n int, noun string) string {
	text := survey.UnitCount.Amount(int64(n))

	switch {
	case n == 1:
		return text + " " + noun
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay"):
		return text + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return text + " " + noun + "s"
}

// questionNumbers finds the ids that the rules of the questionnaire name, such
// as q04.
var questionNumbers = regexp.MustCompile(`\bq0?(\d{1,2})\b`)

// QuestionWords turns the questions' ids in a text into words.
func QuestionWords(text string) string { return questionNumbers.ReplaceAllString(text, "question $1") }

// LowerFirst leaves abbreviations as they are.
func LowerFirst(text string) string {
	if len(text) > 1 && text[1] >= 'A' && text[1] <= 'Z' {
		return text
	}
	return strings.ToLower(text[:min(1, len(text))]) + text[min(1, len(text)):]
}
