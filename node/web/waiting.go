package web

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// waits are what a step towards final figures waits for, by how the detail of
// the refusal reads, in the pages' words.
var waits = []struct {
	detail *regexp.Regexp
	words  func(of []string) string
}{
	{regexp.MustCompile(`the figures are not final yet: the campaign is (\w+)$`), func(of []string) string {
		return fmt.Sprintf("The figures are not final yet: the survey is %s.", of[1])
	}},
	{regexp.MustCompile(`the figures are not final yet: .*\bchange (\d+) of (\d+)$`), func(of []string) string {
		return fmt.Sprintf("The figures are not final yet: this node has taken in %s of %s changes.", of[1], of[2])
	}},
	{regexp.MustCompile(`the summary of (\w+) does not verify$`), func(of []string) string {
		return fmt.Sprintf("The signed figures of %s do not verify.", nameOf(of[1]))
	}},
	{regexp.MustCompile(`the summary of (\w+): (.+)$`), func(of []string) string {
		return fmt.Sprintf("The signed figures of %s cannot be used: %s", nameOf(of[1]), survey.Sentence(of[2]))
	}},
	{regexp.MustCompile(`not settled yet: ([\w, ]+)\.`), func(of []string) string {
		var missing []string
		for _, code := range strings.Split(of[1], ", ") {
			missing = append(missing, nameOf(code))
		}
		return fmt.Sprintf("No sign-off yet: %s. Each signs off, or two other AHSNs let its last figures stand or go on without it.",
			strings.Join(missing, ", "))
	}},
	{regexp.MustCompile(`(\w+) co-signed the table (\w+), here follows (\w+)`), func(of []string) string {
		return fmt.Sprintf("%s co-signed the table %s, here follows %s. Compare the software versions and the definitions before you co-sign.",
			nameOf(of[1]), of[2], of[3])
	}},
	{regexp.MustCompile(`for (\w+) are not those that this node signed$`), func(of []string) string {
		return fmt.Sprintf("The figures in the table for %s are not those that this node signed.", nameOf(of[1]))
	}},
}

// nameOf is the name of the region that a program calls by its code.
func nameOf(code string) string { return survey.Region(code).Name() }

// waitingWords says in people's words what a step waits for. What this
// software does not know is shown as it is.
func waitingWords(err error) string {
	var refusal *survey.Refusal
	if !errors.As(err, &refusal) {
		return ""
	}
	for _, known := range waits {
		if of := known.detail.FindStringSubmatch(refusal.Detail); of != nil {
			return known.words(of)
		}
	}
	return survey.Sentence(refusal.Detail)
}
