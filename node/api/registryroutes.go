package api

// registryRoutes are the registry's routes beyond claiming: proof, the life of
// organisations and campaigns, and what changes.
func (s *server) registryRoutes(claim string) []route {
	const (
		organisation = "/organisations/{id}"
		campaign     = "/campaigns/{cycle}"
	)
	return []route{
		on(get, claim+"/history", viewer, reads, "Every change of a claim: region, opaque actor, coded reason", s.claimHistory),
		stream(get, claim+"/receipt", viewer, reads, "Proof of a decision about a claim, to be verified offline", "application/json", receiptQuery, s.getReceipt),
		stream(get, "/receipts/{number}", viewer, reads, "Proof of any decision that binds the nation, by its number", "application/json", nil, s.getReceiptOf),
		on(post, claim+"/release-idle", lead, binds, "Take a company from a holder that has not contacted it for 28 days", s.releaseIdle, ok, accepted),

		on(get, "/organisations/duplicates", viewer, reads, "Pairs of organisations that may be one, with the reason", s.listDuplicates),
		on(get, organisation+"/history", viewer, reads, "Every change of an organisation: region, opaque actor, coded reason", s.organisationHistory),
		on(post, organisation+"/merge", lead, binds, "Merge an organisation into another, for the nation", s.mergeOrganisation),
		on(post, organisation+"/split", lead, binds, "Undo a merge", s.splitOrganisation),
		on(post, organisation+"/lift", lead, binds, "Let a company be surveyed again that had asked not to be", s.liftRefusal),

		on(get, campaign+"/proposed", viewer, reads, "Eligible companies that this region leads, with who else supports or holds them", s.listProposed),
		on(patch, campaign, lead, binds, "Change the open campaign's days (opens, closes), its disclosure policy, or after how many idle days a claim lapses (lapse_days)", s.changeCampaign, ok, accepted),
		on(post, campaign+"/close", lead, binds, "Close the campaign for the nation", s.closeCampaign, ok, accepted),
		on(get, campaign+"/eligible", viewer, reads, "The eligible set, with what the campaign before left", s.listEligible),
		on(post, campaign+"/eligible", lead, binds, "Put up to 5,000 organisations into the eligible set; a result per row", s.importEligible).asList(),
		on(post, campaign+"/eligible/roll", lead, binds, "Put what was eligible in an earlier cycle into the set", s.rollForward),
		on(post, campaign+"/eligible/freeze", lead, binds, "Freeze the eligible set: what comes later is late", s.freezeEligible, ok, accepted),

		stream(get, "/events", viewer, reads, "What changes, as it happens: claims, totals, the federation; server-sent events", "text/event-stream", eventsQuery, s.streamEvents),
	}
}
