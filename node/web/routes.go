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
// it, and how large a form it takes. The site makes a page of the handler's error.
type route struct {
	method, path string
	role         store.Permission
	form         int64
	handle       func(http.ResponseWriter, *http.Request) error
}

// table is every page for people who work at an AHSN. New serves nothing that
// is not in it, but the companies' form.
func (s *Site) table() []route {
	return []route{
		{get, page.StaticPrefix, anyone, noForm, s.base.ServeStatic},
		{get, "/{$}", viewer, noForm, s.home.start},
		{get, "/sign-in", anyone, noForm, s.signIn.form},
		{post, "/sign-in", anyone, smallForm + smallForm, s.signIn.signIn},
		{post, "/sign-out", anyone, smallForm, s.signIn.signOut},
		{get, "/accessibility", anyone, noForm, s.home.accessibility},

		{get, "/national", viewer, noForm, s.nation.now},
		{get, "/national/{cycle}", viewer, noForm, s.nation.figures},
		{get, "/national/{cycle}/figures.csv", viewer, noForm, s.nation.csv},
		{get, "/national/{cycle}/figures.xlsx", viewer, noForm, s.nation.xlsx},
		{get, "/national/{cycle}/report.html", viewer, noForm, s.nation.report},
		{get, "/national/{cycle}/published", viewer, noForm, s.nation.published},
		{get, "/national/{cycle}/certification", lead, noForm, s.certification.show},
		{post, "/national/{cycle}/certification/sign-off", lead, smallForm, s.certification.signOff},
		{post, "/national/{cycle}/certification/co-sign", lead, smallForm, s.certification.coSign},
		{post, "/national/{cycle}/certification/settle", lead, smallForm, s.certification.settle},
		{post, "/national/{cycle}/certification/revise", lead, smallForm, s.certification.revise},
		{get, "/campaigns", viewer, noForm, s.campaigns.list},
		{post, "/campaigns", lead, smallForm, s.campaigns.open},
		{get, "/campaigns/{cycle}", viewer, noForm, s.campaigns.show},
		{post, "/campaigns/{cycle}/endorse", lead, smallForm, s.campaigns.endorse},
		{post, "/campaigns/{cycle}/change", lead, smallForm, s.campaigns.change},
		{get, "/campaigns/{cycle}/companies", viewer, noForm, s.eligible.list},
		{get, "/campaigns/{cycle}/companies/take-over", lead, noForm, s.eligible.rollForm},
		{post, "/campaigns/{cycle}/companies/take-over", lead, smallForm, s.eligible.roll},
		{get, "/campaigns/{cycle}/companies/add", lead, noForm, s.eligible.addForm},
		{post, "/campaigns/{cycle}/companies/add", lead, uploadForm, s.eligible.add},
		{get, "/region", viewer, noForm, s.region.show},

		{get, "/companies", viewer, noForm, s.companies.find},
		{get, "/companies/results", viewer, noForm, s.companies.findResults},
		{get, "/companies/add", adviser, noForm, s.companies.addForm},
		{post, "/companies/add", adviser, smallForm, s.companies.add},
		{get, "/companies/{id}", viewer, noForm, s.companies.show},
		{post, "/companies/{id}/claim", adviser, smallForm, s.claims.claim},
		{get, "/companies/{id}/receipt", viewer, noForm, s.claims.receipt},
		{get, "/companies/{id}/receipt.txt", viewer, noForm, s.claims.receiptFile},
		{get, "/companies/{id}/receipt.json", viewer, noForm, s.claims.receiptProof},
		{post, "/companies/{id}/step", adviser, smallForm, s.claims.step},
		{post, "/companies/{id}/lift", lead, smallForm, s.companies.lift},
		{get, "/companies/{id}/free", lead, noForm, s.claims.freeForm},
		{post, "/companies/{id}/free", lead, smallForm, s.claims.free},
		{get, "/companies/{id}/answers", adviser, noForm, s.answers.form},
		{post, "/companies/{id}/answers", adviser, smallForm, s.answers.record},
		{get, "/companies/{id}/form.xlsx", adviser, noForm, s.answers.workbook},
		{post, "/companies/{id}/take-over", adviser, smallForm, s.companies.takeOver},
		{post, "/companies/{id}/link", adviser, smallForm, s.links.create},
		{post, "/companies/{id}/link/end", adviser, smallForm, s.links.end},

		{get, "/claims", viewer, noForm, s.claims.list},
		{get, "/claims/idle", viewer, noForm, s.claims.idle},
		{get, "/claims/list", adviser, noForm, s.claims.batchForm},
		{post, "/claims/list", adviser, uploadForm, s.claims.batch},
		{get, "/links", adviser, noForm, s.links.list},
		{post, "/links/remind", lead, smallForm, s.links.remind},
		{get, "/returned", adviser, noForm, s.returned.form},
		{get, "/returned/template.xlsx", adviser, noForm, s.returned.template},
		{post, "/returned", adviser, uploadForm, s.returned.plan},
		{get, "/returned/{id}", adviser, noForm, s.returned.result},
		{post, "/returned/{id}", adviser, smallForm, s.returned.commit},
		{get, "/returned/{id}/refused.csv", adviser, noForm, s.returned.refusedCSV},
		{get, "/returned/{id}/refused.xlsx", adviser, noForm, s.returned.refusedXLSX},
	}
}
