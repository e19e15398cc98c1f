package sheet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Who says which organisation a row is about: its identifiers, or else its name. Name is empty if
// the row has an identifier.
type Who struct {
	Identifiers []survey.Identifier
	Name        string
}

// whoFields are the fields that identify an organisation.
var whoFields = []Field{FieldNumber, FieldIdentifier, FieldCharity, FieldODS, FieldProvider, FieldName}

// bareNumber matches a company number in the place of a name.
var bareNumber = regexp.MustCompile(`^(?:[0-9]{6,8}|[A-Za-z]{2}[0-9]{6})$`)

// Who reads which organisation a row is about. A column called Organisation may hold an identifier,
// a company number or the name.
func (m Mapping) Who(row Row) (Who, []Problem) {
	ids, problems := m.Identifiers(row)
	if len(ids) > 0 {
		return Who{Identifiers: ids}, problems
	}

	// People write numbers into the column of the name too.
	name := m.cell(row, FieldName)
	if id, err := survey.ParseIdentifier(name); err == nil {
		return Who{Identifiers: []survey.Identifier{id}}, problems
	}

	if bareNumber.MatchString(name) {
		if id, err := survey.ParseCompanyNumber(name); err == nil {
			return Who{Identifiers: []survey.Identifier{id}}, problems
		}
	}

	if name = survey.CleanName(name); survey.NameKey(name) == "" {
		if !AnyRefused(problems) {
			problems = append(problems, row.Problem("", Refused, "the row does not say which organisation it is about"))
		}
		return Who{}, problems
	}
	return Who{Name: name}, problems
}

// WhoCells joins the cells that identify the organisation, as they are. Rows with the same result
// are about the same organisation.
func (m Mapping) WhoCells(row Row) string {
	// The field's name stands between, so that the same text in another column is another key.
	cells := ""
	for _, field := range whoFields {
		if i, ok := m.columns[field]; ok && i < len(row.Cells) {
			if cells += row.Cells[i]; len(m.columns) > 1 {
				cells += "\n" + string(field) + "\n"
			}
		}
	}
	return cells
}

// named reports whether a column of the list identifies the organisation.
func (m Mapping) named() bool { return slices.ContainsFunc(whoFields, m.Has) }

// fieldNamed finds a field of whoFields by the name that messages and saved mappings use.
func fieldNamed(name string) (Field, bool) {
	at := slices.IndexFunc(whoFields, func(f Field) bool { return strings.EqualFold(string(f), name) })

	if at < 0 && strings.EqualFold(name, "organisation") {
		return FieldName, true
	}
	if at < 0 {
		return "", false
	}
	return whoFields[at], true
}

// whoLabel returns the name of the field in a mapping. The name of the organisation is not called
// "name", because a contact has a name too.
func whoLabel(field Field) string {
	if field == FieldName {
		return "organisation"
	}
	return string(field)
}
