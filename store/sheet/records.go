package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// RecordColumns says which column of a list holds which field of a kind of record.
type RecordColumns struct {
	Mapping   // of the organisation
	kind      survey.RecordType
	region    survey.Region
	saved     Saved
	fields    []string           // by column; "" for none
	kinds     []survey.FieldKind // of these fields
	reference int                // column of the other system's own number, -1 without one
	record    int                // column of the record's own id, as exports have it, -1 without one
}

// RecordColumn is the name that exports give the column with a record's own id. A list with this
// column changes those records.
const RecordColumn = "Record"

// referenceSpellings are the names that other systems give their own number of a row.
var referenceSpellings = []string{"reference", "ref", "id", "recordid", "uniqueid", "crmid", "externalid",
	"interactionid", "engagementid", "contactid"}

// RecognizeRecords finds the columns of a list of one kind of records, by the saved mapping first
// and then by their names. A region's own columns begin with its code, as in otv.lep. It returns an
// error, which says how to name the column, for a list without a required column, for two columns
// that could hold one field, and for a mapping that names columns or fields that do not exist.
func RecognizeRecords(kind survey.RecordType, region survey.Region, header []string, saved Saved) (
	RecordColumns, error) {
	c := RecordColumns{kind: kind, region: region, saved: saved, reference: -1, record: -1,
		fields: make([]string, len(header)), kinds: make([]survey.FieldKind, len(header)),
		Mapping: Mapping{columns: map[Field]int{}, header: slices.Clone(header)}}
	if err := saved.check(header); err != nil {
		return c, err
	}

	_, about := kind.Field("organisation")
	taken := map[string]int{}
	for i, name := range header {
		target, err := c.target(name, about)
		if err != nil {
			return c, err
		}
		if target == "" {
			continue
		}

		if before, twice := taken[target]; twice {
			return c, ambiguous(header, before, i, target, orMap)
		}
		taken[target] = i
		if field, ok := fieldNamed(target); ok && about && !c.own(target) {
			c.columns[field] = i
		} else if target == "reference" {
			c.reference = i
		} else if target == "record" {
			c.record = i
		} else {
			c.fields[i] = target
			field, _ := kind.Field(target) // none: one of the region's own
			c.kinds[i] = field.Kind
		}
	}
	return c, c.missing(about)
}

// own reports whether the field is one of the kind's own: the "name" of a contact is not the
// organisation's.
func (c RecordColumns) own(name string) bool {
	_, known := c.kind.Field(name)
	return known && name != "organisation"
}

// target returns the field of a column: one of the kind, one of the organisation, "reference", or
// "" for none.
func (c RecordColumns) target(header string, about bool) (string, error) {
	folded := foldHeader(header)
	if named, ok := c.saved.column(header); ok {
		_, known := c.kind.Field(named)
		_, who := fieldNamed(named)
		switch {
		case named == ignore:
			return "", nil
		case known, who && about, named == "reference", strings.HasPrefix(named, string(c.region)+"."):
			return named, nil
		}
		return "", fmt.Errorf("the mapping gives column %s the field %s, which %s do not have",
			quote(header), quote(named), c.kind.Kind)
	}
	if strings.HasPrefix(strings.ToLower(header), string(c.region)+".") {
		return strings.ToLower(header), nil
	}
	if folded == foldHeader(RecordColumn) {
		return "record", nil
	}
	for _, f := range c.kind.Fields {
		// Exact names come before the organisation's and both before looser spellings, so that the
		// most specific meaning wins.
		if f.Name != "organisation" && (folded == foldHeader(f.Name) || folded == foldHeader(f.Label)) {
			return f.Name, nil
		}
	}
	if field, ok := fieldOf(header, spellings); ok && about && slices.Contains(whoFields, field) && folded != "name" {
		return whoLabel(field), nil
	}
	for _, f := range c.kind.Fields {
		if slices.Contains(f.Spellings, folded) {
			return f.Name, nil
		}
	}
	if slices.Contains(referenceSpellings, folded) {
		return "reference", nil
	}
	return "", nil
}

func (c RecordColumns) missing(about bool) error {
	for _, f := range c.kind.Fields {
		found := slices.Contains(c.fields, f.Name)
		if f.Name == "organisation" {
			found = c.named()
		}

		// The day of a record says its cycle if no column does.
		if f.Required && !found && !(f.Name == "cycle" && c.kind.CycleFrom != "") {
			return fmt.Errorf("no column holds the field %s (%s): call it so, or say in a mapping which column it is "+
				"(the columns are %s)", f.Name, f.Label, quoteAll(c.header))
		}
	}
	return nil
}

// Ignored returns the columns that hold nothing of use here, in the file's order.
func (c RecordColumns) Ignored() []string { return ignored(c.header, c.Fields()) }

// Fields returns the field of each column, "" for those that hold nothing of use here.
func (c RecordColumns) Fields() []string {
	fields := slices.Clone(c.fields)
	for field, column := range c.columns {
		fields[column] = whoLabel(field)
	}
	if c.reference >= 0 {
		fields[c.reference] = "reference"
	}
	if c.record >= 0 {
		fields[c.record] = "record"
	}
	return fields
}

// ColumnOf returns the name of the column that holds a field of the kind, or the field's own name
// without such a column.
func (c RecordColumns) ColumnOf(field string) string {
	if i := slices.Index(c.fields, field); i >= 0 {
		return c.header[i]
	}
	return field
}

// About reports whether records of the kind are about organisations.
func (c RecordColumns) About() bool {
	_, about := c.kind.Field("organisation")
	return about
}

// Record reads one row. organisation is the one that the row is about, empty for kinds that are
// about none. reference is the other system's own number of the row, if the list has one. The
// record has an id if the list has an export's ids. After a problem of severity Refused the record
// must not be used.
func (c RecordColumns) Record(row Row, organisation survey.Identifier) (
	record survey.Record, reference string, problems []Problem) {
	problems = slices.Clone(row.Problems)
	given := make([]survey.RecordCell, 0, len(c.fields)+1)
	if organisation != "" {
		given = append(given, survey.RecordCell{Field: "organisation", Text: string(organisation)})
	}

	for i, field := range c.fields {
		if field == "" || i >= len(row.Cells) {
			continue
		}
		text := Unescape(strings.TrimSpace(row.Cells[i]))
		if text = c.saved.value(field, text); text == "" {
			continue

		}
		plain, err := c.plain(c.kinds[i], text)
		if err != nil {
			problems = append(problems, row.Problem(c.header[i], Refused, "%v", err))
			continue
		}
		given = append(given, survey.RecordCell{Field: field, Text: plain})
	}

	if AnyRefused(problems) {
		return survey.Record{}, "", problems
	}
	record, faults := survey.ParseRecordCells(c.kind, c.region, given)
	for _, f := range faults {
		problems = append(problems, row.Problem(c.ColumnOf(f.Field), Refused, "%s", f.Message))
	}

	if c.reference >= 0 && c.reference < len(row.Cells) {
		reference = cleanSpaces(row.Cells[c.reference])
	}
	if c.record >= 0 && c.record < len(row.Cells) {
		record.ID = cleanSpaces(row.Cells[c.record])
	}
	return record, reference, problems
}

// plain puts a person's text into the plain form of the field's kind.
func (c RecordColumns) plain(kind survey.FieldKind, text string) (string, error) {
	switch kind {
	case survey.FieldDate:
		return Date(text)
	case survey.FieldMoney, survey.FieldFTE, survey.FieldDecimal:
		return Number(text, 2)
	case survey.FieldCount:
		return Number(text, 0)
	case survey.FieldYesNo:
		if foldHeader(text) == "x" || text == "✓" {
			return "yes", nil
		}
	case survey.FieldWords:
		if !strings.Contains(text, ";") {
			return strings.ReplaceAll(text, ",", ";"), nil
		}
	}
	return text, nil
}
