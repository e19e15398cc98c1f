package main

import (
	"net/url"

	"github.com/ahsn-network/tracker/store/survey"
)

func campaignPath(cycle survey.Cycle) string { return "/campaigns/" + url.PathEscape(string(cycle)) }

func claimsPath(cycle survey.Cycle) string {
	return "/campaigns/" + url.PathEscape(string(cycle)) + "/claims"
}

func claimPath(cycle survey.Cycle, id survey.Identifier) string {
	return claimsPath(cycle) + "/" + url.PathEscape(string(id))
}

func texts(ids []survey.Identifier) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

func organisationPath(id survey.Identifier) string {
	return "/organisations/" + url.PathEscape(string(id))
}

// claimBatch is how many companies one request is about.
const claimBatch = 1000
