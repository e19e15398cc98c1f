package survey

// The records of the years before this software: other regions' companies in a national workbook,
// and published figures.

// NotRederivable marks baseline figures wherever they are shown: nobody has the answers behind
// them.
const NotRederivable = BasisPublished

// reportedType is a row of an old workbook about a company that another region
// held. It claims nothing: only that region can.
var reportedType = RecordType{
	Kind: RecordReported, Label: "Companies reported by other regions", Retention: RetentionProgramme,
	Fields: remarks(
		organisation(true), cycleField(true),
		required(field(FieldRegion, "region", "Reported as held by",
			"heldby", "holder", "ahsn", "surveyedby", "claimedby", "leadahsn")),
		text("state", "State", "status", "surveystate", "surveystatus"),
		day("date", "Date", false, "lastsurveyed", "datesurveyed", "surveydate", "datecontacted"),
		text("outcome", "Outcome", "result", "response"),
	),
}

// baselineType is one published figure. Through is the last year of a figure
// that covers several; Scope is a region or the nation.
var baselineType = RecordType{
	Kind: RecordBaseline, Label: "Published figures of earlier years", Retention: RetentionFigures,
	Fields: remarks(
		cycleField(true),
		field(FieldCycle, "through", "Through", "until", "to", "lastyear"),
		RecordField{Name: "scope", Label: "Of", Kind: FieldRegion, Required: true,
			Options: pairs("nation", "The nation"), Spellings: []string{"region", "ahsn", "area"}},
		required(text("metric", "Metric", "measure", "indicator", "figure")),
		RecordField{Name: "value", Label: "Value", Kind: FieldDecimal, Required: true, Maximum: maxMoney,
			Spellings: []string{"number", "amount"}},
		choice("unit", "Unit", true, pairs("pounds", "Pounds", "posts", "Posts", "count", "Count", "percent", "Per cent")),
		choice("value_qualifier", "Value: how to read it", false, qualifiers, "qualifier"),
		text("source", "Source", "publishedin", "report", "publication"),
	),
	computed: func(Record) []RecordValue { return []RecordValue{{Field: "status", Text: NotRederivable}} },
	check: func(r Record) []FieldProblem {
		through := r.Text("through")
		return problemIf(through != "" && through < r.Text(fieldCycle),
			"through", ProblemInconsistent, "it is before the first year")
	},
}
