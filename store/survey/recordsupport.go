package survey

import "time"

// The records of support and of its results.

var engagementType = RecordType{
	Kind: RecordEngagements, Label: "Support engagements", Retention: RetentionFigures, CycleFrom: "date",
	Fields: remarks(
		organisation(true),
		day("date", "Begun on", true, "startdate", "started", "dateofsupport", "engagementdate", "begun"),
		cycleField(false),
		choice("category", "Kind of support", true, SupportCategories(),
			"support", "supportcategory", "typeofsupport", "supporttype"),
		choice("level", "Level", false, pairs(
			"light", "Light: advice and signposting", "standard", "Standard: work on one question",
			"intensive", "Intensive: a programme of work"), "supportlevel", "intensity"),
		day("ended", "Ended on", false, "enddate", "end"),
		text("innovation", "Innovation", "product", "innovationname"), adviser(false),
	),
	check:    func(r Record) []FieldProblem { return inOrder(r, "date", "ended") },
	supports: func(Record) bool { return true },
}

var interactionType = RecordType{
	Kind: RecordInteractions, Label: "Interactions", Retention: RetentionFigures, CycleFrom: "date",
	Fields: remarks(
		organisation(true),
		day("date", "Date", true, "interactiondate", "dateofinteraction", "contactdate", "meetingdate"),
		cycleField(false),
		choice("channel", "Channel", true, pairs(
			"meeting", "Meeting", "call", "Call", "video", "Video call", "visit", "Visit",
			"email", "E-mail", "written", "Written advice",
			"event", "Mass event", "newsletter", "Newsletter", "other", "Other"),
			"type", "interactiontype", "method", "medium"),
		yesNo("two_way", "Two-way contact", "twoway"),
		number("minutes", "Minutes", 100_000, "duration", "durationminutes", "length", "mins"),
		text("innovation", "Innovation", "product", "innovationname", "about"),
		yesNo("bespoke_output", "Written bespoke output", "bespoke", "writtenoutput"),
		adviser(false), text("contact", "Contact", "contactname", "person"),
		yesNo("meaningful_override", "Meaningful, as decided by a person", "override"),
		choice("meaningful_reason", "Reason for deciding otherwise", false, pairs(
			"evidence_elsewhere", "Evidence is kept elsewhere", "several_contacts", "Several short contacts make one",
			"misrecorded", "Recorded otherwise than it was", "agreed_exception", "Exception agreed by the Network",
			"other", "Other"), "overridereason"),
	),
	computed: func(r Record) []RecordValue { return []RecordValue{flag("meaningful", Meaningful(r))} },
	check: func(r Record) []FieldProblem {
		_, decided := r.Number("meaningful_override")
		return problemIf(decided != (r.Text("meaningful_reason") != ""),
			"meaningful_reason", ProblemInconsistent, "give meaningful_override and its reason together")
	},
	count:    func(r Record) []Contribution { return counted("meaningful_interactions", Meaningful(r)) },
	supports: Meaningful,
}

// meaningfulMinutes is the least length of a meaningful contact without a written bespoke output
// (md-1).
const meaningfulMinutes = 30

// Meaningful reports whether an interaction is a meaningful one as md-1 says: two-way contact about
// a named innovation, of at least 30 minutes or with a written bespoke output; newsletters and mass
// events never are. A person's decision with a coded reason overrides that.
func Meaningful(r Record) bool {
	if decided, ok := r.Number("meaningful_override"); ok {
		return decided != 0
	}

	if channel := r.Text("channel"); channel == "newsletter" || channel == "event" {
		return false
	}

	twoWay, _ := r.Number("two_way")
	minutes, _ := r.Number("minutes")
	bespoke, _ := r.Number("bespoke_output")
	return twoWay != 0 && r.Text("innovation") != "" && (minutes >= meaningfulMinutes || bespoke != 0)
}

var partnershipType = RecordType{
	Kind: RecordPartnerships, Label: "Partnerships", Retention: RetentionFigures, CycleFrom: "starts",
	Fields: remarks(
		organisation(true),
		required(text("partner", "Partner", "partnername", "nhspartner", "with")),
		choice("partner_kind", "Kind of partner", true, partnerKinds, "partnertype", "typeofpartner"),
		day("starts", "Begins on", true, "startdate", "start", "agreementdate"), cycleField(false),
		day("ends", "Ends on", false, "enddate", "end"),
		number("months", "Length in months", 600, "term", "termmonths", "durationmonths"),
		text("innovation", "Innovation", "product"), adviser(false),
	),
	computed: func(r Record) []RecordValue { return []RecordValue{flag("strategic", Strategic(r))} },
	check:    func(r Record) []FieldProblem { return inOrder(r, "starts", "ends") },
	count:    func(r Record) []Contribution { return counted("strategic_partnerships", Strategic(r)) },
}

// strategicMonths is the least length of a strategic partnership (md-1).
const strategicMonths = 12

// Strategic reports whether a partnership is a strategic one as md-1 says: an agreement of at least
// twelve months with an NHS body or the AHSN. It counts in the cycle in which it begins. Without a
// known length it is not strategic.
func Strategic(r Record) bool {
	if kind := r.Text("partner_kind"); kind != "nhs" && kind != "ahsn" {
		return false
	}
	if months, ok := r.Number("months"); ok {
		return months >= strategicMonths
	}

	// Without a number of months the dates must cover the term, the last day included.
	starts, err := time.Parse(time.DateOnly, r.Text("starts"))
	if err != nil {
		return false
	}
	ends, err := time.Parse(time.DateOnly, r.Text("ends"))
	return err == nil && !ends.Before(starts.AddDate(0, strategicMonths, -1))
}

var adoptionType = RecordType{
	Kind: RecordAdoptions, Label: "Adoptions", Retention: RetentionFigures, CycleFrom: "date",
	Fields: remarks(append([]RecordField{
		organisation(true), text("innovation", "Innovation", "product", "innovationname"),
		required(text("adopter", "Adopting NHS or care organisation", "adoptedby", "nhsorganisation", "site", "trust")),
		text("adopter_code", "ODS code of the adopter", "odscode", "ods"),
		day("date", "In use since", true, "adoptiondate", "dateadopted", "golive"), cycleField(false),
	}, append(figure("sites", "Sites", FieldCount, false, "numberofsites", "locations"),
		figure("patients", "Patients who benefited", FieldCount, false, "patientsbenefited", "numberofpatients")...)...)...),
	check: figuresSaidHow("sites", "patients"),
}

var innovationType = RecordType{
	Kind: RecordInnovations, Label: "Innovations", Retention: RetentionProgramme,
	Fields: remarks(
		organisation(true),
		required(text("name", "Name", "innovation", "innovationname", "product", "productname")),
		RecordField{Name: "description", Label: "Description", Kind: FieldText, Maximum: 4000},
		choice("stage", "Stage", false, stages),
		number("trl", "Technology readiness level", 9, "readinesslevel", "technologyreadinesslevel"),
		choice("sector", "Sector", false, sectorCodes),
		choice("care_setting", "Care setting", false, pairs(
			"primary", "Primary care", "community", "Community care", "acute", "Acute care",
			"mental_health", "Mental health", "ambulance", "Ambulance", "social", "Social care",
			"home", "At home", "other", "Other"), "setting"),
	),
	check: func(r Record) []FieldProblem {
		level, ok := r.Number("trl")
		return problemIf(ok && level < 1, "trl", ProblemNotAllowed, "technology readiness levels are 1 to 9")
	},
}

var contactType = RecordType{
	Kind: RecordContacts, Label: "Contacts", Retention: RetentionPersonal,
	Fields: remarks(
		organisation(true),
		required(text("name", "Name", "contactname", "contact", "fullname", "person")),
		text("role", "Role", "jobtitle", "position", "title"),
		field(FieldEmail, "email", "E-mail", "emailaddress", "mail", "contactemail"),
		text("phone", "Telephone", "telephone", "tel", "phonenumber", "mobile"),
		choice("consent", "Consent to be contacted", false, pairs(
			"given", "Given", "not_asked", "Not asked", "withdrawn", "Withdrawn"), "gdprconsent", "consentgiven"),
		day("consent_date", "Consent given or withdrawn on", false, "dateofconsent"),
		yesNo("opted_out", "Wants no more surveys", "optout", "unsubscribed", "donotcontact"),
		yesNo("main", "Answers the survey", "maincontact", "primarycontact"),
	),
}

func flag(name string, on bool) RecordValue {
	v := RecordValue{Field: name}
	if on {
		v.Number = 1
	}
	return v
}

// counted is a contribution of one record, or none.
func counted(metric string, counts bool) []Contribution {
	if !counts {
		return nil
	}
	return []Contribution{{Metric: metric, Value: 1}}
}

// inOrder is a problem of the second day if it comes before the first.
func inOrder(r Record, first, second string) []FieldProblem {
	end := r.Text(second)
	return problemIf(end != "" && end < r.Text(first), second, ProblemInconsistent, "it comes before the day in "+first)
}

// problemIf returns the problem if there is one, else nil.
func problemIf(wrong bool, field, code, message string) []FieldProblem {
	if !wrong {
		return nil
	}
	return []FieldProblem{{Field: field, Code: code, Message: message}}
}

// figuresSaidHow returns a check that asks for the figure where its qualifier or basis is given.
func figuresSaidHow(names ...string) func(Record) []FieldProblem {
	return func(r Record) (problems []FieldProblem) {
		for _, name := range names {
			_, given := r.Number(name)
			problems = append(problems, problemIf(!given && r.Text(name+"_qualifier")+r.Text(name+"_basis") != "",
				name, ProblemMissing, "its qualifier or basis is given without the figure")...)
		}
		return problems
	}
}
