package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// operatorHandler serves the operator's port: whether the process is alive, whether it is ready for
// reads or claims, its measurements, and its state. It belongs on a loopback address: it asks for
// no token.
func (n *Node) operatorHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", n.readyz)
	mux.HandleFunc("POST /check", n.check)
	mux.HandleFunc("POST /doctor", n.doctor)

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newCollector(n))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))

	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/status", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK,
			map[string]any{"node": n.NodeStatus(), "federation": n.federation.FederationStatus()})
	})
	return mux
}

// readyz answers for one kind of work: reads need only this node, claims need
// a leader that a majority of the voters follows.
func (n *Node) readyz(w http.ResponseWriter, r *http.Request) {
	var ready func() error
	switch r.URL.Query().Get("for") {
	case "", "read":
		ready = n.federation.ReadyForReads
	case "claim":
		ready = n.federation.ReadyForClaims
	default:
		http.Error(w, "ask for=read or for=claim", http.StatusBadRequest)
		return
	}

	if err := ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// check recomputes the figures that the records file maintains and verifies every checksum, while
// the node runs.
func (n *Node) check(w http.ResponseWriter, r *http.Request) {
	report, err := n.records.Check(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, report)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client is gone if this fails; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}
