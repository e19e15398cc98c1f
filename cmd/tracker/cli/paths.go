package cli

import (
	"net/url"

	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignPath is where the API has a campaign.
func CampaignPath(cycle survey.Cycle) string { return "/campaigns/" + url.PathEscape(string(cycle)) }

// ClaimsPath is where the API has a campaign's claims.
func ClaimsPath(cycle survey.Cycle) string {
	return "/campaigns/" + url.PathEscape(string(cycle)) + "/claims"
}

// ClaimPath is where the API has the claim of one company.
func ClaimPath(cycle survey.Cycle, id survey.Identifier) string {
	return ClaimsPath(cycle) + "/" + url.PathEscape(string(id))
}

// Texts are the identifiers as the API takes them.
func Texts(ids []survey.Identifier) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// OrganisationPath is where the API has an organisation.
func OrganisationPath(id survey.Identifier) string {
	return "/organisations/" + url.PathEscape(string(id))
}

// ClaimBatch is how many companies one request is about.
const ClaimBatch = 1000

// CertificationPath is where a year's certified figures come from; rest begins
// with a slash, or is empty.
func CertificationPath(cycle survey.Cycle, rest string) string {
	return "/certification/" + url.PathEscape(string(cycle)) + rest
}
