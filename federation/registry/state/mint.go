package state

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// mintDomain separates the signatures that minted identifiers come from.
const mintDomain = "tracker minted identifier/1"

// crockford are the digits of base 32 as Douglas Crockford chose them.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// PrepareOrganisation cleans one organisation for the log and returns its first fault; "" means
// none. Data that must not leave the region, a person's name above all, is gone afterwards.
func PrepareOrganisation(key *identity.Key, region survey.Region, request string,
	item survey.NewOrganisation) (survey.NewOrganisation, string) {
	original := Encode(item)
	var err error
	if item.Identifiers, err = normalise(item.Identifiers); err != nil {
		return survey.NewOrganisation{}, err.Error()
	}
	if item.ConfirmNot, err = normalise(item.ConfirmNot); err != nil {
		return survey.NewOrganisation{}, err.Error()
	}

	item.Name = survey.CleanName(item.Name)
	var previous []survey.NameSince
	for _, p := range item.PreviousNames {
		if p.Name = survey.CleanName(p.Name); p.Name != "" {
			previous = append(previous, p)
		}
	}
	item.PreviousNames = previous
	item.Postcode = postcodeDistrict(item.Postcode)

	// Minted from the item as it came, so that a retry mints the same.
	minted, digits := mint(key, request, original)
	switch {
	case len(item.Identifiers) > 0:
		item.Minted = ""
	case item.Minted == "" || item.Kind == survey.KindIndividual:
		item.Minted = minted
	}

	// A person enters the registry under an opaque label only.
	if item.Kind == survey.KindIndividual {
		item.Name = labelPrefix + string(region) + ", " + digits
		item.PreviousNames, item.Postcode, item.Match = nil, "", false
	}
	return item, organisationProblem(&item, region)
}

// mint makes an identifier in the form of a ULID, and four hexadecimal digits
// for a label. They follow from the request and the item by way of the
// node's key: a retry mints the same, and nobody can work back from them.
func mint(key *identity.Key, request string, item []byte) (survey.Identifier, string) {
	message := append([]byte(request+"\n"), item...)
	sum := sha256.Sum256(key.Sign(mintDomain, message))

	// 26 characters of 5 bits hold 128 bits, so the first one is below 8.
	text := make([]byte, 26)
	for i := range text {
		var five byte
		for bit := range 5 {
			at := i*5 + bit - 2
			five <<= 1
			if at >= 0 {
				five |= sum[at/8] >> (7 - at%8) & 1
			}
		}
		text[i] = crockford[five]
	}
	return survey.Identifier(survey.SchemeAHSN + ":" + string(text)), hex.EncodeToString(sum[16:18])
}

// postcodeDistrict keeps the first half of a postcode: SY23 of SY23 3FL.
func postcodeDistrict(s string) string {
	fields := strings.Fields(strings.ToUpper(s))
	switch {
	case len(fields) == 0:
		return ""
	case len(fields) == 1 && len(fields[0]) >= 5:
		return fields[0][:len(fields[0])-3]
	}
	return fields[0]
}
