package sheet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxNameRunes bounds a name; the longest in the public register has 160.
const maxNameRunes = 200

// noNumber are the ways in which people say that there is none.
var noNumber = []string{"-", "--", "0", "n/a", "na", "nil", "none", "not applicable", "not known", "not provided", "no number", "tbc", "unknown", "#n/a"}

// spreadsheetDecimal is what a spreadsheet makes of a number column: 7209813.0
var spreadsheetDecimal = regexp.MustCompile(`^(\d+)\.0+$`)

// Organisation reads one row. With a problem of severity Refused the
// organisation is not to be used; warnings say what was left out or changed.
//
// The name is CurrentName where there is one that truly differs, and then
// EmployerName becomes a previous name; both carry the date of the row. A
// blank number is none, and such a row asks to be matched by its name key. A
// number of an unusual form is a warning, never a refusal. What is not certain
// (size, sector, district) stays empty.
func (m Mapping) Organisation(row Row) (survey.NewOrganisation, []Problem) {
	o := survey.NewOrganisation{}
	problems := slices.Clone(row.Problems)
	add := func(p ...Problem) { problems = append(problems, p...) }

	ids, found := m.Identifiers(row)
	o.Identifiers = ids
	o.Match = len(ids) == 0
	o.Kind = kindOf(ids)
	add(found...)
	add(m.codes(row, &o)...)

	date, found := m.asOf(row)
	add(found...)
	o.NameAsOf = date
	add(m.names(row, &o)...)

	var warning string
	if o.Postcode, warning = district(m.cell(row, FieldPostcode)); warning != "" {
		add(row.Problem(m.Column(FieldPostcode), Warning, "%s", warning))
	}
	if o.SizeBand, warning = sizeBand(m.cell(row, FieldSize)); warning != "" {
		add(row.Problem(m.Column(FieldSize), Warning, "%s", warning))
	}
	o.Sector = sectorOfSIC(m.cell(row, FieldSIC))
	if text := m.cell(row, FieldSector); text != "" {
		sector := survey.Sector(strings.ToLower(text))
		if slices.Contains(survey.Sectors(), sector) {
			o.Sector = sector
		} else {
			add(row.Problem(m.Column(FieldSector), Warning, "%s is not a sector of the survey: left empty", quote(text)))
		}
	}
	return o, problems
}

// names fills in Name and PreviousNames.
func (m Mapping) names(row Row, o *survey.NewOrganisation) []Problem {
	var problems []Problem
	clean := func(field Field) string {
		text := Unescape(m.cell(row, field))
		name := survey.CleanName(text)
		if name != text {
			problems = append(problems, row.Problem(m.Column(field), Warning, "invisible or damaged characters were removed from the name: check it"))
		}
		if len([]rune(name)) > maxNameRunes {
			problems = append(problems, row.Problem(m.Column(field), Refused, "the name is longer than %d characters", maxNameRunes))
		}
		return name
	}
	name, current := clean(FieldName), clean(FieldCurrent)
	if name == "" {
		name, current = current, ""
	}
	if survey.NameKey(name) == "" {
		column := m.Column(FieldName)
		if column == "" {
			column = m.Column(FieldCurrent)
		}
		return append(problems, row.Problem(column, Refused, "the name is blank or has no letter or digit"))
	}
	o.Name = name
	if key := survey.NameKey(current); key != "" && key != survey.NameKey(name) {
		o.Name = current
		o.PreviousNames = []survey.NameSince{{Name: name, AsOf: o.NameAsOf}}
	}
	return append(problems, m.previous(row, o)...)
}

// previous adds the names that the list itself calls previous. Their dates are
// not in it.
func (m Mapping) previous(row Row, o *survey.NewOrganisation) []Problem {
	for text := range strings.SplitSeq(m.cell(row, FieldPrevious), "; ") {
		name := survey.CleanName(text)
		known := name == o.Name || slices.ContainsFunc(o.PreviousNames, func(p survey.NameSince) bool { return p.Name == name })
		switch {
		case survey.NameKey(name) == "" || known:
		case len([]rune(name)) > maxNameRunes:
			return []Problem{row.Problem(m.Column(FieldPrevious), Refused, "a previous name is longer than %d characters", maxNameRunes)}
		default:
			o.PreviousNames = append(o.PreviousNames, survey.NameSince{Name: name})
		}
	}
	return nil
}

// Identifiers reads the numbers of one row: the company number first, then
// what else there is, each once. None at all is no problem.
func (m Mapping) Identifiers(row Row) ([]survey.Identifier, []Problem) {
	var ids []survey.Identifier
	var problems []Problem
	take := func(field Field, text string, parse func(string) (survey.Identifier, error)) {
		if text == "" {
			return
		}
		if slices.Contains(noNumber, strings.ToLower(text)) || strings.Trim(text, "0") == "" {
			problems = append(problems, row.Problem(m.Column(field), Warning, "%s is taken as no number", quote(text)))
			return
		}
		id, err := parse(text)
		if err != nil {
			problems = append(problems, row.Problem(m.Column(field), Refused, "%s", survey.Detail(err)))
			return
		}
		if id.Class() == survey.IdentifierChecking {
			problems = append(problems, row.Problem(m.Column(field), Warning, "%s does not look like a Companies House number: check it", id.ID()))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	number := m.cell(row, FieldNumber)
	if whole := spreadsheetDecimal.FindStringSubmatch(number); whole != nil {
		number = whole[1]
	}
	take(FieldNumber, number, parseNumber)
	for _, text := range strings.FieldsFunc(m.cell(row, FieldIdentifier), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		take(FieldIdentifier, text, survey.ParseIdentifier)
	}
	for _, other := range []struct {
		field  Field
		scheme string
	}{{FieldCharity, survey.SchemeCharity}, {FieldODS, survey.SchemeNHS}, {FieldProvider, survey.SchemeProvider}} {
		take(other.field, m.cell(row, other.field), func(text string) (survey.Identifier, error) {
			return survey.ParseIdentifier(other.scheme + ":" + strings.ReplaceAll(text, " ", ""))
		})
	}
	return ids, problems
}

// parseNumber reads a company number that may already carry its scheme.
func parseNumber(text string) (survey.Identifier, error) {
	if strings.Contains(text, ":") {
		return survey.ParseIdentifier(text)
	}
	return survey.ParseCompanyNumber(text)
}

// kindOf says what sort of organisation the registers are of; nothing when
// there is no number.
func kindOf(ids []survey.Identifier) survey.OrganisationKind {
	if len(ids) == 0 {
		return ""
	}
	switch ids[0].Scheme() {
	case survey.SchemeCompany:
		return survey.KindCompany
	case survey.SchemeCharity:
		return survey.KindCharity
	case survey.SchemeNHS:
		return survey.KindNHS
	}
	return ""
}
