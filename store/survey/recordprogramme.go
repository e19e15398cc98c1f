package survey

// The records of the region's own work: programmes and their measures, money, and the advisers who
// chase companies.

var programmeType = RecordType{
	Kind: RecordProgrammes, Label: "Programmes", Retention: RetentionProgramme,
	Fields: remarks(append([]RecordField{
		required(text("name", "Name", "programme", "program", "programmename")),
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
		required(text("programme", "Programme", "program", "programmename")),
		cycleField(true),
		required(text("name", "Measure", "measure", "metric", "indicator")),
		text("unit", "Unit"),
	}, figure("value", "Value", FieldCount, true, "result", "figure", "number")...)...),
}

var safetyMeasureType = RecordType{
	Kind: RecordSafetyMeasures, Label: "Patient safety measures", Retention: RetentionProgramme,
	Fields: remarks(append([]RecordField{
		required(text("programme", "Programme", "program", "collaborative")),
		cycleField(true),
		required(text("name", "Measure", "measure", "metric", "indicator")),
		text("setting", "Setting", "site", "organisationname"),
	}, append(figure("value", "Value", FieldCount, true, "result", "numerator", "number"),
		figure("of", "Out of", FieldCount, false, "denominator", "outof")...)...)...),
	check: figuresSaidHow("of"),
}

var stakeholderType = RecordType{
	Kind: RecordStakeholders, Label: "Stakeholder survey results", Retention: RetentionFigures, OnePer: false,
	Fields: remarks(
		cycleField(true), choice(fieldStatement, "Question", true, stakeholdersOne().Statements),
		required(number("answered", "Answered", maxCount, "respondents", "responses")),
		required(number("positive", "Positive", maxCount, "agree", "toptwo")),
		text("group", "Group of stakeholders", "stakeholdergroup"),
	),
	check: func(r Record) []FieldProblem {
		answered, _ := r.Number("answered")
		positive, _ := r.Number("positive")
		return problemIf(positive > answered, "positive", ProblemInconsistent, "more were positive than answered")
	},
}

var fundingType = RecordType{
	Kind: RecordFunding, Label: "Funding of the region", Retention: RetentionFigures,
	Fields: remarks(append([]RecordField{
		cycleField(true),
		choice("source", "Source", true, pairs(
			"nhs_england", "NHS England", "ols", "Office for Life Sciences",
			"members", "Members", "grants", "Grants", "commercial", "Commercial income",
			"other", "Other"), "funder"),
	}, figure("amount", "Amount", FieldMoney, true, "value", "money", "income")...)...),
}

var chaseType = RecordType{
	Kind: RecordChases, Label: "Chase attempts", Retention: RetentionProgramme,
	Fields: remarks(
		organisation(true), cycleField(true), day("date", "Date", true, "attempted", "chasedon", "contactdate"),
		choice("channel", "Channel", true, pairs(
			"email", "E-mail", "call", "Call", "letter", "Letter",
			"meeting", "Meeting", "other", "Other"), "method", "medium"),
		choice("outcome", "Outcome", false, pairs(
			"no_reply", "No reply", "reached", "Reached", "promised", "Promised to answer",
			"bounced", "Address does not work", "declined", "Declined"), "result"),
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
