package cli

import (
	"net/url"

	"github.com/ahsn-network/tracker/store/survey"
)

// CampaignPath returns the API's path of a campaign.
func CampaignPath(cycle survey.Cycle) string { return "/campaigns/" + url.PathEscape(string(cycle)) }

// ClaimsPath returns the API's path of a campaign's claims.
func ClaimsPath(cycle survey.Cycle) string {
	return "/campaigns/" + url.PathEscape(string(cycle)) + "/claims"
}

// ClaimPath returns the API's path of the claim on one company.
func ClaimPath(cycle survey.Cycle, id survey.Identifier) string {
	return ClaimsPath(cycle) + "/" + url.PathEscape(string(id))
}

// OrganisationPath returns the API's path of an organisation.
func OrganisationPath(id survey.Identifier) string {
	return "/organisations/" + url.PathEscape(string(id))
}

// ClaimBatch is the number of companies in one request.
const ClaimBatch = 1000

// CertificationPath returns the API's path of a year's certification. rest begins with a slash or
// is empty.
func CertificationPath(cycle survey.Cycle, rest string) string {
	return "/certification/" + url.PathEscape(string(cycle)) + rest
}
