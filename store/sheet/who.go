package sheet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Who says which organisation a row is about: its identifiers, or else its
// name. Name is empty if the row has an identifier.
type Who struct {
	Identifiers []survey.Identifier
	Name        string
}

// whoFields are the fields that say so.
var whoFields = []Field{FieldNumber, FieldIdentifier, FieldCharity, FieldODS, FieldProvider, FieldName}

// bareNumber is a company number that stands where a name may stand.
var bareNumber = regexp.MustCompile(`^(?:[0-9]{6,8}|[A-Za-z]{2}[0-9]{6})$`)

// Who reads whom a row is about. A column that is called Organisation may hold
// an identifier, a company number or the name.
func (m Mapping) Who(row Row) (Who, []Problem) {
	ids, problems := m.Identifiers(row)
	if len(ids) > 0 {
		return Who{Identifiers: ids}, problems
	}
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

// WhoCells returns the row's cells that say whom it is about, as they are, one
// after the other: rows with the same cells are about the same organisation.
func (m Mapping) WhoCells(row Row) string {
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

// named reports whether the list has a column that says whom a row is about.
func (m Mapping) named() bool { return slices.ContainsFunc(whoFields, m.Has) }

// fieldNamed finds a field of whoFields by the name that messages and saved
// mappings use.
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

// whoLabel is what a mapping calls the field. The organisation's name is not
// called so: a contact has a name too.
func whoLabel(field Field) string {
	if field == FieldName {
		return "organisation"
	}
	return string(field)
}
