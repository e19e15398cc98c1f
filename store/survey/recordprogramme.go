package survey

// The records of the region's own work: programmes with what they measured,
// money, and who chases which company.

var programmeType = RecordType{
	Kind: RecordProgrammes, Label: "Programmes", Retention: RetentionProgramme,
	Fields: remarks(append([]RecordField{
		{Name: "name", Label: "Name", Kind: FieldText, Required: true, Spellings: []string{"programme", "program", "programmename"}},
		cycleField(true),
		{Name: "description", Label: "Description", Kind: FieldText, Maximum: 4000},
		text("lead", "Lead", "programmelead", "owner"),
		day("starts", "Begins on", false, "startdate", "start"), day("ends", "Ends on", false, "enddate", "end"),
	}, figure("budget", "Budget", FieldMoney, false, "funding", "amount")...)...),
	check: func(r Record) []FieldProblem {
		return append(inOrder(r, "starts", "ends"), figuresSaidHow("budget")(r)...)
	},
}

var measureType = RecordType{
	Kind: RecordMeasures, Label: "Programme measures", Retention: RetentionProgramme,
	Fields: remarks(append([]RecordField{
		{Name: "programme", Label: "Programme", Kind: FieldText, Required: true, Spellings: []string{"program", "programmename"}},
		cycleField(true),
		{Name: "name", Label: "Measure", Kind: FieldText, Required: true, Spellings: []string{"measure", "metric", "indicator"}},
		text("unit", "Unit"),
	}, figure("value", "Value", FieldCount, true, "result", "figure", "number")...)...),
}

var safetyMeasureType = RecordType{
	Kind: RecordSafetyMeasures, Label: "Patient safety measures", Retention: RetentionProgramme,
	Fields: remarks(append([]RecordField{
		{Name: "programme", Label: "Programme", Kind: FieldText, Required: true, Spellings: []string{"program", "collaborative"}},
		cycleField(true),
		{Name: "name", Label: "Measure", Kind: FieldText, Required: true, Spellings: []string{"measure", "metric", "indicator"}},
		text("setting", "Setting", "site", "organisationname"),
	}, append(figure("value", "Value", FieldCount, true, "result", "numerator", "number"),
		figure("of", "Out of", FieldCount, false, "denominator", "outof")...)...)...),
	check: figuresSaidHow("of"),
}

var stakeholderType = RecordType{
	Kind: RecordStakeholders, Label: "Stakeholder survey results", Retention: RetentionFigures, OnePer: false,
	Fields: remarks(
		cycleField(true), choice(fieldStatement, "Question", true, stakeholdersOne().Statements),
		RecordField{Name: "answered", Label: "Answered", Kind: FieldCount, Required: true, Maximum: maxCount, Spellings: []string{"respondents", "responses"}},
		RecordField{Name: "positive", Label: "Positive", Kind: FieldCount, Required: true, Maximum: maxCount, Spellings: []string{"agree", "toptwo"}},
		text("group", "Group of stakeholders", "stakeholdergroup"),
	),
	check: func(r Record) []FieldProblem {
		answered, _ := r.Number("answered")
		if positive, _ := r.Number("positive"); positive > answered {
			return []FieldProblem{{Field: "positive", Code: ProblemInconsistent, Message: "more were positive than answered"}}
		}
		return nil
	},
}

var fundingType = RecordType{
	Kind: RecordFunding, Label: "Funding of the region", Retention: RetentionFigures,
	Fields: remarks(append([]RecordField{
		cycleField(true),
		choice("source", "Source", true, []Option{
			{Code: "nhs_england", Label: "NHS England"}, {Code: "ols", Label: "Office for Life Sciences"},
			{Code: "members", Label: "Members"}, {Code: "grants", Label: "Grants"}, {Code: "commercial", Label: "Commercial income"},
			{Code: "other", Label: "Other"}}, "funder"),
	}, figure("amount", "Amount", FieldMoney, true, "value", "money", "income")...)...),
}

var chaseType = RecordType{
	Kind: RecordChases, Label: "Chase attempts", Retention: RetentionProgramme,
	Fields: remarks(
		organisation(true), cycleField(true), day("date", "Date", true, "attempted", "chasedon", "contactdate"),
		choice("channel", "Channel", true, []Option{
			{Code: "email", Label: "E-mail"}, {Code: "call", Label: "Call"}, {Code: "letter", Label: "Letter"},
			{Code: "meeting", Label: "Meeting"}, {Code: "other", Label: "Other"}}, "method", "medium"),
		choice("outcome", "Outcome", false, []Option{
			{Code: "no_reply", Label: "No reply"}, {Code: "reached", Label: "Reached"}, {Code: "promised", Label: "Promised to answer"},
			{Code: "bounced", Label: "Address does not work"}, {Code: "declined", Label: "Declined"}}, "result"),
		day("next_due", "Next attempt due on", false, "nextdue", "nextaction", "followup", "followupdate"),
		text("contact", "Contact", "contactname", "person"), adviser(false),
	),
	check: func(r Record) []FieldProblem { return inOrder(r, "date", "next_due") },
}

var assignmentType = RecordType{
	Kind: RecordAssignments, Label: "Who looks after which company", Retention: RetentionProgramme, OnePer: true,
	Fields: remarks(organisation(true), cycleField(true), adviser(true)),
}

var noteType = RecordType{
	Kind: RecordNotes, Label: "Notes and tags on organisations", Retention: RetentionProgramme,
	Fields: remarks(organisation(true)),
}
