package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/survey"
)

// recordPaths serves notes from memory: one is known, note-1.
func (f *fakeNode) recordPaths(mux *http.ServeMux, p string) {
	fields := map[string]any{"id": "note-1", "kind": "notes", "version": 1, "organisation": "GB-COH:99000001", "note": "Ask in June"}
	show := func(w http.ResponseWriter, status int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(fields)
	}
	take := func(w http.ResponseWriter, r *http.Request) bool {
		given := map[string]any{}
		if err := json.NewDecoder(r.Body).Decode(&given); err != nil || given["organisation"] == "" || given["organisation"] == nil {
			refuse(w, http.StatusUnprocessableEntity, api.Problem{Code: "invalid", Detail: "Something in the request is wrong. Nothing was recorded.",
				Errors: []api.FieldError{{Field: "body.organisation", Code: survey.ProblemMissing, Message: "it is needed"}}})
			return false
		}
		for name, value := range given {
			fields[name] = value
		}
		return true
	}
	mux.HandleFunc("POST "+p+"/notes", func(w http.ResponseWriter, r *http.Request) {
		if take(w, r) {
			show(w, http.StatusCreated)
		}
	})
	mux.HandleFunc("GET "+p+"/notes/note-1", func(w http.ResponseWriter, _ *http.Request) { show(w, http.StatusOK) })
	mux.HandleFunc("PUT "+p+"/notes/note-1", func(w http.ResponseWriter, r *http.Request) {
		if take(w, r) {
			fields["version"] = 2
			show(w, http.StatusOK)
		}
	})
	mux.HandleFunc("DELETE "+p+"/notes/note-1", func(w http.ResponseWriter, _ *http.Request) {
		fields["deleted"] = true
		show(w, http.StatusOK)
	})
	mux.HandleFunc("GET "+p+"/notes", func(w http.ResponseWriter, _ *http.Request) {
		text, _ := json.Marshal(fields)
		f.canned(w, fmt.Sprintf(`{"items":[%s],"next":""}`, text))
	})
	mux.HandleFunc("GET "+p+"/notes/note-1/history", func(w http.ResponseWriter, _ *http.Request) {
		text, _ := json.Marshal(fields)
		f.canned(w, fmt.Sprintf(`{"items":[%s],"next":""}`, text))
	})
	mux.HandleFunc("POST "+p+"/assignments:reassign", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, `{"moved":3}`) })
	mux.HandleFunc("GET "+p+"/search", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("q") != "ask june" {
			f.canned(w, `{"items":[],"more":false}`)
			return
		}
		text, _ := json.Marshal(fields)
		f.canned(w, fmt.Sprintf(`{"items":[{"record":%s,"matched":["note"]}],"more":true}`, text))
	})
	mux.HandleFunc("GET "+p+"/totals/areas", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"cycle":"2022-23","rows":[{"area":"QU9","label":"Thames Valley","organisations":3,"answers":2,"figures":[{"metric":"jobs_created","value":250,"contributors":2}]}]}`)
	})
	f.listPaths(mux, p)
}

// listPaths plans any list as one row that is good and one that is refused.
func (f *fakeNode) listPaths(mux *http.ServeMux, p string) {
	const id = "3f5c1b1e-0000-8000-8000-000000000001"
	result := func(state string) string {
		return `{"id":"` + id + `","kind":"contacts","file":"list.csv","state":"` + state + `","rows":2,"added":1,"refused":1,"undo_until":"2023-06-02T09:00:00Z",
"columns":[{"column":"Firm","field":"organisation"},{"column":"Shoes"}],"problems":[{"row":3,"column":"Firm","severity":"refused","text":"not registered"}],
"changes":[{"row":2,"what":"updated","id":"x","field":"email","before":"a","after":"b"}]}`
	}
	mux.HandleFunc("POST "+p+"/imports", func(w http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("file")
		if err != nil || r.URL.Query().Get("dry_run") != "true" || r.URL.Query().Get("kind") != "contacts" && r.URL.Query().Get("cycle") == "" {
			refuse(w, http.StatusBadRequest, api.Problem{Code: "bad-request", Detail: "The form has no part file."})
			return
		}
		defer file.Close()
		f.canned(w, result("planned"))
	})
	mux.HandleFunc("POST "+p+"/imports/"+id+"/commit", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, result("committed")) })
	mux.HandleFunc("POST "+p+"/imports/"+id+"/undo", func(w http.ResponseWriter, _ *http.Request) { f.canned(w, result("undone")) })
	mux.HandleFunc("GET "+p+"/imports", func(w http.ResponseWriter, _ *http.Request) {
		f.canned(w, `{"items":[`+result("committed")+`],"next":""}`)
	})
	mux.HandleFunc("GET "+p+"/imports/"+id+"/rejects.csv", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "Why it was refused,Firm") })
	mux.HandleFunc("GET "+p+"/exports/{file}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.PathValue("file"), r.URL.RawQuery)
	})
}
