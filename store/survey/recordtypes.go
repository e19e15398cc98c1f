package survey

import "slices"

// recordTypes is the table of all kinds of record, in the order of menus.
var recordTypes = []RecordType{
	contactType, innovationType, engagementType, interactionType, partnershipType, adoptionType,
	programmeType, measureType, safetyMeasureType, stakeholderType, fundingType, chaseType, assignmentType, noteType,
	areaType, reportedType, baselineType,
}

// Fields that several kinds share.

func organisation(required bool) RecordField {
	return RecordField{Name: fieldOrganisation, Label: "Organisation", Kind: FieldOrganisation, Required: required}
}

func cycleField(required bool) RecordField {
	return RecordField{Name: fieldCycle, Label: "Cycle", Kind: FieldCycle, Required: required,
		Spellings: []string{"year", "financialyear", "reportingyear"}}
}

func day(name, label string, required bool, spellings ...string) RecordField {
	return RecordField{Name: name, Label: label, Kind: FieldDate, Required: required, Spellings: spellings}
}

func field(kind FieldKind, name, label string, spellings ...string) RecordField {
	return RecordField{Name: name, Label: label, Kind: kind, Spellings: spellings}
}

func text(name, label string, spellings ...string) RecordField {
	return field(FieldText, name, label, spellings...)
}

func number(name, label string, most int64, spellings ...string) RecordField {
	return RecordField{Name: name, Label: label, Kind: FieldCount, Maximum: most, Spellings: spellings}
}

func required(f RecordField) RecordField {
	f.Required = true
	return f
}

// pairs returns options of codes, each with its label after it.
func pairs(codesAndLabels ...string) []Option {
	var options []Option
	for pair := range slices.Chunk(codesAndLabels, 2) {
		options = append(options, Option{Code: pair[0], Label: pair[1]})
	}
	return options
}

func choice(name, label string, required bool, options []Option, spellings ...string) RecordField {
	return RecordField{Name: name, Label: label, Kind: FieldChoice, Required: required,
		Options: options, Spellings: spellings}
}

func yesNo(name, label string, spellings ...string) RecordField {
	return field(FieldYesNo, name, label, spellings...)
}

func adviser(required bool) RecordField {
	return RecordField{Name: "adviser", Label: "Adviser", Kind: FieldText, Required: required,
		Spellings: []string{"owner", "leadadviser", "staffmember", "accountmanager", "recordedby", "advisor"}}
}

// remarks ends the fields of every kind with tags and a note, which count nowhere.
func remarks(fields ...RecordField) []RecordField {
	return append(fields,
		RecordField{Name: fieldTags, Label: "Tags", Kind: FieldWords, Spellings: []string{"tag", "labels"}},
		RecordField{Name: fieldNote, Label: "Note", Kind: FieldText, Maximum: 4000,
			Spellings: []string{"notes", "comment", "comments", "details"}})
}

// maxMoney and maxCount are above anything that one record can say.
const (
	maxMoney = 1_000_000_000_000 // £10bn in pence
	maxCount = 100_000_000
	maxPosts = 200_000_000 // two million posts in hundredths
)

// figure is a number with its qualifier and basis, in fields of their own: a
// figure that somebody modelled must never look like one that was counted.
func figure(name, label string, kind FieldKind, required bool, spellings ...string) []RecordField {
	most := map[FieldKind]int64{FieldMoney: maxMoney, FieldFTE: maxPosts, FieldCount: maxCount}[kind]
	return []RecordField{
		{Name: name, Label: label, Kind: kind, Required: required, Maximum: most, Spellings: spellings},
		choice(name+"_qualifier", label+": how to read it", false, qualifiers),
		choice(name+"_basis", label+": where it comes from", false, bases),
	}
}

var qualifiers = []Option{
	{Code: string(QualifierExact), Label: "Exact"}, {Code: string(QualifierAtLeast), Label: "At least"},
	{Code: string(QualifierUpTo), Label: "Up to"}, {Code: string(QualifierEstimated), Label: "Estimated"},
}

var bases = pairs(
	"measured", "Measured", "estimated", "Estimated", "modelled", "Modelled")

// partnerKinds are the kinds of partner in an agreement. Only the first two can make a partnership
// strategic.
var partnerKinds = pairs(
	"nhs", "NHS body", "ahsn", "AHSN", "university", "University",
	"charity", "Charity", "company", "Company", "public", "Other public body",
	"other", "Other")

// stages and sectorCodes are the keys of two breakdowns.
var (
	stages      = optionsOf(stageQuestion)
	sectorCodes = slices.DeleteFunc(BreakdownKeys(BySector), func(o Option) bool { return o.Code == KeyUnknown })
)
