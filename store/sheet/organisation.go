package sheet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxNameRunes bounds a name; the longest name in the public register has 160.
const maxNameRunes = 200

// noNumber are the words with which people say that there is no number.
var noNumber = []string{"-", "--", "0", "n/a", "na", "nil", "none", "not applicable", "not known", "not provided",
	"no number", "tbc", "unknown", "#n/a"}

// spreadsheetDecimal matches a number column that a spreadsheet turned into decimals, such as
// 7209813.0.
var spreadsheetDecimal = regexp.MustCompile(`^(\d+)\.0+$`)

// Organisation reads one row. After a problem of severity Refused the organisation must not be
// used; warnings say which cells were left out or changed.
//
// CurrentName is the name if it truly differs from EmployerName, which then becomes a previous
// name. Both have the date of the row. A row without a number asks to be matched by its name key. A
// number of an unusual form is a warning, never a refusal. A size, sector or district that is not
// certain stays empty.
func (m Mapping) Organisation(row Row) (survey.NewOrganisation, []Problem) {
	o := survey.NewOrganisation{}
	problems := slices.Clone(row.Problems)
	add := func(p ...Problem) { problems = append(problems, p...) }

	ids, found := m.Identifiers(row)
	o.Identifiers = ids
	o.Match = len(ids) == 0
	if len(ids) > 0 {
		o.Kind = ids[0].Kind()
	}
	add(found...)
	add(m.codes(row, &o)...)

	date, found := m.asOf(row)
	add(found...)
	o.NameAsOf = date
	add(m.names(row, &o)...)

	var warning string
	if o.Postcode, warning = district(m.cell(row, FieldPostcode)); warning != "" {
		add(m.problem(row, FieldPostcode, Warning, "%s", warning))
	}
	if o.SizeBand, warning = sizeBand(m.cell(row, FieldSize)); warning != "" {
		add(m.problem(row, FieldSize, Warning, "%s", warning))
	}

	// A column of sectors wins over the industry codes, which say it only roughly.
	o.Sector = sectorOfSIC(m.cell(row, FieldSIC))
	if text := m.cell(row, FieldSector); text != "" {
		sector := survey.Sector(strings.ToLower(text))
		if slices.Contains(survey.Sectors(), sector) {
			o.Sector = sector
		} else {
			add(m.problem(row, FieldSector, Warning, "%s is not a sector of the survey: left empty", quote(text)))
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
			problems = append(problems, m.problem(row, field, Warning,
				"invisible or damaged characters were removed from the name: check it"))
		}
		if len([]rune(name)) > maxNameRunes {
			problems = append(problems, m.problem(row, field, Refused, "the name is longer than %d characters", maxNameRunes))
		}
		return name
	}

	// A list may have only the name that the register has now.
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

	// A new spelling of the same name is no new name.
	o.Name = name
	if key := survey.NameKey(current); key != "" && key != survey.NameKey(name) {
		o.Name = current
		o.PreviousNames = []survey.NameSince{{Name: name, AsOf: o.NameAsOf}}
	}
	return append(problems, m.previous(row, o)...)
}

// previous adds the names that the list itself calls previous. The list does not have their dates.
func (m Mapping) previous(row Row, o *survey.NewOrganisation) []Problem {
	for text := range strings.SplitSeq(m.cell(row, FieldPrevious), "; ") {
		name := survey.CleanName(text)
		known := name == o.Name || slices.Contains(nameTexts(o.PreviousNames), name)
		switch {
		case survey.NameKey(name) == "" || known:
		case len([]rune(name)) > maxNameRunes:
			return []Problem{m.problem(row, FieldPrevious, Refused, "a previous name is longer than %d characters",
				maxNameRunes)}
		default:
			o.PreviousNames = append(o.PreviousNames, survey.NameSince{Name: name})
		}
	}
	return nil
}

// Identifiers reads the numbers of one row, each once, with the company number first. A row without
// any is no problem.
func (m Mapping) Identifiers(row Row) ([]survey.Identifier, []Problem) {
	var ids []survey.Identifier
	var problems []Problem
	take := func(field Field, text string, parse func(string) (survey.Identifier, error)) {
		if text == "" {
			return
		}
		if slices.Contains(noNumber, strings.ToLower(text)) || strings.Trim(text, "0") == "" {
			problems = append(problems, m.problem(row, field, Warning, "%s is taken as no number", quote(text)))
			return
		}

		id, err := parse(text)
		if err != nil {
			problems = append(problems, m.problem(row, field, Refused, "%s", survey.Detail(err)))
			return
		}

		if id.Class() == survey.IdentifierChecking {
			problems = append(problems, m.problem(row, field, Warning,
				"%s does not look like a Companies House number: check it", id.ID()))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}

	// A spreadsheet may have turned the number into a decimal.
	number := m.cell(row, FieldNumber)
	if whole := spreadsheetDecimal.FindStringSubmatch(number); whole != nil {
		number = whole[1]
	}
	take(FieldNumber, number, parseNumber)

	separates := func(r rune) bool { return r == ';' || r == ',' || r == ' ' }
	for _, text := range strings.FieldsFunc(m.cell(row, FieldIdentifier), separates) {
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

// parseNumber reads a company number, with or without its scheme.
func parseNumber(text string) (survey.Identifier, error) {
	if strings.Contains(text, ":") {
		return survey.ParseIdentifier(text)
	}
	return survey.ParseCompanyNumber(text)
}
