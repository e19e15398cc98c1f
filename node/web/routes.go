package web

import (
	"net/http"

	"github.com/ahsn-network/tracker/store"
)

const (
	// anyone may see pages that tell nothing about anybody, and the
	// companies' form, whose link is the key.
	anyone     store.Permission = ""
	viewer                      = store.PermissionViewer
	adviser                     = store.PermissionAdviser
	lead                        = store.PermissionLead
	get                         = http.MethodGet
	post                        = http.MethodPost
	smallForm                   = 64 << 10 // bytes
	uploadForm                  = 8 << 20
	noForm                      = 0
)

// route is one address: its method and pattern, the least role that may use
// it, and how large a form it takes.
type route struct {
	method, path string
	role         store.Permission
	form         int64
	handle       http.HandlerFunc
	// public routes belong to the companies' form: they have no session and
	// are never compressed, since their addresses are secret.
	public bool
}

// routes is every page for people who work at an AHSN. New serves nothing that
// is not in it or in respondRoutes.
func (s *Site) routes() []route {
	return []route{
		{get, "/{$}", viewer, noForm, s.home, false},
		{get, "/sign-in", anyone, noForm, s.signInPage, false},
		{post, "/sign-in", anyone, smallForm + smallForm, s.signIn, false},
		{post, "/sign-out", anyone, smallForm, s.signOut, false},
		{get, "/accessibility", anyone, noForm, s.accessibility, false},

		{get, "/national", viewer, noForm, s.nationalNow, false},
		{get, "/national/{cycle}", viewer, noForm, s.national, false},
		{get, "/national/{cycle}/figures.csv", viewer, noForm, s.nationalCSV, false},
		{get, "/national/{cycle}/figures.xlsx", viewer, noForm, s.nationalXLSX, false},
		{get, "/national/{cycle}/report.html", viewer, noForm, s.nationalReport, false},
		{get, "/national/{cycle}/published", viewer, noForm, s.published, false},
		{get, "/national/{cycle}/certification", lead, noForm, s.certification, false},
		{post, "/national/{cycle}/certification/sign-off", lead, smallForm, s.signOff, false},
		{post, "/national/{cycle}/certification/co-sign", lead, smallForm, s.coSign, false},
		{post, "/national/{cycle}/certification/settle", lead, smallForm, s.settle, false},
		{post, "/national/{cycle}/certification/revise", lead, smallForm, s.revise, false},
		{get, "/campaigns", viewer, noForm, s.campaigns, false},
		{post, "/campaigns", lead, smallForm, s.openCampaign, false},
		{get, "/campaigns/{cycle}", viewer, noForm, s.campaignPage, false},
		{post, "/campaigns/{cycle}/endorse", lead, smallForm, s.endorse, false},
		{post, "/campaigns/{cycle}/change", lead, smallForm, s.changeCampaign, false},
		{get, "/campaigns/{cycle}/companies", viewer, noForm, s.eligible, false},
		{get, "/campaigns/{cycle}/companies/take-over", lead, noForm, s.rollPage, false},
		{post, "/campaigns/{cycle}/companies/take-over", lead, smallForm, s.roll, false},
		{get, "/campaigns/{cycle}/companies/add", lead, noForm, s.addEligiblePage, false},
		{post, "/campaigns/{cycle}/companies/add", lead, uploadForm, s.addEligible, false},
		{get, "/region", viewer, noForm, s.regionPage, false},

		{get, "/companies", viewer, noForm, s.findCompany, false},
		{get, "/companies/results", viewer, noForm, s.findResults, false},
		{get, "/companies/add", adviser, noForm, s.addCompanyPage, false},
		{post, "/companies/add", adviser, smallForm, s.addCompany, false},
		{get, "/companies/{id}", viewer, noForm, s.companyPage, false},
		{post, "/companies/{id}/claim", adviser, smallForm, s.claim, false},
		{get, "/companies/{id}/receipt", viewer, noForm, s.receipt, false},
		{get, "/companies/{id}/receipt.txt", viewer, noForm, s.receiptFile, false},
		{get, "/companies/{id}/receipt.json", viewer, noForm, s.receiptProof, false},
		{post, "/companies/{id}/step", adviser, smallForm, s.step, false},
		{post, "/companies/{id}/lift", lead, smallForm, s.lift, false},
		{get, "/companies/{id}/free", lead, noForm, s.freePage, false},
		{post, "/companies/{id}/free", lead, smallForm, s.free, false},
		{get, "/companies/{id}/answers", adviser, noForm, s.answersPage, false},
		{post, "/companies/{id}/answers", adviser, smallForm, s.recordAnswers, false},
		{get, "/companies/{id}/form.xlsx", adviser, noForm, s.companyForm, false},
		{post, "/companies/{id}/take-over", adviser, smallForm, s.takeOver, false},
		{post, "/companies/{id}/link", adviser, smallForm, s.makeLink, false},
		{post, "/companies/{id}/link/end", adviser, smallForm, s.endLink, false},

		{get, "/claims", viewer, noForm, s.claimsPage, false},
		{get, "/claims/idle", viewer, noForm, s.idlePage, false},
		{get, "/claims/list", adviser, noForm, s.claimListPage, false},
		{post, "/claims/list", adviser, uploadForm, s.claimList, false},
		{get, "/links", adviser, noForm, s.linksPage, false},
		{post, "/links/remind", lead, smallForm, s.remind, false},
		{get, "/returned", adviser, noForm, s.returnedPage, false},
		{get, "/returned/template.xlsx", adviser, noForm, s.returnedTemplate, false},
		{post, "/returned", adviser, uploadForm, s.returned, false},
		{get, "/returned/{id}", adviser, noForm, s.returnedResult, false},
		{post, "/returned/{id}", adviser, smallForm, s.returnedCommit, false},
		{get, "/returned/{id}/refused.csv", adviser, noForm, s.returnedRejects, false},
		{get, "/returned/{id}/refused.xlsx", adviser, noForm, s.returnedRejectsBook, false},
	}
}

// respondRoutes is the companies' form, and what any page needs.
func (s *Site) respondRoutes() []route {
	return []route{
		{get, staticPrefix, anyone, noForm, s.serveStatic, true},
		{get, "/respond", anyone, noForm, s.respondWithout, true},
		{get, "/respond/{link}", anyone, noForm, s.respondStart, true},
		{get, "/respond/{link}/check", anyone, noForm, s.respondCheck, true},
		{post, "/respond/{link}/send", anyone, smallForm, s.respondSend, true},
		{get, "/respond/{link}/done", anyone, noForm, s.respondDone, true},
		{get, "/respond/{link}/copy.txt", anyone, noForm, s.respondCopy, true},
		{get, "/respond/{link}/saved", anyone, noForm, s.respondSaved, true},
		{get, "/respond/{link}/questions/{question}", anyone, noForm, s.respondQuestion, true},
		{post, "/respond/{link}/questions/{question}", anyone, smallForm, s.respondAnswer, true},
	}
}
