package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Fields of a national workbook besides those of organisations.
const (
	FieldHolder  Field = "holder"
	FieldState   Field = "state"
	FieldDate    Field = "last surveyed"
	FieldOutcome Field = "outcome"
)

// workbookSpellings are the folded headers of these fields. A header that could also be the date of
// a name has the workbook's meaning.
var workbookSpellings = map[Field][]string{
	FieldHolder: {"holder", "heldby", "ahsn", "surveyedby", "claimedby", "leadahsn", "region", "reportedasheldby"},
	FieldState:  {"state", "status", "surveystate", "surveystatus"},
	FieldDate: {"date", "lastsurveyed", "datesurveyed", "surveydate", "datecontacted", "datesubmitted",
		"lastcontacted"},
	FieldOutcome: {"outcome", "result", "response", "surveyoutcome"},
}

// Workbook says which column of an old national workbook holds which field: the organisation, the
// region that surveyed it, and the outcome.
type Workbook struct {
	Mapping
	columns map[Field]int
}

// WorkbookRow holds the fields of one row besides the organisation. Date is YYYY-MM-DD or empty.
type WorkbookRow struct {
	Holder               survey.Region
	State, Date, Outcome string
}

// RecognizeWorkbook finds the columns of a national workbook. It returns an error for one without a
// name or a holder.
func RecognizeWorkbook(header []string) (Workbook, error) {
	w := Workbook{columns: map[Field]int{}}
	rest := slices.Clone(header)
	for i, name := range header {
		for field, names := range workbookSpellings {
			if !slices.Contains(names, foldHeader(name)) {
				continue
			}
			if before, twice := w.columns[field]; twice {
				return w, ambiguous(header, before, i, string(field), "")
			}
			w.columns[field] = i
			rest[i] = ""
		}
	}

	if _, ok := w.columns[FieldHolder]; !ok {
		return w, fmt.Errorf("no column says which region surveyed a company: call it Held by, AHSN or Holder "+
			"(the columns are %s)", quoteAll(header))
	}

	// The other columns are read as those of any list of organisations.
	var err error
	w.Mapping, err = RecognizeOrganisations(rest)
	w.header = header
	return w, err
}

// String returns the mapping as people read it: field = column.
func (w Workbook) String() string {
	text := w.Mapping.String()
	for _, field := range []Field{FieldHolder, FieldState, FieldDate, FieldOutcome} {
		if i, ok := w.columns[field]; ok {
			text += fmt.Sprintf(", %s = %s", field, quote(w.header[i]))
		}
	}
	return text
}

// Row reads the fields of a row besides the organisation.
func (w Workbook) Row(row Row) (WorkbookRow, []Problem) {
	cell := func(field Field) string {
		if i, ok := w.columns[field]; ok && i < len(row.Cells) {
			return cleanSpaces(Unescape(strings.TrimSpace(row.Cells[i])))
		}
		return ""
	}

	said := WorkbookRow{State: cell(FieldState), Outcome: cell(FieldOutcome)}
	var problems []Problem

	holder, ok := survey.RegionNamed(cell(FieldHolder))
	if !ok {
		problems = append(problems, row.Problem(w.header[w.columns[FieldHolder]], Refused,
			"%s is not a region: give its code or its name", quote(cell(FieldHolder))))
	}
	said.Holder = holder

	if text := cell(FieldDate); text != "" {
		var err error
		if said.Date, err = parseDate(text); err != nil {
			problems = append(problems, row.Problem(w.header[w.columns[FieldDate]], Refused, "%v", err))
		}
	}
	return said, problems
}

// steps are the words of old workbooks for the steps of a claim, folded.
var steps = map[survey.ClaimAction][]string{
	survey.ActionContact: {"contacted", "inprogress", "emailed", "sent", "invited", "chased", "awaitingresponse",
		"responded", "completed", "complete", "surveyed", "replied", "returned", "answered"},
	survey.ActionDecline:     {"declined", "refused", "optedout", "doesnotwant", "no"},
	survey.ActionUnreachable: {"unreachable", "noreply", "noresponse", "bounced", "nocontact", "wrongcontact"},
	survey.ActionIneligible:  {"ineligible", "dissolved", "notsupported", "outofscope", "closed", "notapplicable"},
}

// Step returns the step that the row's state, or else its outcome, stands for, or "". A company
// that answered counts as contacted: the answers come in a list of their own.
func (r WorkbookRow) Step() survey.ClaimAction {
	for _, text := range []string{r.State, r.Outcome} {
		for action, words := range steps {
			if slices.Contains(words, foldHeader(text)) {
				return action
			}
		}
	}
	return ""
}
