package totals

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	reasonNoAnswers      = "no answers yet"
	reasonNobodyAnswered = "nobody reported any"
	reasonMissing        = "nothing has been heard of this region's figures"
	reasonNobody         = "no region's figures have been heard of"
	reasonLater          = "breakdowns are shown when the campaign closes"
	reasonAtClose        = "shown when the campaign closes"
	reasonChanging       = "answers in it were changed or withdrawn since and wait too, so the whole may be less"
	reasonOverflow       = "the parts are too large to be added up"
	reasonNotThen        = "the registry's counts of that time are not kept"
	reasonNotHere        = "counted for the nation and the regions only"
)

// why says in words which parts are not in a figure and why, empty if all are.
func (w scope) why(s sum) string {
	var parts []string
	say := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}

	switch {
	case s.overflow:
		say(reasonOverflow)
	case s.contributors == 0 && !s.withheld() && w.atClose:
		say(reasonAtClose)
	case s.contributors == 0 && !s.withheld() && w.final:
		say(reasonNobodyAnswered)
	case s.contributors == 0 && !s.withheld():
		say(reasonNoAnswers)
	}

	if s.later {
		say(reasonLater)
	}
	if s.waiting || s.changing && len(s.hiddenBy) == 0 {
		say(w.progress(s.contributors))
	}
	if s.changing {
		say(reasonChanging)
	}

	// The regions that withhold a part, and those that are missing.
	say(w.hidden(s.hiddenBy))
	say(w.partial)
	return strings.Join(parts, "; ")
}

// code returns the first reason of why as a code.
func (w scope) code(s sum) survey.FigureReason {
	switch {
	case s.overflow:
		return survey.FigureTooLarge
	case s.contributors == 0 && !s.withheld() && w.atClose:
		return survey.FigureHeldBack
	case s.contributors == 0 && !s.withheld() && w.partial == "":
		return survey.FigureNoAnswers
	case len(s.hiddenBy) > 0:
		return survey.FigureFew
	case s.later || s.waiting || s.changing:
		return survey.FigureHeldBack
	case w.partial != "":
		return survey.FigureNoRegion
	}
	return ""
}

// progress says how many answers are completely in the figures, and when the rest follows: "from
// 1,240 of 1,372 answers; 132 are in and will be added in batches, all at close". A figure of more
// companies than that has parts of other answers too.
func (w scope) progress(contributors int64) string {
	waiting := w.answers - w.released
	if w.breakdown || waiting <= 0 {
		return disclosure.Waiting.Text()
	}

	rest := grouped(waiting) + " are in and will be added in batches, all at close"
	if waiting == 1 {
		rest = "1 is in and will be added in a batch, or at close"
	}

	from := "from " + grouped(w.released) + " of " + grouped(w.answers) + " answers"
	if contributors > w.released {
		from += " and parts of others"
	}
	return from + "; " + rest
}

// hidden names the regions that hide a part to protect companies.
func (w scope) hidden(by []survey.Region) string {
	if len(by) == 0 {
		return ""
	}
	if w.region {
		return disclosure.Few.Text()
	}

	names := make([]string, 0, len(by))
	for _, region := range distinct(by) {
		names = append(names, string(region))
	}
	return "without a part of " + strings.Join(names, ", ") + ", hidden to protect companies"
}

func distinct(regions []survey.Region) []survey.Region {
	out := slices.Clone(regions)
	slices.Sort(out)
	return slices.Compact(out)
}

// grouped writes 1372 as 1,372.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
