package sheet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ahsn-network/tracker/store/survey"
)

// Field is the meaning of a column.
type Field string

const (
	FieldName       Field = "name"           // the name on the date of the list
	FieldCurrent    Field = "current name"   // the name in the public register since
	FieldPrevious   Field = "previous names" // several separated by "; ", as exports write them
	FieldNumber     Field = "company number" // Companies House
	FieldIdentifier Field = "identifier"     // scheme:id, several separated by spaces, commas or semicolons
	FieldCharity    Field = "charity number"
	FieldODS        Field = "ODS code"
	FieldProvider   Field = "UKPRN"
	FieldPostcode   Field = "postcode"
	FieldSize       Field = "size"
	FieldSIC        Field = "SIC codes"
	FieldSector     Field = "sector"
	FieldAsOf       Field = "date"    // on which the name was reported
	FieldSharing    Field = "sharing" // of answers: may the AHSNs that gave support see them
)

// Fields of lists of organisations alone: in other lists these words mean something else.
const (
	FieldKind       Field = "kind"
	FieldLead       Field = "lead region"
	FieldSupporting Field = "supporting regions" // several separated by spaces, commas or semicolons
	FieldStatus     Field = "status"             // of the public register
	FieldMerged     Field = "merged into"
	FieldExported   Field = "as exported"
)

// ExportedColumn is the name of the column that repeats the other cells of an exported row.
const ExportedColumn = "As exported (do not edit)"

// registered are the headers of the fields of lists of organisations alone, folded.
var registered = map[Field][]string{
	FieldKind:       {"kind", "organisationkind", "organizationkind", "kindoforganisation"},
	FieldLead:       {"leadregion", "leadahsn", "lead"},
	FieldSupporting: {"supportingregions", "supportedby", "supportingahsns"},
	FieldStatus:     {"status", "companystatus", "organisationstatus"},
	FieldMerged:     {"mergedinto"},
	FieldExported:   {"asexporteddonotedit"},
}

// spellings are the headers of each field, folded by foldHeader. EmployerId of the published lists
// is the publisher's own counter and deliberately stands for nothing. So do addresses: only a
// postcode column gives a district.
var spellings = map[Field][]string{
	FieldName: {"employername", "companyname", "organisationname", "organizationname", "organisation", "organization",
		"company", "name", "businessname", "employer", "business", "nameofcompany", "nameoforganisation",
		"nameoforganization", "legalname", "registeredname", "accountname", "companyororganisation", "companyorganisation"},
	FieldCurrent:  {"currentname", "currentcompanyname", "namenow"},
	FieldPrevious: {"previousnames", "previousname", "formernames", "formername"},
	FieldNumber: {"companynumber", "companyno", "companynum", "companynr", "crn", "registrationnumber", "registrationno",
		"companyregistrationnumber", "companyregistrationno", "companyregnumber", "companyregno", "regno", "regnumber",
		"companieshousenumber", "companieshouseno", "companieshouseregistrationnumber", "chnumber", "chno",
		"registeredcompanynumber", "registeredcompanyno", "registerednumber", "registeredno"},
	FieldIdentifier: {"identifier", "identifiers", "orgid", "organisationidentifier", "organizationidentifier"},
	FieldCharity: {"charitynumber", "charityno", "registeredcharitynumber", "registeredcharityno",
		"charityregistrationnumber"},
	FieldODS:      {"odscode", "ods", "nhsodscode", "nhscode"},
	FieldProvider: {"ukprn"},
	FieldPostcode: {"postcode", "postalcode", "postcodedistrict", "zip"},
	FieldSize: {"employersize", "companysize", "organisationsize", "size", "sizeband", "employees", "numberofemployees",
		"noofemployees", "employeeband", "headcount", "staff", "numberofstaff"},
	FieldSIC:    {"siccodes", "siccode", "sic", "sic2007", "sics"},
	FieldSector: {"sector"},
	FieldAsOf:   {"datesubmitted", "submitteddate", "asof", "nameasof", "asofdate", "dateofname"},
}

// Mapping says which column holds which field.
type Mapping struct {
	columns map[Field]int
	header  []string
	// Today, if set (YYYY-MM-DD), makes later dates a warning: a name from the future would win
	// over every true one.
	Today string
}

// RecognizeOrganisations finds the columns of a list of organisations, in any order. It returns an
// error for a list without a name column and for two columns that could hold one field, and says
// how to name them.
func RecognizeOrganisations(header []string) (Mapping, error) {
	m, err := recognise(header, spellings, registered)
	if err != nil {
		return Mapping{}, err
	}
	if !m.Has(FieldName) && !m.Has(FieldCurrent) {
		return Mapping{}, fmt.Errorf("no column holds the name: call it EmployerName, Company name or Organisation "+
			"(the columns are %s)", quoteAll(header))
	}
	return m, nil
}

// RecognizeIdentifiers finds the columns of a list that names organisations by number, for example
// to claim them. It returns an error for a list without any number.
func RecognizeIdentifiers(header []string) (Mapping, error) {
	m, err := recognise(header, spellings)
	if err != nil {
		return Mapping{}, err
	}
	if !slices.ContainsFunc([]Field{FieldNumber, FieldIdentifier, FieldCharity, FieldODS, FieldProvider}, m.Has) {
		return Mapping{}, fmt.Errorf("no column holds a number: call it Company number or Identifier "+
			"(the columns are %s)", quoteAll(header))
	}
	return m, nil
}

// RecognizeWho finds the columns that say which organisation a row is about, by number or by name.
// It returns an error for a list without any.
func RecognizeWho(header []string) (Mapping, error) {
	m, err := recognise(header, spellings)
	if err != nil {
		return Mapping{}, err
	}
	if !m.named() {
		return Mapping{}, unnamed(header, "")
	}
	return m, nil
}

func recognise(header []string, tables ...map[Field][]string) (Mapping, error) {
	m := Mapping{columns: make(map[Field]int), header: slices.Clone(header)}
	for i, name := range header {
		field, ok := fieldOf(name, tables...)
		if !ok {
			continue
		}

		if before, taken := m.columns[field]; taken {
			return Mapping{}, ambiguous(header, before, i, string(field), "")
		}
		m.columns[field] = i
	}
	return m, nil
}

// orMap is the remedy that also a person with a mapping has.
const orMap = ", or say in a mapping which"

// ambiguous is the error for two columns that could both hold one field.
func ambiguous(header []string, before, i int, field, remedy string) error {
	return fmt.Errorf("columns %d (%s) and %d (%s) could both be the %s: rename or remove one%s",
		before+1, quote(header[before]), i+1, quote(header[i]), field, remedy)
}

// unnamed is the error for a list that does not say which organisations its
// rows are about.
func unnamed(header []string, remedy string) error {
	return fmt.Errorf("no column says which organisation a row is about: call it Company number, Identifier "+
		"or Organisation%s (the columns are %s)", remedy, quoteAll(header))
}

func fieldOf(header string, tables ...map[Field][]string) (Field, bool) {
	folded := foldHeader(header)
	for _, table := range tables {
		for field, names := range table {
			if slices.Contains(names, folded) {
				return field, true
			}
		}
	}
	return "", false
}

// foldHeader keeps only letters and digits, in lower case, and turns # into "number".
func foldHeader(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r == '#':
			b.WriteString("number")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Has reports whether a column holds the field.
func (m Mapping) Has(field Field) bool {
	_, ok := m.columns[field]
	return ok
}

// Column returns the header's name of the field's column, "" without one.
func (m Mapping) Column(field Field) string {
	if i, ok := m.columns[field]; ok {
		return m.header[i]
	}
	return ""
}

// Ignored returns the columns that hold nothing of use here, in the file's order.
func (m Mapping) Ignored() []string {
	fields := make([]string, len(m.header))
	for field, i := range m.columns {
		fields[i] = string(field)
	}
	return ignored(m.header, fields)
}

// ignored returns the names of the columns that hold no field.
func ignored(header, fields []string) []string {
	var names []string
	for i, field := range fields {
		if field == "" {
			names = append(names, header[i])
		}
	}
	return names
}

// String returns the mapping as people read it: field = column.
func (m Mapping) String() string {
	var parts []string
	for i, name := range m.header {
		for field, column := range m.columns {
			if column == i {
				parts = append(parts, fmt.Sprintf("%s = %s", field, quote(name)))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// cell returns the trimmed cell of a field.
func (m Mapping) cell(row Row, field Field) string {
	i, ok := m.columns[field]
	if !ok || i >= len(row.Cells) {
		return ""
	}
	return cleanSpaces(row.Cells[i])
}

// cleanSpaces turns every run of white space, no-break spaces included, into one space and trims
// the text.
func cleanSpaces(s string) string { return strings.Join(strings.Fields(s), " ") }

// quotedRunes is how many characters of a cell a message repeats.
const quotedRunes = 40

func quote(s string) string {
	return fmt.Sprintf("%q", survey.Clip(s, quotedRunes))
}

// quotedColumns is how many columns a message repeats.
const quotedColumns = 12

func quoteAll(header []string) string {
	var names []string
	for _, h := range header[:min(len(header), quotedColumns)] {
		names = append(names, quote(h))
	}
	if len(header) > quotedColumns {
		names = append(names, fmt.Sprintf("and %d more", len(header)-quotedColumns))
	}
	return strings.Join(names, ", ")
}
