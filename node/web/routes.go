package web

import (
	"net/http"

	"github.com/ahsn-network/tracker/node/page"
	"github.com/ahsn-network/tracker/store"
)

const (
	// anyone may see pages that tell nothing about anybody.
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
}

// table is every page for people who work at an AHSN. New serves nothing that
// is not in it, but the companies' form.
func (s *Site) table() []route {
	return []route{
		{get, page.StaticPrefix, anyone, noForm, s.ServeStatic},
		{get, "/{$}", viewer, noForm, s.home},
		{get, "/sign-in", anyone, noForm, s.signInPage},
		{post, "/sign-in", anyone, smallForm + smallForm, s.signIn},
		{post, "/sign-out", anyone, smallForm, s.signOut},
		{get, "/accessibility", anyone, noForm, s.accessibility},

		{get, "/national", viewer, noForm, s.nationalNow},
		{get, "/national/{cycle}", viewer, noForm, s.national},
		{get, "/national/{cycle}/figures.csv", viewer, noForm, s.nationalCSV},
		{get, "/national/{cycle}/figures.xlsx", viewer, noForm, s.nationalXLSX},
		{get, "/national/{cycle}/report.html", viewer, noForm, s.nationalReport},
		{get, "/national/{cycle}/published", viewer, noForm, s.published},
		{get, "/national/{cycle}/certification", lead, noForm, s.certification},
		{post, "/national/{cycle}/certification/sign-off", lead, smallForm, s.signOff},
		{post, "/national/{cycle}/certification/co-sign", lead, smallForm, s.coSign},
		{post, "/national/{cycle}/certification/settle", lead, smallForm, s.settle},
		{post, "/national/{cycle}/certification/revise", lead, smallForm, s.revise},
		{get, "/campaigns", viewer, noForm, s.campaigns},
		{post, "/campaigns", lead, smallForm, s.openCampaign},
		{get, "/campaigns/{cycle}", viewer, noForm, s.campaignPage},
		{post, "/campaigns/{cycle}/endorse", lead, smallForm, s.endorse},
		{post, "/campaigns/{cycle}/change", lead, smallForm, s.changeCampaign},
		{get, "/campaigns/{cycle}/companies", viewer, noForm, s.eligible},
		{get, "/campaigns/{cycle}/companies/take-over", lead, noForm, s.rollPage},
		{post, "/campaigns/{cycle}/companies/take-over", lead, smallForm, s.roll},
		{get, "/campaigns/{cycle}/companies/add", lead, noForm, s.addEligiblePage},
		{post, "/campaigns/{cycle}/companies/add", lead, uploadForm, s.addEligible},
		{get, "/region", viewer, noForm, s.regionPage},

		{get, "/companies", viewer, noForm, s.findCompany},
		{get, "/companies/results", viewer, noForm, s.findResults},
		{get, "/companies/add", adviser, noForm, s.addCompanyPage},
		{post, "/companies/add", adviser, smallForm, s.addCompany},
		{get, "/companies/{id}", viewer, noForm, s.companyPage},
		{post, "/companies/{id}/claim", adviser, smallForm, s.claim},
		{get, "/companies/{id}/receipt", viewer, noForm, s.receipt},
		{get, "/companies/{id}/receipt.txt", viewer, noForm, s.receiptFile},
		{get, "/companies/{id}/receipt.json", viewer, noForm, s.receiptProof},
		{post, "/companies/{id}/step", adviser, smallForm, s.step},
		{post, "/companies/{id}/lift", lead, smallForm, s.lift},
		{get, "/companies/{id}/free", lead, noForm, s.freePage},
		{post, "/companies/{id}/free", lead, smallForm, s.free},
		{get, "/companies/{id}/answers", adviser, noForm, s.answersPage},
		{post, "/companies/{id}/answers", adviser, smallForm, s.recordAnswers},
		{get, "/companies/{id}/form.xlsx", adviser, noForm, s.companyForm},
		{post, "/companies/{id}/take-over", adviser, smallForm, s.takeOver},
		{post, "/companies/{id}/link", adviser, smallForm, s.makeLink},
		{post, "/companies/{id}/link/end", adviser, smallForm, s.endLink},

		{get, "/claims", viewer, noForm, s.claimsPage},
		{get, "/claims/idle", viewer, noForm, s.idlePage},
		{get, "/claims/list", adviser, noForm, s.claimListPage},
		{post, "/claims/list", adviser, uploadForm, s.claimList},
		{get, "/links", adviser, noForm, s.linksPage},
		{post, "/links/remind", lead, smallForm, s.remind},
		{get, "/returned", adviser, noForm, s.returnedPage},
		{get, "/returned/template.xlsx", adviser, noForm, s.returnedTemplate},
		{post, "/returned", adviser, uploadForm, s.returned},
		{get, "/returned/{id}", adviser, noForm, s.returnedResult},
		{post, "/returned/{id}", adviser, smallForm, s.returnedCommit},
		{get, "/returned/{id}/refused.csv", adviser, noForm, s.returnedRejects},
		{get, "/returned/{id}/refused.xlsx", adviser, noForm, s.returnedRejectsBook},
	}
}
