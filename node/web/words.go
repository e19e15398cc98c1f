package web

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// when, day and ago show times as people in England read them: in
// Europe/London, whatever the clock of the node.
func (s *Site) when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(s.london).Format("2 January 2006, 15:04")
}

func (s *Site) day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(s.london).Format("2 January 2006")
}

func (s *Site) ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	switch days := s.days(t); {
	case days <= 0:
		return "today"
	case days == 1:
		return "yesterday"
	default:
		return fmt.Sprintf("%d days ago", days)
	}
}

// days counts the midnights in London between then and now.
func (s *Site) days(t time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(s.london).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(s.now()).Sub(midnight(t)).Hours() / 24)
}

// dateWords shows a day of the registry (YYYY-MM-DD).
func dateWords(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}

// openWords says how long a survey is open. The closing date is a plan: the
// survey ends when it is closed.
func (s *Site) openWords(c survey.Campaign) string {
	switch {
	case c.State == survey.CampaignPlanned:
		return "not open yet"
	case c.State != survey.CampaignOpen:
		return "closed"
	case c.Closes == "":
		return "open"
	case c.Closes < s.now().In(s.london).Format(time.DateOnly):
		return "still open; it was to close on " + dateWords(c.Closes)
	}
	return "open until " + dateWords(c.Closes)
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
	if t, ok := claimTags[state]; ok {
		return t
	}
	return tag{"Free", "nhsuk-tag--white"}
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

func reasonWords(code survey.ReasonCode) string {
	if text, ok := reasonTexts[code]; ok {
		return text
	}
	return string(code)
}

var kindTexts = map[survey.OrganisationKind]string{
	survey.KindCompany: "Company", survey.KindCharity: "Charity", survey.KindNHS: "NHS organisation", survey.KindUniversity: "University",
	survey.KindPublic: "Other public body", survey.KindIndividual: "Individual innovator", survey.KindOther: "Other organisation",
}

func kindWords(kind survey.OrganisationKind) string {
	if text, ok := kindTexts[kind]; ok {
		return text
	}
	return "Organisation"
}

// labelOf returns what tables call a key of a breakdown.
func labelOf(dimension survey.Dimension, key string) string {
	for _, o := range survey.BreakdownKeys(dimension) {
		if o.Code == key {
			return o.Label
		}
	}
	if key == "" {
		return "Not known"
	}
	return key
}

// plural writes a number with its noun: "1 answer", "2 answers", and "2
// companies" of "company".
func plural(n int, noun string) string {
	text := survey.UnitCount.Amount(int64(n))
	switch {
	case n == 1:
		return text + " " + noun
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay"):
		return text + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return text + " " + noun + "s"
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
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

// questionNumbers turns the ids that the rules of the questionnaire name, such
// as (q04), into words.
var questionNumbers = regexp.MustCompile(`\bq0?(\d{1,2})\b`)

// quotedText finds text that an error repeats from what was sent (%q).
var quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func humanQuestion(text string) string { return questionNumbers.ReplaceAllString(text, "question $1") }
