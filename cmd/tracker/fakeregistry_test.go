package main

import (
	"net/http"
	"os"
)

// registryPaths answer for the registry beyond claiming.
func (f *fakeNode) registryPaths(mux *http.ServeMux, p string) {
	mux.HandleFunc("GET "+p+"/campaigns/{cycle}/claims/{id}/receipt", func(w http.ResponseWriter, _ *http.Request) {
		text, err := os.ReadFile("testdata/receipt.json")
		if err != nil {
			f.t.Error(err)
		}
		_, _ = w.Write(text)
	})
	acme := `{"id":"GB-COH:99000001","name":"Acme Medical Limited","kind":"company","identifiers":["GB-COH:99000001"],"aliases":["AHSN:01J8Z"],"version":12}`
	campaign := `{"cycle":"2022-23","questionnaire":"nq-1","definitions":"md-1","policy":"open","state":"closed","version":30}`
	waiting := `{"cycle":"2022-23","questionnaire":"nq-1","definitions":"md-1","policy":"open","state":"open","version":30,"proposal":41,"lapses":"2023-06-15T10:00:00Z"}`
	mux.HandleFunc("PATCH "+p+"/campaigns/{cycle}", f.once(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(waiting))
	}))
	f.certificationPaths(mux, p)
	for _, verb := range []string{"close", "eligible/freeze", "eligible/roll"} {
		mux.HandleFunc("POST "+p+"/campaigns/{cycle}/"+verb, f.once(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(campaign)) }))
	}
	mux.HandleFunc("POST "+p+"/campaigns", f.once(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(campaign))
	}))
	mux.HandleFunc("POST "+p+"/campaigns/{cycle}/eligible", f.once(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"items":[{"status":"created","id":"GB-COH:99000001","number":7},{"status":"refused","number":8,"problem":{"code":"unknown-organisation","detail":"add the organisation first"}}]}`))
	}))
	mux.HandleFunc("GET "+p+"/campaigns/{cycle}/proposed", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"items":[{"organisation":"GB-COH:99000007","name":"Free Limited","also_supported_by":["sw"]},{"organisation":"GB-COH:99000008","name":"Taken Limited","holder":"wessex","state":"contacted"},{"organisation":"GB-COH:99000009","name":"Silent Limited","do_not_survey":true}],"next":""}`)
	})
	mux.HandleFunc("GET "+p+"/campaigns/{cycle}/eligible", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"items":[{"organisation":"GB-COH:99000001","cycle":"2022-23","source":"rolled","added":"2023-06-01T10:00:00Z","late":true,"last_holder":"wessex","last_state":"declined","last_reason":"do-not-survey","do_not_survey":true}],"next":""}`)
	})
	for _, verb := range []string{"merge", "split", "lift"} {
		mux.HandleFunc("POST "+p+"/organisations/{id}/"+verb, f.once(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(acme)) }))
	}
	mux.HandleFunc("GET "+p+"/organisations/{id}/history", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"items":[{"number":4,"at":"2023-06-01T10:00:00Z","organisation":"AHSN:01J8Z","action":"merged-into","region":"sw","actor":7,"reason":"renumbered","other":"GB-COH:99000001"}],"next":""}`)
	})
	mux.HandleFunc("GET "+p+"/organisations/duplicates", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"items":[{"first":{"id":"GB-COH:01132951","name":"TOG 24 LIMITED","reason":"same-name"},"second":{"id":"GB-COH:06325417","name":"TOG 24 LTD","reason":"same-name"},"reason":"same-name"}],"next":""}`)
	})
}
