package api

import (
	"net/http"
	"slices"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	viewer        = store.PermissionViewer
	adviser       = store.PermissionAdviser
	lead          = store.PermissionLead
	administrator = store.PermissionAdministrator

	get   = http.MethodGet
	post  = http.MethodPost
	put   = http.MethodPut
	patch = http.MethodPatch

	created = http.StatusCreated
	ok      = http.StatusOK
)

// routes is the whole surface: method, path under Prefix, least role, what it
// touches, what it does. New serves nothing that is not in it.
func (s *server) routes() []route {
	const (
		campaign  = "/campaigns/{cycle}"
		claims    = campaign + "/claims"
		claim     = claims + "/{organisation}"
		responses = campaign + "/responses"
	)
	return slices.Concat([]route{
		pageOf("/openapi.json", "This description for programs", s.openAPI),
		pageOf("/docs", "This description for people", s.docsPage),

		on(get, "/status", viewer, node, "How this region's node is", s.getStatus),
		on(get, "/federation", viewer, node, "Every region: role, state, last heard, lag", s.getFederation),

		on(get, "/organisations", viewer, reads, "Organisations in order, or found by text", s.listOrganisations),
		on(post, "/organisations", adviser, binds, "Add an organisation; a known one is returned", s.addOrganisation, created, ok),
		on(post, "/organisations:batch", adviser, binds, "Add up to 5,000 organisations; a result per row", s.addOrganisations),
		on(get, "/organisations/{id}", viewer, reads, "One organisation by any identifier or alias", s.getOrganisation),
		on(patch, "/organisations/{id}", adviser, binds, "Add what is newly known of an organisation", s.updateOrganisation),

		on(get, "/campaigns", viewer, reads, "All campaigns", s.listCampaigns),
		on(post, "/campaigns", lead, binds, "Open the campaign of a cycle", s.openCampaign, created, ok, accepted),
		on(get, campaign, viewer, reads, "One campaign and its counts", s.getCampaign),
		on(post, campaign+"/supported", lead, binds, "Say which organisations this region supported; a result per row", s.addSupported),

		on(get, claims, viewer, reads, "Claims of a campaign, by holder and state", s.listClaims),
		on(post, claims, adviser, binds, "Claim a company for this region", s.claim, created, ok),
		on(post, claims+":batch", adviser, binds, "Claim up to 5,000 companies; a result per row", s.claimMany),
		on(post, claims+":change", adviser, binds, "Take up to 5,000 claims one step each; a result per row", s.changeMany),
		on(get, claim, viewer, reads, "Who holds a company; 404 when nobody does", s.getClaim),

		on(put, responses+"/{organisation}", adviser, records, "Record a company's answers", s.recordResponse),
		on(get, responses+"/{organisation}", adviser, records, "A company's answers, of this region", s.getResponse),
		on(get, responses, adviser, records, "Answers of this region", s.listResponses),

		on(get, "/totals", viewer, nationalTotals, "National totals with their coverage", s.getTotals),
		on(get, "/totals/own", adviser, nationalTotals, "This region's own figures: live, and as they left it", s.getOwnTotals),
		on(get, "/totals/public", viewer, nationalTotals, "One metric for the public, by region and one breakdown", s.getPublicTable),
		stream(get, "/totals/public.csv", viewer, nationalTotals, "The same as a list (CSV), every row marked public", csvContent, publicQuery(), s.publicFile(sheet.CSV, csvContent, "csv")),
		stream(get, "/totals/public.xlsx", viewer, nationalTotals, "The same as a workbook, every row marked public", workbookContent, publicQuery(), s.publicFile(sheet.XLSX, workbookContent, "xlsx")),
		on(get, "/reconciliation", viewer, nationalTotals, "A metric's restated series beside what was published, every difference explained", s.getReconciliation),
		on(get, "/summaries/{region}/{cycle}", viewer, node, "A region's newest signed summary", s.getSummary),

		on(get, "/tokens", administrator, node, "The API tokens of this node, without their secrets", s.listTokens),
		on(post, "/tokens", administrator, node, "Issue a token; its secret is shown once", s.createToken, created),
		on(post, "/tokens/{id}/disable", administrator, node, "Disable a token for good", s.disableToken, http.StatusNoContent),
		on(post, "/check", administrator, node, "Recompute the figures from the records and verify checksums", s.check),
	}, s.stepRoutes(claim), s.recordRoutes(), s.importRoutes(), s.exportRoutes(), s.backupRoutes(),
		s.userRoutes(), s.linkRoutes(), s.sharingRoutes(campaign), s.companyRoutes(), s.workbookRoutes(campaign), s.auditRoutes(), s.reportRoutes(),
		s.registryRoutes(claim), s.governanceRoutes(), s.certificationRoutes(), s.innovationRoutes(), s.questionnaireRoutes(campaign))
}

// claimStep is one step of a claim's life and the least role that may take it.
type claimStep struct {
	action  survey.ClaimAction
	role    store.Permission
	summary string
}

var claimSteps = []claimStep{
	{survey.ActionContact, adviser, "The company has been contacted"},
	{survey.ActionRespond, adviser, "A complete answer is recorded; recording one does this by itself"},
	{survey.ActionDecline, adviser, "The company declines, with a reason"},
	{survey.ActionUnreachable, adviser, "The company cannot be reached"},
	{survey.ActionIneligible, adviser, "The company does not belong in the survey"},
	{survey.ActionRelease, adviser, "Give the claim up"},
	{survey.ActionReopen, lead, "Reopen a claim that has ended"},
	{survey.ActionOffer, adviser, "Offer the claim to another region"},
	{survey.ActionAccept, adviser, "Accept a claim that was offered to this region"},
	{survey.ActionRefuse, adviser, "Refuse a claim that was offered to this region"},
	{survey.ActionWithdraw, adviser, "Take an offer back"},
	{survey.ActionRequest, adviser, "Ask the holder for the claim"},
}

func stepOf(action survey.ClaimAction) (claimStep, bool) {
	for _, step := range claimSteps {
		if step.action == action {
			return step, true
		}
	}
	return claimStep{}, false
}

// stepRoutes have one path for each step of a claim.
func (s *server) stepRoutes(claim string) []route {
	routes := make([]route, 0, len(claimSteps))
	for _, step := range claimSteps {
		routes = append(routes, on(post, claim+"/"+string(step.action), step.role, binds, step.summary, s.step(step.action)))
	}
	return routes
}
