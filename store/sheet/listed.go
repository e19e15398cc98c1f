package sheet

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// Listed is one row of a list of organisations. New holds the facts that the row reports; for a
// list that was exported here, those that it showed then. Edits are the changes that a person made
// since.
type Listed struct {
	New        survey.NewOrganisation
	Supporting []survey.Region
	MergedInto survey.Identifier
	Exported   bool // it is a row that was exported here
	Edits      []Edit
}

// Edit is one fact that a person changed in an exported list. An edit with a Problem cannot be
// carried out, and nothing is changed.
type Edit struct {
	Field   string // as in the JSON of an organisation
	Column  string
	Was, Is string
	Problem string
}

// Fields of edits that become separate commands.
const (
	EditMergedInto = "merged_into"
	EditSupporting = "supporting_regions"
)

// exportedFields are the columns of an exported list, in the order in which its last column repeats
// them.
var exportedFields = []Field{FieldIdentifier, FieldName, FieldAsOf, FieldSector, FieldSize, FieldPostcode, FieldKind,
	FieldLead, FieldSupporting, FieldStatus, FieldPrevious, FieldMerged}

// Exported returns the last column of an exported row. It repeats the other cells, so that the
// edits are known when the list comes back.
func Exported(cells []string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(cells); err != nil {
		return "" // strings can always be encoded
	}
	return strings.TrimSpace(text.String())
}

// Listed reads one row of a list of organisations as [Mapping.Organisation] does, together with its
// merge and its supporting regions.
func (m Mapping) Listed(row Row) (Listed, []Problem) {
	is, problems := m.stated(row)
	i, ok := m.columns[FieldExported]
	if !ok || i >= len(row.Cells) || strings.TrimSpace(row.Cells[i]) == "" {
		return is, problems // a new row, or a list that was not exported here
	}

	var cells []string
	err := json.Unmarshal([]byte(Unescape(strings.TrimSpace(row.Cells[i]))), &cells)
	if err != nil || len(cells) != len(exportedFields) {
		return is, append(problems, m.problem(row, FieldExported, Refused,
			"the column was changed: export the list again and edit that copy"))
	}

	// The exported cells are read as the row is, because a spreadsheet writes days in its own way.
	before := Row{Number: row.Number, Line: row.Line, Cells: slices.Clone(row.Cells)}
	for k, field := range exportedFields {
		if at, ok := m.columns[field]; ok && at < len(before.Cells) {
			before.Cells[at] = cells[k]
		}
	}
	was, found := m.stated(before)

	if AnyRefused(found) || AnyRefused(problems) {
		return is, problems
	}
	was.Edits, was.Exported = m.edits(row, was, is), true
	return was, problems
}

// stated reads the facts that a row states, whether it was edited or not.
func (m Mapping) stated(row Row) (Listed, []Problem) {
	var l Listed
	var problems, found []Problem
	l.New, problems = m.Organisation(row)
	l.Supporting, found = m.regions(row, FieldSupporting)
	problems = append(problems, found...)

	if text := m.cell(row, FieldMerged); text != "" {
		id, err := survey.ParseIdentifier(text)
		if err != nil {
			problems = append(problems, m.problem(row, FieldMerged, Refused,
				"%s is not an identifier, such as GB-COH:07209813", quote(text)))
		}
		l.MergedInto = id
	}
	return l, problems
}

// edits compares a row with the exported one.
func (m Mapping) edits(row Row, was, is Listed) []Edit {
	a, b := was.New, is.New
	var edits []Edit
	compare := func(name string, field Field, was, is, empty string) {
		if was == is {
			return
		}

		e := Edit{Field: name, Column: m.Column(field), Was: was, Is: is}
		// A warning says already that the word is not known.
		if is == "" && m.cell(row, field) != "" {
			return
		}
		if is == "" {
			e.Problem = empty
		}
		edits = append(edits, e)
	}

	const takesNothing = "an empty cell takes nothing away: write what is true instead"
	compare("name", FieldName, a.Name, b.Name, takesNothing)
	compare("name_as_of", FieldAsOf, a.NameAsOf, b.NameAsOf, takesNothing)
	compare("sector", FieldSector, string(a.Sector), string(b.Sector), takesNothing)
	compare("size_band", FieldSize, string(a.SizeBand), string(b.SizeBand), takesNothing)
	compare("postcode_district", FieldPostcode, a.Postcode, b.Postcode, takesNothing)
	compare("kind", FieldKind, string(a.Kind), string(b.Kind), takesNothing)
	compare("lead_region", FieldLead, string(a.LeadRegion), string(b.LeadRegion),
		"the lead of an organisation is not taken away")
	compare("status", FieldStatus, string(a.Status), string(b.Status), takesNothing)
	compare(EditSupporting, FieldSupporting, survey.List(was.Supporting), survey.List(is.Supporting), takesNothing)
	compare(EditMergedInto, FieldMerged, string(was.MergedInto), string(is.MergedInto),
		"an empty cell undoes no merge: use \"tracker org split\"")

	edits = append(edits, m.longer("identifiers", FieldIdentifier, survey.Codes(a.Identifiers), survey.Codes(b.Identifiers))...)
	before, after := nameTexts(a.PreviousNames), nameTexts(b.PreviousNames)
	return append(edits, m.longer("previous_names", FieldPrevious, before, after)...)
}

// longer compares lists that can only grow.
func (m Mapping) longer(name string, field Field, was, is []string) []Edit {
	var edits []Edit
	for _, text := range is {
		if !slices.Contains(was, text) {
			edits = append(edits, Edit{Field: name, Column: m.Column(field), Is: text})
		}
	}
	for _, text := range was {
		if !slices.Contains(is, text) {
			edits = append(edits, Edit{Field: name, Column: m.Column(field), Was: text,
				Problem: "the registry forgets no names and no numbers"})
		}
	}
	return edits
}

func nameTexts(names []survey.NameSince) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n.Name
	}
	return out
}

// Update returns the facts that the row's edits report, as of today unless an edit gives another
// day. It leaves out edits with a problem.
func (l Listed) Update(id survey.Identifier, today string) survey.NewOrganisation {
	update := survey.NewOrganisation{Identifiers: []survey.Identifier{id}, NameAsOf: today}
	for _, e := range l.Edits {
		if e.Problem != "" {
			continue
		}

		switch e.Field {
		case "name":
			update.Name = e.Is
		case "name_as_of":
			update.NameAsOf = e.Is
			if update.Name == "" {
				update.Name = l.New.Name // the same name, reported on another day
			}
		case "sector":
			update.Sector = survey.Sector(e.Is)
		case "size_band":
			update.SizeBand = survey.SizeBand(e.Is)
		case "postcode_district":
			update.Postcode = e.Is
		case "kind":
			update.Kind = survey.OrganisationKind(e.Is)
		case "lead_region":
			update.LeadRegion = survey.Region(e.Is)
		case "status":
			update.Status = survey.OrganisationStatus(e.Is)
		case "identifiers":
			update.Identifiers = append(update.Identifiers, survey.Identifier(e.Is))
		case "previous_names":
			update.PreviousNames = append(update.PreviousNames, survey.NameSince{Name: e.Is})
		}
	}
	return update
}
