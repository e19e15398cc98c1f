package survey

import "time"

// OrganisationKind says what sort of organisation it is. Sole traders and
// clinician innovators are persons: the registry knows them only by an opaque
// label, and their names stay on the owning node.
type OrganisationKind string

const (
	KindCompany    OrganisationKind = "company"
	KindCharity    OrganisationKind = "charity"
	KindNHS        OrganisationKind = "nhs"
	KindUniversity OrganisationKind = "university"
	KindPublic     OrganisationKind = "public"
	KindIndividual OrganisationKind = "individual"
	KindOther      OrganisationKind = "other"
)

// OrganisationStatus is the organisation's status in the public register.
type OrganisationStatus string

const (
	StatusActive    OrganisationStatus = "active"
	StatusDissolved OrganisationStatus = "dissolved"
	StatusUnknown   OrganisationStatus = "unknown"
)

// SizeBand is the number of employees in the bands of the Office for National
// Statistics (micro, small, medium, large).
type SizeBand string

const (
	SizeMicro  SizeBand = "0-9"
	SizeSmall  SizeBand = "10-49"
	SizeMedium SizeBand = "50-249"
	SizeLarge  SizeBand = "250+"
)

// SizeBands returns the bands from small to large.
func SizeBands() []SizeBand { return []SizeBand{SizeMicro, SizeSmall, SizeMedium, SizeLarge} }

// Sector is the part of health and life science an organisation works in.
type Sector string

const (
	SectorMedTech     Sector = "medtech"
	SectorDigital     Sector = "digital"
	SectorDiagnostics Sector = "diagnostics"
	SectorPharma      Sector = "pharma"
	SectorServices    Sector = "services"
	SectorOther       Sector = "other"
)

// Sectors returns the sectors in the order in which tables show them.
func Sectors() []Sector {
	return []Sector{SectorMedTech, SectorDigital, SectorDiagnostics, SectorPharma, SectorServices, SectorOther}
}

// NameSince is a name and the last day (YYYY-MM-DD) on which it was reported.
type NameSince struct {
	Name string `json:"name" cbor:"1,keyasint"`
	AsOf string `json:"as_of,omitempty" cbor:"2,keyasint,omitempty"`
}

// Organisation is the national entry of one organisation: no contact, no answer, no figure. ID is
// its first identifier; Version the registry number of the command row that last changed it.
type Organisation struct {
	ID                Identifier         `json:"id" cbor:"1,keyasint"`
	Name              string             `json:"name" cbor:"2,keyasint"`
	NameAsOf          string             `json:"name_as_of,omitempty" cbor:"3,keyasint,omitempty"`
	Kind              OrganisationKind   `json:"kind" cbor:"4,keyasint"`
	Identifiers       []Identifier       `json:"identifiers" cbor:"5,keyasint"`
	Aliases           []Identifier       `json:"aliases,omitempty" cbor:"6,keyasint,omitempty"`
	PreviousNames     []NameSince        `json:"previous_names,omitempty" cbor:"7,keyasint,omitempty"`
	LeadRegion        Region             `json:"lead_region,omitempty" cbor:"8,keyasint,omitempty"`
	SupportingRegions []Region           `json:"supporting_regions,omitempty" cbor:"9,keyasint,omitempty"`
	Status            OrganisationStatus `json:"status,omitempty" cbor:"10,keyasint,omitempty"`
	Sector            Sector             `json:"sector,omitempty" cbor:"11,keyasint,omitempty"`
	SizeBand          SizeBand           `json:"size_band,omitempty" cbor:"12,keyasint,omitempty"`
	Postcode          string             `json:"postcode_district,omitempty" cbor:"13,keyasint,omitempty"`
	MergedInto        Identifier         `json:"merged_into,omitempty" cbor:"14,keyasint,omitempty"`
	RegisteredBy      Region             `json:"registered_by,omitempty" cbor:"15,keyasint,omitempty"`
	Version           uint64             `json:"version" cbor:"16,keyasint"`
	// DoNotSurvey is the cycle in which it asked not to be surveyed any more,
	// empty if it did not or that was lifted.
	DoNotSurvey Cycle `json:"do_not_survey,omitempty" cbor:"17,keyasint,omitempty"`
}

// NewOrganisation is one organisation to be added to the registry. Without a
// public identifier the registering node mints one in Minted, and the registry
// answers with possible duplicates unless they are all in ConfirmNot. Match,
// for lists, takes a numberless organisation with the same name key as the
// same one instead of asking.
type NewOrganisation struct {
	Identifiers   []Identifier       `json:"identifiers,omitempty" cbor:"1,keyasint,omitempty"`
	Minted        Identifier         `json:"minted,omitempty" cbor:"2,keyasint,omitempty"`
	Name          string             `json:"name" cbor:"3,keyasint"`
	NameAsOf      string             `json:"name_as_of,omitempty" cbor:"4,keyasint,omitempty"`
	PreviousNames []NameSince        `json:"previous_names,omitempty" cbor:"5,keyasint,omitempty"`
	Kind          OrganisationKind   `json:"kind,omitempty" cbor:"6,keyasint,omitempty"`
	LeadRegion    Region             `json:"lead_region,omitempty" cbor:"7,keyasint,omitempty"`
	Status        OrganisationStatus `json:"status,omitempty" cbor:"8,keyasint,omitempty"`
	Sector        Sector             `json:"sector,omitempty" cbor:"9,keyasint,omitempty"`
	SizeBand      SizeBand           `json:"size_band,omitempty" cbor:"10,keyasint,omitempty"`
	Postcode      string             `json:"postcode_district,omitempty" cbor:"11,keyasint,omitempty"`
	ConfirmNot    []Identifier       `json:"confirm_not,omitempty" cbor:"12,keyasint,omitempty"`
	Match         bool               `json:"match,omitempty" cbor:"13,keyasint,omitempty"`
}

// OrganisationMatch is one answer of a search: the organisation and the name
// or identifier that matched. Score is 0 to 100, higher is closer.
type OrganisationMatch struct {
	Organisation
	Matched string `json:"matched"`
	Score   int    `json:"score"`
}

// Change is one thing in the registry that changed: a claim, an organisation
// or a campaign, as it stands now. Number is the registry number of the row
// (or list item) that last changed it; changes come in rising order of it.
type Change struct {
	Number       uint64        `json:"number"`
	Claim        *Claim        `json:"claim,omitempty"`
	Organisation *Organisation `json:"organisation,omitempty"`
	Campaign     *Campaign     `json:"campaign,omitempty"`
	At           time.Time     `json:"at"`
}
