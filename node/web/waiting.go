package web

import (
	"errors"
	"regexp"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

var (
	// behind is how far a node has followed what all AHSNs recorded.
	behind = regexp.MustCompile(`: change (\d+) of (\d+)`)
	// regionCode is a region as programs write it.
	regionCode = regexp.MustCompile(`\b[a-z]{2,6}\b`)
)

// waitingWords says in people's words what a step waits for.
func waitingWords(err error) string {
	var refusal *survey.Refusal
	if !errors.As(err, &refusal) {
		return ""
	}
	text := behind.ReplaceAllString(refusal.Detail, ": this node has taken in $1 of $2 changes")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "the campaign", "the survey"), "the summary of", "the signed figures of")
	text = regionCode.ReplaceAllStringFunc(text, func(word string) string {
		for _, info := range survey.Regions() {
			if word == string(info.Region) && word != "we" && word != "east" { // these are words too
				return info.Region.Name()
			}
		}
		return word
	})
	return survey.Sentence(strings.ReplaceAll(text, "does not verify", "do not verify"))
}
