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

	ok        = http.StatusOK
	created   = http.StatusCreated
	accepted  = http.StatusAccepted
	noContent = http.StatusNoContent
)

// Paths that several routes begin with.
const (
	campaignPath = "/campaigns/{cycle}"
	claimPath    = campaignPath + "/claims/{organisation}"
	responsePath = campaignPath + "/responses/{organisation}"
)

// routes is the whole surface by noun: method, path under Prefix, least role,
// where it reads or writes, summary, handler, statuses of success. New serves
// nothing that is not in it.
func (s *server) routes(o Options) []route {
	return slices.Concat(
		s.documentationRoutes(), statusRoutes(o), organisationRoutes(o), companyRoutes(o), campaignRoutes(o),
		eligibleRoutes(o), workbookRoutes(o), claimRoutes(o), responseRoutes(o), linkRoutes(o), innovationRoutes(o),
		totalRoutes(o), reportRoutes(o), certificationRoutes(o), governanceRoutes(o), eventRoutes(o),
		recordRoutes(o), importRoutes(o), exportRoutes(o), erasureRoutes(o), personRoutes(o), upkeepRoutes(o),
	)
}

func (s *server) documentationRoutes() []route {
	return []route{
		pageOf("/openapi.json", "This description for programs", s.docs.serveOpenAPI),
		pageOf("/docs", "This description for people", s.docs.servePage),
	}
}

func statusRoutes(o Options) []route {
	h := statusHandlers{status: o.Status, checker: o.Checker, campaigns: o.Campaigns, takeovers: o.Takeovers}
	return []route{
		on(get, "/status", viewer, node, "How this region's node is", h.node),
		on(get, "/federation", viewer, node, "Every region: role, state, last heard, lag", h.federation),
		on(post, "/check", administrator, node,
			"Recompute the figures from the records and verify checksums", h.check),
	}
}

func organisationRoutes(o Options) []route {
	const one = "/organisations/{id}"
	h := organisationHandlers{replica: o.Replica, organisations: o.Organisations, register: o.register()}
	life := organisationLifeHandlers{replica: o.Replica, organisations: o.Organisations, life: o.OrganisationLife}
	return []route{
		on(get, "/organisations", viewer, reads, "Organisations in order, or found by text", h.list),
		on(post, "/organisations", adviser, binds, "Add an organisation; a known one is returned", h.add, created, ok),
		on(post, "/organisations:batch", adviser, binds,
			"Add up to 5,000 organisations; a result per row", h.addMany),
		on(get, one, viewer, reads, "One organisation by any identifier or alias", h.get),
		on(patch, one, adviser, binds, "Add what is newly known of an organisation", life.update),
		on(get, "/organisations/duplicates", viewer, reads,
			"Pairs of organisations that may be one, with the reason", life.duplicates),
		on(get, one+"/history", viewer, reads,
			"Every change of an organisation: region, opaque actor, coded reason", life.history),
		on(post, one+"/merge", lead, binds, "Merge an organisation into another, for the nation", life.merge),
		on(post, one+"/split", lead, binds, "Undo a merge", life.split),
		on(post, one+"/lift", lead, binds,
			"Let a company be surveyed again that had asked not to be", life.lift),
	}
}

// register returns the look-up of companies; it may have no register.
func (o Options) register() companyHandlers {
	return companyHandlers{companies: o.Companies, organisations: o.Organisations, log: o.Logger}
}

func companyRoutes(o Options) []route {
	if o.Companies == nil {
		return nil
	}
	h := o.register()
	return []route{
		on(get, "/companies-house/{number}", viewer, node,
			"What this node's copy of the Companies House register says of a company", h.get),
		on(get, "/organisations/outdated", viewer, node, "Organisations of which the register says something newer, "+
			"with the update; a page can be shorter than its limit", h.listOutdated),
	}
}

// steps returns the part that campaigns and their eligible sets share.
func (o Options) steps() campaignSteps {
	return campaignSteps{campaigns: o.Campaigns, decisions: o.Governor}
}

func (o Options) lists() campaignLists {
	return campaignLists{replica: o.Replica, campaigns: o.Campaigns}
}

func campaignRoutes(o Options) []route {
	questionnaires := questionnaireHandlers{campaigns: o.Campaigns, editions: o.Editions}
	h := campaignHandlers{
		replica: o.Replica, campaigns: o.Campaigns, questionnaires: questionnaires, steps: o.steps(),
	}
	return []route{
		on(get, "/campaigns", viewer, reads, "All campaigns", h.list),
		on(post, "/campaigns", lead, binds, "Open the campaign of a cycle", h.open, created, ok, accepted),
		on(get, campaignPath, viewer, reads, "One campaign and its counts", h.get),
		on(patch, campaignPath, lead, binds, "Change the open campaign's days (opens, closes), its disclosure policy, "+
			"or after how many idle days a claim lapses (lapse_days)", h.change, ok, accepted),
		on(post, campaignPath+"/close", lead, binds, "Close the campaign for the nation", h.close, ok, accepted),
		on(get, campaignPath+"/questionnaire", viewer, reads,
			"What this region asks: the campaign's questions, then its own", questionnaires.questionnaire),
		on(get, campaignPath+"/definitions", viewer, reads,
			"How the campaign counts: its metrics and the keys of breakdowns, with their labels",
			questionnaires.definitions),
	}
}

func eligibleRoutes(o Options) []route {
	const set = campaignPath + "/eligible"
	h := eligibleHandlers{region: o.Region, lists: o.lists(), eligible: o.EligibleSets, steps: o.steps()}
	return []route{
		on(post, campaignPath+"/supported", lead, binds,
			"Say which organisations this region supported; a result per row", h.addSupported),
		on(get, campaignPath+"/proposed", viewer, reads,
			"Eligible companies that this region leads, with who else supports or holds them", h.proposed),
		on(get, set, viewer, reads, "The eligible set, with what the campaign before left", h.list),
		on(post, set, lead, binds,
			"Put up to 5,000 organisations into the eligible set; a result per row", h.add).asList(),
		on(post, set+"/roll", lead, binds, "Put what was eligible in an earlier cycle into the set", h.roll),
		on(post, set+"/freeze", lead, binds,
			"Freeze the eligible set: what comes later is late", h.freeze, ok, accepted),
	}
}

func workbookRoutes(o Options) []route {
	if o.Workbook == nil {
		return nil
	}
	h := workbookHandlers{campaigns: o.Campaigns, workbook: o.Workbook}
	return []route{
		stream(get, campaignPath+"/workbook.xlsx", viewer, reads,
			"The whole national tracker as one sheet, to look at or to edit and send back",
			workbookContent, nil, h.write),
		stream(post, campaignPath+"/workbook", adviser, binds,
			"An edited workbook: its edits become commands of this region, a result per edit",
			jsonContent, workbookQuery, h.read).asUpload(),
	}
}

func claimRoutes(o Options) []route {
	const claims = campaignPath + "/claims"
	h := claimHandlers{
		region: o.Region, lists: o.lists(), claims: o.Claims, decisions: o.Governor, receipts: o.Receipts,
	}
	routes := []route{
		on(get, claims, viewer, reads, "Claims of a campaign, by holder and state", h.list),
		on(post, claims, adviser, binds, "Claim a company for this region", h.claim, created, ok),
		on(post, claims+":batch", adviser, binds, "Claim up to 5,000 companies; a result per row", h.claimMany),
		on(post, claims+":change", adviser, binds,
			"Take up to 5,000 claims one step each; a result per row", h.changeMany),
		on(get, claimPath, viewer, reads, "Who holds a company; 404 when nobody does", h.get),
		on(get, claimPath+"/history", viewer, reads,
			"Every change of a claim: region, opaque actor, coded reason", h.history),
		stream(get, claimPath+"/receipt", viewer, reads,
			"Proof of a decision about a claim, to be verified offline", jsonContent, receiptQuery, h.receipt),
		stream(get, "/receipts/{number}", viewer, reads,
			"Proof of any decision that binds the nation, by its number", jsonContent, nil, h.receiptOf),
		on(post, claimPath+"/release-idle", lead, binds,
			"Take a company from a holder that has not contacted it for 28 days", h.releaseIdle, ok, accepted),
	}
	for _, step := range claimSteps {
		path := claimPath + "/" + string(step.action)
		routes = append(routes, on(post, path, step.role, binds, step.summary, h.step(step.action)))
	}
	return routes
}

func responseRoutes(o Options) []route {
	h, takeovers := responseHandlers{o.Responses}, takeoverHandlers{o.Takeovers}
	return []route{
		on(put, responsePath, adviser, records, "Record a company's answers", h.record),
		on(get, responsePath, adviser, records, "A company's answers, of this region", h.get),
		on(get, campaignPath+"/responses", adviser, records, "Answers of this region", h.list),
		on(put, responsePath+"/sharing", adviser, records,
			"Whether the regions that a company named may see its answers; "+
				"refused takes every copy back", h.setSharing),
		on(get, campaignPath+"/shared", adviser, records,
			"Answers that other regions shared with this one; they count nowhere", takeovers.listShared),
		on(get, campaignPath+"/take-overs", adviser, records,
			"Companies that this region holds and another one held before: "+
				"what that region knows of them can be taken over", takeovers.listOffers),
		on(get, campaignPath+"/handed-on", adviser, records,
			"Companies that other regions hold and this one held before: "+
				"what this region knows of them they can take over", takeovers.listHandedOn),
		on(post, responsePath+"/take-over", adviser, records,
			"Take over what the company lets this region see of what it told "+
				"the one that held it before: answers so far, last year's answers", takeovers.takeOver),
	}
}

func linkRoutes(o Options) []route {
	if o.Links == nil || o.Mailer == nil {
		return nil
	}
	const links = campaignPath + "/links"
	h := linkHandlers{
		region: o.Region, registry: linkedRegistry{o.Campaigns, o.Organisations, o.Claims},
		links: o.Links, mailer: o.Mailer, respondURL: o.RespondURL,
	}
	return []route{
		on(get, links, adviser, records, "Links of companies, and how far each has come", h.list),
		on(post, links, adviser, records,
			"Make a link by which a company answers for itself; its address is shown once", h.create, created),
		on(post, links+"/remind", lead, records,
			"Make a reminder for every company that should be asked again", h.remind),
		on(post, links+"/{id}/end", adviser, records, "End a link", h.end, noContent),
	}
}

func innovationRoutes(o Options) []route {
	const all, one = "/national-innovations", "/national-innovations/{id}"
	h := innovationHandlers{replica: o.Replica, organisations: o.Organisations, innovations: o.Innovations}
	return []route{
		on(get, all, viewer, reads, "The innovations of an organisation, as the nation counts them", h.list),
		on(post, all, adviser, binds, "Register an innovation of an organisation", h.register, created, ok),
		on(get, all+"/counts", viewer, reads, "The nation's innovations, each counted once", h.count),
		on(get, one, viewer, reads, "One innovation", h.get),
		on(post, one+"/stage", adviser, binds, "Say how far the innovation has come", h.stage),
		on(post, one+"/adopt", adviser, binds, "This region adopts the innovation", h.adopt),
		on(post, one+"/withdraw", adviser, binds, "This region does not adopt it any more", h.withdraw),
	}
}

func totalRoutes(o Options) []route {
	h := totalHandlers{totals: o.Totals, areas: o.Areas, names: o.areaNames()}
	tables, summaries := publicTableHandlers{o.PublicTables}, summaryHandlers{o.Summaries}
	return []route{
		on(get, "/totals", viewer, nationalTotals, "National totals with their coverage", h.national),
		on(get, "/totals/own", adviser, nationalTotals,
			"This region's own figures: live, and as they left it", h.own),
		on(get, "/totals/areas", adviser, nationalTotals, "This region's figures by area, for its own staff: "+
			"no release rules, and nothing of it leaves the node", h.byArea),
		on(get, "/totals/public", viewer, nationalTotals,
			"One metric for the public, by region and one breakdown", tables.get),
		stream(get, "/totals/public.csv", viewer, nationalTotals, "The same as a list (CSV), every row marked public",
			csvContent, publicQuery, tables.file(sheet.CSV, csvContent, "csv")),
		stream(get, "/totals/public.xlsx", viewer, nationalTotals, "The same as a workbook, every row marked public",
			workbookContent, publicQuery, tables.file(sheet.XLSX, workbookContent, "xlsx")),
		on(get, "/reconciliation", viewer, nationalTotals,
			"A metric's restated series beside what was published, every difference explained", tables.reconciliation),
		on(get, "/summaries/{region}/{cycle}", viewer, node, "A region's newest signed summary", summaries.get),
	}
}

func reportRoutes(o Options) []route {
	if o.Reports == nil {
		return nil
	}
	h := reportHandlers{o.Reports}
	return []route{stream(get, "/reports/{file}", viewer, nationalTotals,
		"The national report of a year for the public, as CYCLE.html: one page that needs nothing else",
		"text/html", nil, h.get)}
}

func certificationRoutes(o Options) []route {
	if o.Certifier == nil {
		return nil
	}
	const one = "/certification/{cycle}"
	h := certificationHandlers{replica: o.Replica, certifier: o.Certifier}
	return []route{
		on(get, one, viewer, reads,
			"How far a year's figures have come: who signed off, who is missing, what to do next", h.get),
		stream(get, one+"/published", viewer, reads,
			"A certified year as one file to verify offline, with a list of the regions' keys",
			jsonContent, publishedQuery, h.published),
		on(post, one+"/sign-off", lead, binds, "Sign this region's final figures off", h.signOff),
		on(post, one+"/cosign", lead, binds, "Co-sign the national table that this node derived by itself", h.coSign),
		on(post, one+"/stand", lead, binds, "Let a region's last signed figures stand", h.letStand, ok, accepted),
		on(post, one+"/absent", lead, binds, "Go on without a region's figures", h.markAbsent, ok, accepted),
		on(post, one+"/revision", lead, binds,
			"Open the next revision of certified figures", h.openRevision, ok, accepted),
	}
}

func governanceRoutes(o Options) []route {
	const (
		federation = "/federation"
		region     = federation + "/regions/{region}"
	)
	h := governanceHandlers{o.Governor}
	return []route{
		on(get, federation+"/invites", administrator, node, "Invitations, without their tokens", h.invites),
		on(post, federation+"/invites", administrator, binds,
			"Invite a region's node; its one-time token", h.invite, created),
		on(get, federation+"/proposals", viewer, node,
			"What regions proposed about regions and campaigns, newest first", h.proposals),
		on(post, federation+"/proposals/{number}/endorse", lead, binds,
			"Consent to another region's proposal; one about a region takes an administrator", h.endorse),
		on(get, federation+"/recoveries", viewer, node, "When the registry went on after a lost quorum", h.recoveries),
		on(post, federation+"/name", administrator, binds, "This region's name from a day on", h.rename),
		on(post, federation+"/rotate-key", administrator, binds, "A new key for this region's node", h.rotateKey),
		on(post, federation+"/max-voters", administrator, binds, "How many regions vote", h.capVoters, ok, accepted),
		on(post, region+"/succeed", administrator, binds,
			"Another region takes this one's open claims over", h.succeed, ok, accepted),
		on(post, region+"/new-key", administrator, binds,
			"A new key for a region that lost its own", h.newKey, ok, accepted),
		on(post, region+"/role", administrator, binds,
			"Make a region a voter or an observer", h.changeRole, ok, accepted),
		on(post, region+"/suspend", administrator, binds,
			"Suspend a region: it follows, and binds nobody", h.decideRegion(survey.ProposeSuspend), ok, accepted),
		on(post, region+"/resume", administrator, binds,
			"End a suspension", h.decideRegion(survey.ProposeResume), ok, accepted),
		on(post, region+"/remove", administrator, binds, "Remove a region: nothing from its key is accepted any more",
			h.decideRegion(survey.ProposeRemove), ok, accepted),
	}
}

func eventRoutes(o Options) []route {
	h := eventHandlers{
		changes: o.Changes, summaries: o.SummaryHeads, status: o.Status, streams: make(chan struct{}, maxStreams),
	}
	return []route{stream(get, "/events", viewer, reads,
		"What changes, as it happens: claims, totals, the federation; server-sent events",
		"text/event-stream", eventsQuery, h.stream)}
}

func (o Options) areaNames() areaNames { return areaNames{editions: o.Editions, region: o.Region} }

func recordRoutes(o Options) []route {
	all := recordHandlers{
		region: o.Region, organisations: o.Organisations, records: o.Records, areas: o.areaNames(),
	}
	routes := []route{
		on(post, "/assignments:reassign", lead, records, "Hand an adviser's companies to a colleague", all.reassign),
		on(get, "/search", adviser, records,
			"This region's own records by their words: any part of a word, in any field", all.search),
	}
	for _, kind := range survey.RecordKinds() {
		of, err := o.Editions.RecordType(kind)
		if err != nil {
			continue // cannot happen: the kind is of the same table
		}
		list, one := "/"+string(kind), "/"+string(kind)+"/{id}"
		h := kindHandlers{recordHandlers: all, of: of}
		routes = append(routes,
			on(get, list, adviser, records, of.Label+" of this region", h.list),
			on(post, list, adviser, records, of.Label+": add a record", h.add, created, ok).described(of),
			on(get, one, adviser, records, of.Label+": one record", h.get),
			on(put, one, adviser, records,
				of.Label+": a new version of a record; earlier ones are kept", h.change).described(of),
			on(http.MethodDelete, one, adviser, records, of.Label+": mark a record as deleted", h.delete),
			on(post, one+"/restore", adviser, records, of.Label+": take a deletion back", h.restore),
			on(get, one+"/history", adviser, records,
				of.Label+": every version of a record, oldest first", h.history))
	}
	return routes
}

func importRoutes(o Options) []route {
	const one = "/imports/{id}"
	h := importHandlers{imports: o.Imports, lists: o.Lists}
	return []route{
		stream(post, "/imports", adviser, records,
			"Upload a list (CSV or XLSX) and compare it; without dry_run its good rows are recorded at once",
			jsonContent, importQuery, h.upload).asUpload(),
		stream(post, "/lists:filled", adviser, records,
			"Upload a list of companies and get it back with three columns more: "+
				"held by, state, last surveyed", "application/octet-stream", filledQuery, h.fill).asUpload(),
		on(get, "/imports", adviser, records, "What was imported, the newest first", h.list),
		on(get, one, adviser, records, "What became of a list", h.get),
		on(post, one+"/commit", adviser, records, "Record all good rows of a planned list, or none", h.commit),
		on(post, one+"/undo", lead, records, "Take an import back; possible for a day", h.undo),
		stream(get, one+"/rejects.csv", adviser, records,
			"The rows that were refused, as they were, with the reason", csvContent, nil, h.rejects),
		stream(get, one+"/rejects.xlsx", adviser, records,
			"The same as a workbook of texts: company numbers keep the zeros at their front",
			workbookContent, nil, h.rejectsBook),
	}
}

func exportRoutes(o Options) []route {
	h := exportHandlers{organisations: o.Organisations, exporter: o.Exporter, areas: o.areaNames()}
	return []route{
		stream(get, "/exports/{file}", adviser, records, "A list as NAME.csv or NAME.xlsx: organisations, claims, "+
			"responses, mailing, template (of answers, to fill in), supported, or a kind of record",
			"application/octet-stream", exportQuery, h.list),
		stream(get, responsePath+"/form.xlsx", adviser, records,
			"A company's form to fill in, as a workbook that responses are imported from",
			workbookContent, nil, h.form),
	}
}

func erasureRoutes(o Options) []route {
	h := erasureHandlers{
		organisations: o.Organisations, eraser: o.Eraser, uploads: o.Uploads, takeovers: o.Takeovers,
	}
	routes := []route{
		on(get, "/subject", lead, records,
			"Everything that is kept about one organisation or contact, for a person who asks", h.subject),
		on(post, "/organisations/{id}/erase", lead, records,
			"Remove everything that this region keeps about an organisation, "+
				"for good; the registry keeps its entry", h.organisation),
		on(get, "/retention", lead, records,
			"Records past their retention: contacts three years after the last contact, "+
				"work six years after its cycle", h.overdue),
		on(post, "/retention:erase", lead, records, "Remove every record past its retention, for good; "+
			"each leaves a line in the audit log", h.eraseOverdue),
		on(post, "/compact", administrator, node, "Rewrite the records file without what is no longer used", h.compact),
	}
	for _, kind := range survey.RecordKinds() {
		routes = append(routes, on(post, "/"+string(kind)+"/{id}/erase", lead, records,
			"Remove a record with its history, for good", h.record(kind), noContent))
	}
	return routes
}

func personRoutes(o Options) []route {
	tokens := tokenHandlers{o.Tokens}
	routes := []route{
		on(get, "/tokens", administrator, node, "The API tokens of this node, without their secrets", tokens.list),
		on(post, "/tokens", administrator, node, "Issue a token; its secret is shown once", tokens.create, created),
		on(post, "/tokens/{id}/disable", administrator, node, "Disable a token for good", tokens.disable, noContent),
	}
	if o.Users == nil {
		return routes
	}
	users := userHandlers{o.Users}
	return append(routes,
		on(get, "/users", administrator, node, "The people who may sign in to the pages", users.list),
		on(post, "/users", administrator, node,
			"Add a person; a password that the node makes is shown once", users.add, created),
		on(post, "/users/{id}/disable", administrator, node, "Keep a person out, at once", users.disable, noContent),
		on(post, "/users/{id}/password", administrator, node, "Give a person another password", users.setPassword))
}

// upkeepRoutes are about the node itself.
func upkeepRoutes(o Options) (routes []route) {
	if o.Backups != nil {
		h := backupHandlers{o.Backups}
		routes = append(routes,
			on(get, "/backups", administrator, node, "The backups of this node, the newest first", h.list),
			on(post, "/backups", administrator, node,
				"Make a backup now; it is encrypted to the organisation's key", h.create, created))
	}
	if o.Audit != nil {
		h := auditHandlers{o.Audit}
		routes = append(routes, on(get, "/audit", administrator, node,
			"Who did what at this node, oldest first; the entries are chained by their hashes", h.list))
	}
	return routes
}
