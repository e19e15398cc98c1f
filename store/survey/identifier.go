package survey

import (
	"regexp"
	"slices"
	"strings"
)

// Identifier names an organisation as scheme:id in the style of
// org-id.guide, for example "GB-COH:07209813". An organisation may hold
// several; an identifier belongs to at most one organisation.
type Identifier string

// Identifier schemes. SchemeAHSN is for organisations without any public
// number: the registering node mints the id.
const (
	SchemeCompany  = "GB-COH"   // Companies House
	SchemeCharity  = "GB-CHC"   // Charity Commission for England and Wales
	SchemeNHS      = "GB-NHS"   // NHS Organisation Data Service
	SchemeProvider = "GB-UKPRN" // UK Register of Learning Providers
	SchemeAHSN     = "AHSN"
)

// IdentifierClass says how far the form of an identifier is to be trusted. It
// is a hint for people: a claim is never refused on format alone, because real
// numbers break every pattern (IP00000R, SP0000RS).
type IdentifierClass string

const (
	IdentifierKnown    IdentifierClass = "known"
	IdentifierUnusual  IdentifierClass = "unusual"
	IdentifierChecking IdentifierClass = "needs checking"
)

const (
	maxIdentifierLength = 64
	identifierForm      = "GB-COH:07209813 (schemes: GB-COH, GB-CHC, GB-NHS, GB-UKPRN, AHSN)"
)

var (
	schemes          = []string{SchemeCompany, SchemeCharity, SchemeNHS, SchemeProvider, SchemeAHSN}
	identifierID     = regexp.MustCompile(`^[A-Z0-9][A-Z0-9._-]*$`)
	companyDigits    = regexp.MustCompile(`^\d{1,8}$`)
	companyPrefixed  = regexp.MustCompile(`^([A-Z]{1,2}|R0)\d{5,6}$`)
	companySociety   = regexp.MustCompile(`^(IP|SP|NP|RS|NO|IC|SI|NV)\d{4,6}[A-Z]{1,2}$|^(IP|SP|NP)\d{4,5}(R|RS)$`)
	companyPrefixes  = " AC BR CE CS FC GE GN GS IC IP LP NA NC NF NI NL NO NP NR NZ OC OE R RC RS SA SC SE SF SI SL SO SP SR SZ ZC R0 "
	spacesAndHyphens = " \u00a0\t\u200b\u200e\u200f\ufeff-\u2010\u2011\u2013"
)

// ParseIdentifier reads "scheme:id" in any case and returns the canonical
// form: upper case, without spaces, company numbers padded to eight digits.
// It returns an error wrapping ErrInvalid for an unknown scheme or an id with
// characters that no register uses.
func ParseIdentifier(s string) (Identifier, error) {
	scheme, id, found := strings.Cut(strings.TrimSpace(s), ":")
	scheme = strings.ToUpper(strings.TrimSpace(scheme))
	if !found || !slices.Contains(schemes, scheme) {
		return "", Invalid("identifier %q: write it as "+identifierForm, clip(s))
	}

	if scheme == SchemeCompany {
		return ParseCompanyNumber(id)
	}

	id = strings.ToUpper(strings.TrimSpace(id))
	if len(scheme)+1+len(id) > maxIdentifierLength || !identifierID.MatchString(id) {
		return "", Invalid("identifier %q: use letters A-Z, digits, dots and hyphens, at most %d characters",
			clip(s), maxIdentifierLength)
	}
	return Identifier(scheme + ":" + id), nil
}

// ParseCompanyNumber reads a Companies House number as people and spreadsheets write it (lower
// case, spaces, lost leading zeros) and returns it as an Identifier. It refuses, with ErrInvalid,
// only texts that are no number of any register: empty ones, those with other scripts' characters
// and those without a digit.
func ParseCompanyNumber(s string) (Identifier, error) {
	id := strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(spacesAndHyphens, r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s)))

	// Spreadsheets drop leading zeros.
	if companyDigits.MatchString(id) {
		id = strings.Repeat("0", 8-len(id)) + id
	}

	if len(id) > 16 || !identifierID.MatchString(id) || !strings.ContainsAny(id, "0123456789") {
		return "", Invalid("company number %q: a Companies House number has 8 characters, such as 07209813 or SC123456",
			clip(s))
	}
	return Identifier(SchemeCompany + ":" + id), nil
}

// Scheme returns the part before the colon.
func (id Identifier) Scheme() string {
	scheme, _, _ := strings.Cut(string(id), ":")
	return scheme
}

// ID returns the part after the colon.
func (id Identifier) ID() string {
	_, rest, _ := strings.Cut(string(id), ":")
	return rest
}

// Minted reports whether a node made the identifier for an organisation that
// no public register numbers.
func (id Identifier) Minted() bool { return id.Scheme() == SchemeAHSN }

// Kind returns the kind of organisation in the identifier's register, "" for registers of several
// kinds.
func (id Identifier) Kind() OrganisationKind {
	switch id.Scheme() {
	case SchemeCompany:
		return KindCompany
	case SchemeCharity:
		return KindCharity
	case SchemeNHS:
		return KindNHS
	}
	return ""
}

// Class says how far the identifier's form is to be trusted.
// Source of the company prefixes: Companies House, "Uniform Resource
// Identifiers customer guide", and the real lists that the project was tested
// with.
func (id Identifier) Class() IdentifierClass {
	if id.Scheme() != SchemeCompany {
		return IdentifierKnown
	}

	number := id.ID()
	prefix := " " + strings.TrimRight(number, "0123456789") + " "
	switch {
	case len(number) != 8:
		return IdentifierChecking
	case companyDigits.MatchString(number),
		companyPrefixed.MatchString(number) && strings.Contains(companyPrefixes, prefix):
		return IdentifierKnown
	case companySociety.MatchString(number), strings.HasPrefix(number, "R0"):
		return IdentifierUnusual
	}
	return IdentifierChecking
}
