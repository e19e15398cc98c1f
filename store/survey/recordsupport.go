package survey

import "time"

// The records of support: who helped which company with what, and what came of
// it.

var engagementType = RecordType{
	Kind: RecordEngagements, Label: "Support engagements", Retention: RetentionFigures, CycleFrom: "date",
	Fields: remarks(
		organisation(true), day("date", "Begun on", true, "startdate", "started", "dateofsupport", "engagementdate", "begun"),
		cycleField(false),
		choice("category", "Kind of support", true, SupportCategories(), "support", "supportcategory", "typeofsupport", "supporttype"),
		choice("level", "Level", false, []Option{
			{Code: "light", Label: "Light: advice and signposting"}, {Code: "standard", Label: "Standard: work on one question"},
			{Code: "intensive", Label: "Intensive: a programme of work"}}, "supportlevel", "intensity"),
		day("ended", "Ended on", false, "enddate", "end"),
		text("innovation", "Innovation", "product", "innovationname"), adviser(false),
	),
	check:    func(r Record) []FieldProblem { return inOrder(r, "date", "ended") },
	supports: func(Record) bool { return true },
}

var interactionType = RecordType{
	Kind: RecordInteractions, Label: "Interactions", Retention: RetentionFigures, CycleFrom: "date",
	Fields: remarks(
		organisation(true), day("date", "Date", true, "interactiondate", "dateofinteraction", "contactdate", "meetingdate"),
		cycleField(false),
		choice("channel", "Channel", true, []Option{
			{Code: "meeting", Label: "Meeting"}, {Code: "call", Label: "Call"}, {Code: "video", Label: "Video call"}, {Code: "visit", Label: "Visit"},
			{Code: "email", Label: "E-mail"}, {Code: "written", Label: "Written advice"},
			{Code: "event", Label: "Mass event"}, {Code: "newsletter", Label: "Newsletter"}, {Code: "other", Label: "Other"}},
			"type", "interactiontype", "method", "medium"),
		yesNo("two_way", "Two-way contact", "twoway"),
		RecordField{Name: "minutes", Label: "Minutes", Kind: FieldCount, Maximum: 100_000, Spellings: []string{"duration", "durationminutes", "length", "mins"}},
		text("innovation", "Innovation", "product", "innovationname", "about"),
		yesNo("bespoke_output", "Written bespoke output", "bespoke", "writtenoutput"),
		adviser(false), text("contact", "Contact", "contactname", "person"),
		yesNo("meaningful_override", "Meaningful, as decided by a person", "override"),
		choice("meaningful_reason", "Reason for deciding otherwise", false, []Option{
			{Code: "evidence_elsewhere", Label: "Evidence is kept elsewhere"}, {Code: "several_contacts", Label: "Several short contacts make one"},
			{Code: "misrecorded", Label: "Recorded otherwise than it was"}, {Code: "agreed_exception", Label: "Exception agreed by the Network"},
			{Code: "other", Label: "Other"}}, "overridereason"),
	),
	computed: func(r Record) []RecordValue { return []RecordValue{flag("meaningful", Meaningful(r))} },
	check: func(r Record) []FieldProblem {
		_, decided := r.Number("meaningful_override")
		if reason := r.Text("meaningful_reason"); decided != (reason != "") {
			return []FieldProblem{{Field: "meaningful_reason", Code: ProblemInconsistent, Message: "give meaningful_override and its reason together"}}
		}
		return nil
	},
	count:    func(r Record) []Contribution { return counted("meaningful_interactions", Meaningful(r)) },
	supports: Meaningful,
}

// meaningfulMinutes is how long a contact lasts at least to be meaningful
// without a written bespoke output (md-1).
const meaningfulMinutes = 30

// Meaningful reports whether an interaction is a meaningful one as md-1 says:
// two-way contact about a named innovation, of at least 30 minutes or with a
// written bespoke output; newsletters and mass events never are. A person's
// decision with a coded reason comes before that.
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
		RecordField{Name: "partner", Label: "Partner", Kind: FieldText, Required: true, Spellings: []string{"partnername", "nhspartner", "with"}},
		choice("partner_kind", "Kind of partner", true, partnerKinds, "partnertype", "typeofpartner"),
		day("starts", "Begins on", true, "startdate", "start", "agreementdate"), cycleField(false),
		day("ends", "Ends on", false, "enddate", "end"),
		RecordField{Name: "months", Label: "Length in months", Kind: FieldCount, Maximum: 600, Spellings: []string{"term", "termmonths", "durationmonths"}},
		text("innovation", "Innovation", "product"), adviser(false),
	),
	computed: func(r Record) []RecordValue { return []RecordValue{flag("strategic", Strategic(r))} },
	check:    func(r Record) []FieldProblem { return inOrder(r, "starts", "ends") },
	count:    func(r Record) []Contribution { return counted("strategic_partnerships", Strategic(r)) },
}

// strategicMonths is how long a strategic partnership lasts at least (md-1).
const strategicMonths = 12

// Strategic reports whether a partnership is a strategic one as md-1 says: an
// agreement of at least twelve months with an NHS body or the AHSN. The cycle
// is that in which it begins. Without its length it is not.
func Strategic(r Record) bool {
	if kind := r.Text("partner_kind"); kind != "nhs" && kind != "ahsn" {
		return false
	}
	if months, ok := r.Number("months"); ok {
		return months >= strategicMonths
	}
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
		{Name: "adopter", Label: "Adopting NHS or care organisation", Kind: FieldText, Required: true, Spellings: []string{"adoptedby", "nhsorganisation", "site", "trust"}},
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
		RecordField{Name: "name", Label: "Name", Kind: FieldText, Required: true, Spellings: []string{"innovation", "innovationname", "product", "productname"}},
		RecordField{Name: "description", Label: "Description", Kind: FieldText, Maximum: 4000},
		choice("stage", "Stage", false, stages),
		RecordField{Name: "trl", Label: "Technology readiness level", Kind: FieldCount, Maximum: 9, Spellings: []string{"readinesslevel", "technologyreadinesslevel"}},
		choice("sector", "Sector", false, sectorCodes),
		choice("care_setting", "Care setting", false, []Option{
			{Code: "primary", Label: "Primary care"}, {Code: "community", Label: "Community care"}, {Code: "acute", Label: "Acute care"},
			{Code: "mental_health", Label: "Mental health"}, {Code: "ambulance", Label: "Ambulance"}, {Code: "social", Label: "Social care"},
			{Code: "home", Label: "At home"}, {Code: "other", Label: "Other"}}, "setting"),
	),
	check: func(r Record) []FieldProblem {
		if level, ok := r.Number("trl"); ok && level < 1 {
			return []FieldProblem{{Field: "trl", Code: ProblemNotAllowed, Message: "technology readiness levels are 1 to 9"}}
		}
		return nil
	},
}

var contactType = RecordType{
	Kind: RecordContacts, Label: "Contacts", Retention: RetentionPersonal,
	Fields: remarks(
		organisation(true),
		RecordField{Name: "name", Label: "Name", Kind: FieldText, Required: true, Spellings: []string{"contactname", "contact", "fullname", "person"}},
		text("role", "Role", "jobtitle", "position", "title"),
		RecordField{Name: "email", Label: "E-mail", Kind: FieldEmail, Spellings: []string{"emailaddress", "mail", "contactemail"}},
		text("phone", "Telephone", "telephone", "tel", "phonenumber", "mobile"),
		choice("consent", "Consent to be contacted", false, []Option{
			{Code: "given", Label: "Given"}, {Code: "not_asked", Label: "Not asked"}, {Code: "withdrawn", Label: "Withdrawn"}}, "gdprconsent", "consentgiven"),
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
	if end := r.Text(second); end != "" && end < r.Text(first) {
		return []FieldProblem{{Field: second, Code: ProblemInconsistent, Message: "it comes before the day in " + first}}
	}
	return nil
}

// figuresSaidHow asks for a figure where its qualifier or basis is given.
func figuresSaidHow(names ...string) func(Record) []FieldProblem {
	return func(r Record) (problems []FieldProblem) {
		for _, name := range names {
			_, given := r.Number(name)
			if !given && (r.Text(name+"_qualifier") != "" || r.Text(name+"_basis") != "") {
				problems = append(problems, FieldProblem{Field: name, Code: ProblemMissing, Message: "its qualifier or basis is given without the figure"})
			}
		}
		return problems
	}
}
