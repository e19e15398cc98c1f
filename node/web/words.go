package web

import (
	"cmp"
	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store/survey"
)

// openWords says how long a survey is open. The closing date is a plan: the
// survey ends when it is closed.
func openWords(clock page.Clock, c survey.Campaign) string {
	switch {
	case c.State == survey.CampaignPlanned:
		return "not open yet"
	case c.State != survey.CampaignOpen:
		return "closed"
	case c.Closes == "":
		return "open"
	case c.Closes < clock.Today():
		return "still open; it was to close on " + page.Date(c.Closes)
	}
	return "open until " + page.Date(c.Closes)
}

// lapseWords says what becomes of a claim of which nothing happens, "" if it
// stands. An offer that nobody answered ends first: the holder keeps the company
// for another term.
func lapseWords(clock page.Clock, c survey.Claim) string {
	over := !c.LapsesAt.After(clock.Now())

	switch {
	case c.LapsesAt.IsZero():
		return ""
	case c.State == survey.Transferring && over:
		return "The offer is about to end: nobody answered it"
	case c.State == survey.Transferring:
		return "The offer ends on " + clock.Day(c.LapsesAt) + " if nobody answers it"
	case over:
		return "About to be free again: nothing happened"
	}
	return "Free again on " + clock.Day(c.LapsesAt) + " if nothing happens"
}

// termWords says for how long claims stand in the survey.
func termWords(c survey.Campaign) string {
	if c.LapseDays == 0 {
		return "They stand, however long nothing happens"
	}
	return "Free again when nothing happens for " + page.Plural(c.LapseDays, "day")
}

// policyView is one set of release rules in people's words.
type policyView struct{ Code, Name, Hint string }

// policyTexts are the release rules that people can choose from, the usual
// ones first. Which of them a survey may have is the registry's to say.
var policyTexts = []policyView{
	{"standard", "Standard",
		"A figure needs five companies, and answers are added five at a time, the rest at the close"},
	{"ons-business", "As for business statistics",
		"A figure needs three companies, and answers are added three at a time, the rest at the close"},
	{"open", "Open", "The AHSNs see every figure at once; the public waits for ten companies"},
}

// policyWords is the name of release rules, the code itself for those of
// a newer software.
func policyWords(code string) string {
	p, _ := first(policyTexts, func(p policyView) bool { return p.Code == code })
	return cmp.Or(p.Name, code)
}

// currentTerms reports whether a survey asks today's questions and counts by
// today's definitions.
func currentTerms(c survey.Campaign) bool {
	return c.Questionnaire == survey.CurrentQuestionnaire && c.Definitions == survey.CurrentDefinitions
}

// tag is a state as a coloured word. The colour says nothing that the word
// does not.
type tag struct{ Word, Colour string }

var claimTags = map[survey.ClaimState]tag{
	survey.Claimed:      {"To be contacted", "nhsuk-tag--blue"},
	survey.Contacted:    {"Contacted", "nhsuk-tag--aqua-green"},
	survey.Responded:    {"Answered", "nhsuk-tag--green"},
	survey.Declined:     {"Declined", "nhsuk-tag--orange"},
	survey.Unreachable:  {"Cannot be reached", "nhsuk-tag--orange"},
	survey.Ineligible:   {"Not in the survey", "nhsuk-tag--grey"},
	survey.Released:     {"Free", "nhsuk-tag--white"},
	survey.Transferring: {"Offered to another AHSN", "nhsuk-tag--purple"},
}

func stateOf(state survey.ClaimState) tag {
	return cmp.Or(claimTags[state], claimTags[survey.Released])
}

var reasonTexts = map[survey.ReasonCode]string{
	survey.ReasonNoTime:       "No time",
	survey.ReasonNotRelevant:  "Not relevant to them",
	survey.ReasonConfidential: "Figures are confidential",
	survey.ReasonDoNotSurvey:  "Do not survey us again",
	survey.ReasonNoContact:    "Nobody answers",
	survey.ReasonWrongContact: "Wrong contact details",
	survey.ReasonDissolved:    "Dissolved",
	survey.ReasonNotSupported: "No AHSN supported them",
	survey.ReasonOtherRegion:  "Another AHSN knows them better",
	survey.ReasonMistake:      "By mistake",
	survey.ReasonOther:        "Another reason",
	survey.ReasonLapsed:       "Nothing happened for too long",

	survey.ReasonUnreachableRegion: "Its node cannot be reached",
	survey.ReasonRecordsLost:       "Its records are lost",
	survey.ReasonLateAnswers:       "Answers came in late",
	survey.ReasonCorrection:        "Answers were corrected",
	survey.ReasonDefinition:        "A definition changed",
}

func reasonWords(code survey.ReasonCode) string { return cmp.Or(reasonTexts[code], string(code)) }

var kindTexts = map[survey.OrganisationKind]string{
	survey.KindCompany: "Company", survey.KindCharity: "Charity", survey.KindNHS: "NHS organisation",
	survey.KindUniversity: "University", survey.KindPublic: "Other public body",
	survey.KindIndividual: "Individual innovator", survey.KindOther: "Other organisation",
}

func kindWords(kind survey.OrganisationKind) string { return cmp.Or(kindTexts[kind], "Organisation") }

// labelOf returns the label of a key of a breakdown in tables.
func labelOf(dimension survey.Dimension, key string) string {
	o, _ := first(survey.BreakdownKeys(dimension), func(o survey.Option) bool { return o.Code == key })
	return cmp.Or(o.Label, key, "Not known")
}
