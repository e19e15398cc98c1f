package survey

import (
	"regexp"
	"strings"
)

// Stakeholders is one version of the survey of the people and bodies that work with a region: the
// statements that they agree with or not. A result is the number of answers and the number of
// positive ones (the top two of five points). The definitions name the statements that figures are
// made of.
type Stakeholders struct {
	ID         string   `json:"id"` // ss-1
	Title      string   `json:"title"`
	Statements []Option `json:"statements"`
}

const maxStatements = 60

var (
	stakeholdersName = regexp.MustCompile(`^ss-[1-9][0-9]{0,2}$`)
	statementName    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`) // part of a metric's name
)

// fieldStatement is the field of a result that names its statement.
const fieldStatement = "question"

// stakeholdersOne is ss-1, the survey of the software.
func stakeholdersOne() Stakeholders {
	return Stakeholders{ID: "ss-1", Title: "Stakeholder survey", Statements: pairs(
		"recommend", "Would recommend working with the AHSN",
		"valuable", "Found the AHSN's support valuable",
		"understand", "Understands the AHSN's role",
		"priorities", "Sees local priorities reflected in its work",
		"network", "Finds that it brings the right partners together",
		"achieve", "Could achieve more than without it",
	)}
}

func (s Stakeholders) check() error {
	wrong := faults("stakeholders' survey " + clip(s.ID))
	switch {
	case !stakeholdersName.MatchString(s.ID):
		return wrong("its id is ss- and a number")
	case strings.TrimSpace(s.Title) == "":
		return wrong("it has no title")
	case len(s.Statements) == 0 || len(s.Statements) > maxStatements:
		return wrong("it has %d statements, of 1 to %d", len(s.Statements), maxStatements)
	}

	seen := map[string]bool{}
	for _, o := range s.Statements {
		if !statementName.MatchString(o.Code) || strings.TrimSpace(o.Label) == "" || seen[o.Code] {
			return wrong("statement %s has no code, no label, or stands there twice", clip(o.Code))
		}
		seen[o.Code] = true
	}
	return nil
}
