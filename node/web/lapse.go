package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// lapseWords says what becomes of a claim of which nothing happens, "" if it
// stands. An offer that nobody answered ends first: the holder keeps the company
// for another term.
func (s *Site) lapseWords(c survey.Claim) string {
	over := !c.LapsesAt.After(s.Now())
	switch {
	case c.LapsesAt.IsZero():
		return ""
	case c.State == survey.Transferring && over:
		return "The offer is about to end: nobody answered it"
	case c.State == survey.Transferring:
		return "The offer ends on " + s.Day(c.LapsesAt) + " if nobody answers it"
	case over:
		return "About to be free again: nothing happened"
	}
	return "Free again on " + s.Day(c.LapsesAt) + " if nothing happens"
}

// termWords says for how long claims stand in the survey.
func termWords(c survey.Campaign) string {
	if c.LapseDays == 0 {
		return "They stand, however long nothing happens"
	}
	return "Free again when nothing happens for " + page.Plural(c.LapseDays, "day")
}

// lapseDays reads the term that was entered into the form of a survey.
func lapseDays(text string) (int, []page.Fault) {
	days, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(text, "days")))
	if err != nil || days < 0 || days > survey.LapseDaysMost {
		return 0, []page.Fault{{Field: "lapse", Message: fmt.Sprintf("Enter a number of days up to %d, or 0 for no end", survey.LapseDaysMost)}}
	}
	return days, nil
}
