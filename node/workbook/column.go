package workbook

import "github.com/ahsn-network/tracker/store/survey"

// column is one column of the sheet. A column that people may edit has a field.
type column struct {
	name  string
	field field
	width float64
	show  func(row) string
}

// field is the subject of an edit.
type field string

const (
	fieldName     field = "name"
	fieldSector   field = "sector"
	fieldSize     field = "size"
	fieldPostcode field = "postcode district"
	fieldLead     field = "lead"
	fieldHolder   field = "holder"
	fieldState    field = "state"
	fieldReason   field = "reason"
)

// columns are all columns from left to right, except the last one. The first identifies the
// company.
var columns = []column{
	{"company", "", 20, func(r row) string { return string(r.organisation.ID) }},
	{"name", fieldName, 40, func(r row) string { return r.organisation.Name }},
	{"sector", fieldSector, 12, func(r row) string { return string(r.organisation.Sector) }},
	{"size", fieldSize, 8, func(r row) string { return string(r.organisation.SizeBand) }},
	{"postcode district", fieldPostcode, 10, func(r row) string { return r.organisation.Postcode }},
	{"lead", fieldLead, 8, func(r row) string { return string(r.organisation.LeadRegion) }},
	{"supported by", "", 16, func(r row) string { return codeList(r.organisation.SupportingRegions) }},
	{"holder", fieldHolder, 8, func(r row) string { return string(r.claim.Region) }},
	{"state", fieldState, 12, func(r row) string { return string(r.claim.State) }},
	{"reason", fieldReason, 14, func(r row) string { return string(r.claim.Reason) }},
	{"held since", "", 12, func(r row) string { return date(r.claim.ClaimedAt) }},
	{"changed", "", 12, func(r row) string { return date(r.claim.ChangedAt) }},
	{"idle", "", 6, func(r row) string { return yes(r.claim.Idle) }},
	{"offered to", "", 10, func(r row) string { return string(r.claim.OfferedTo) }},
	{"asked for by", "", 14, func(r row) string { return codeList(r.claim.RequestedBy) }},
	{"do not survey since", "", 12, func(r row) string { return string(r.organisation.DoNotSurvey) }},
	{"held last year by", "", 10, func(r row) string { return string(r.last.Region) }},
	{"outcome last year", "", 14, func(r row) string { return string(r.last.State) }},
}

// exportedColumn is the last column. It holds the exported cells; see exported.
const exportedColumn = "as exported (do not edit)"

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func editable() []column {
	var out []column
	for _, c := range columns {
		if c.field != "" {
			out = append(out, c)
		}
	}
	return out
}

// fact sets an edited fact of the organisation in update. It returns false if the field is none of
// the organisation's facts.
func (f field) fact(update *survey.NewOrganisation, value string) bool {
	switch f {
	case fieldName:
		update.Name = value
	case fieldSector:
		update.Sector = survey.Sector(value)
	case fieldSize:
		update.SizeBand = survey.SizeBand(value)
	case fieldPostcode:
		update.Postcode = value
	case fieldLead:
		update.LeadRegion = survey.Region(value)
	default:
		return false
	}
	return true
}
