package main

import (
	"net/http"

	"github.com/ahsn-network/tracker/node/api"
)

// certificationPaths have 2021-22 with two regions settled and one missing.
func (f *fakeNode) certificationPaths(mux *http.ServeMux, p string) {
	const table = "9b2d0bcc4577adbb857e80ac52122b540c9b803e5bd850847ab6fd7db8062471"
	mux.HandleFunc("GET "+p+"/certification/{cycle}", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"cycle":"2021-22","state":"closed","late_here":0,"next":["This region has not signed off yet: tracker certify sign-off --cycle 2021-22"],"revisions":[
{"revision":0,"state":"certified","number":30,"opened_at":"2022-10-03T09:00:00Z","certified_at":"2022-11-01T09:00:00Z","regions":["gm","otv","sw"],"settled":[],"missing":[],"cosigned":[],"needed":2,"table":"`+table+`","responded":90,"here":{"table":"`+table+`","agrees":true,"answers":90,"difference":0}},
{"revision":1,"state":"collecting","reason":"late-answers","number":90,"opened_at":"2022-12-01T09:00:00Z","regions":["gm","otv","sw"],
"settled":[{"region":"gm","how":"signed","number":91,"at":"2022-12-02T09:00:00Z","summary":"ab"},{"region":"sw","how":"stands","reason":"region-unreachable","by":"gm","endorsed_by":"otv","number":95,"at":"2022-12-05T09:00:00Z","summary":"cd"}],
"missing":["otv"],"cosigned":[],"needed":2,"previous":"`+table+`","responded":93,"here":{"agrees":false,"answers":0,"difference":0,"problem":"no national table: not settled yet: otv"}}]}`)
	})
	mux.HandleFunc("POST "+p+"/certification/{cycle}/sign-off", f.once(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"outcome":"created","number":96,"revision":1,"state":"signed","hash":"` + table + `"}`))
	}))
	mux.HandleFunc("POST "+p+"/certification/{cycle}/cosign", f.once(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusConflict, api.Problem{Code: "no-table", Detail: "Sw co-signed another table. Nothing was recorded."})
	}))
	mux.HandleFunc("POST "+p+"/certification/{cycle}/absent", f.once(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"outcome":"proposed","number":97,"revision":1,"state":"collecting","proposal":97,"lapses":"2022-12-19T09:00:00Z"}`))
	}))
	mux.HandleFunc("GET "+p+"/certification/{cycle}/published", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, "{\"published\": \"tracker-published/1\"}\n")
	})
	mux.HandleFunc("GET "+p+"/reconciliation", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"metric":"investment_leveraged","unit":"pence","from":"2018-19","licences":[],"years":[
{"cycle":"2018-19","basis":"nothing is known","value":0,"cumulative":0},
{"cycle":"2019-20","since":"2018-19","basis":"published, not re-derivable","value":50000000000,"qualifier":"estimated","cumulative":50000000000},
{"cycle":"2021-22","basis":"certified","value":45500000000,"qualifier":"exact","cumulative":95500000000,
"published_total":{"metric":"investment_leveraged","from":"2018-19","to":"2021-22","value":130000000000,"qualifier":"at_least","text":"£1.3bn since 2018","source":"report","cumulative":true},
"difference":34500000000,"lines":[{"value":34500000000,"text":"in the published sum only"}]}]}`)
	})
	mux.HandleFunc("GET "+p+"/totals/own", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"live":{"cycle":"2022-23","definitions":"md-1","figures":[{"metric":"investment_leveraged","value":1200000,"unit":"pence","status":"reported","qualifier":"exact"}]},
"released":{"cycle":"2022-23","figures":[{"metric":"investment_leveraged","value":1000000,"unit":"pence","status":"reported","qualifier":"at_least","reason":"from 10 of 12 answers"}]},"answers_in":12,"answers_released":10,"final":false,"late":false}`)
	})
	innovation := `{"id":"INN:01J8ZZZZZZZZZZZZZZZZZZZZZZ","organisation":"GB-COH:99000001","stage":"early","registered_by":"otv","registered_at":"2023-06-01T10:00:00Z","version":5}`
	for _, path := range []string{"", "/{id}/stage", "/{id}/adopt", "/{id}/withdraw"} {
		mux.HandleFunc("POST "+p+"/national-innovations"+path, f.once(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(innovation)) }))
	}
	mux.HandleFunc("GET "+p+"/national-innovations", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, `{"items":[`+innovation+`],"next":""}`) })
	mux.HandleFunc("GET "+p+"/national-innovations/counts", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"innovations":7,"adopted":3,"adoptions":5,"by_stage":{"":7},"adopted_by_region":{"otv":2}}`)
	})
}
