//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/node"
)

// saysTimeout is how soon a program must say what it cannot do, on a machine that
// does other things too.
const saysTimeout = 30 * time.Second

func TestBadInputRecordsNothing(t *testing.T) {
	t.Parallel()
	dir, basePort := t.TempDir(), reservePorts(t, demo.PortsPerNode*3)
	d := startDemo(t, dir, "--nodes", "3", "--no-data", "--base-port", strconv.Itoa(basePort))
	ids := d.register(d.node(0), 0, 2)
	d.must(d.node(0), "claim", string(ids[0]), "--cycle", "2022-23")
	before := d.recorded()
	t.Run("requests", func(t *testing.T) { d.checkRequests(t, string(ids[0])) })
	t.Run("verbs", func(t *testing.T) { d.checkVerbs(t, string(ids[0])) })
	if after := d.recorded(); after != before {
		t.Errorf("bad input changed the registry from %s to %s", before, after)
	}
	t.Run("ports", func(t *testing.T) {
		fails(t, "port "+strconv.Itoa(basePort)+" is not free", "demo", "--dir", t.TempDir(), "--nodes", "3", "--base-port", strconv.Itoa(basePort))
		fails(t, "127.0.0.1:"+strconv.Itoa(basePort)+" of nenc is not free", "demo", "--dir", dir)
	})
	t.Run("directories", func(t *testing.T) { d.checkDirectory(t, d.node(2)) })
}

// recorded is what the registry holds, as one node sees it. (Its number moves
// with refusals too: they are remembered, so that a retry hears the same.)
func (d *federated) recorded() string {
	d.t.Helper()
	return d.must(d.node(0), "org", "list", "--json") + d.must(d.node(0), "claims", "--cycle", "2022-23", "--json") + d.must(d.node(0), "campaign", "list", "--json")
}

// checkRequests sends what no client of ours would.
func (d *federated) checkRequests(t *testing.T, claimed string) {
	const plainJSON = "application/json"
	answers := demoPath("responses/" + claimed)
	for name, tc := range map[string]struct {
		method, path, contentType, body string
		status                          int
		word                            string // in the problem's code, detail or fields
	}{
		"unknown region":         {"GET", demoPath("claims?region=hin"), plainJSON, "", 422, "region"},
		"unknown organisation":   {"POST", demoPath("claims"), plainJSON, `{"organisation": "GB-COH:98765432"}`, 404, "unknown-organisation"},
		"unknown cycle":          {"POST", "/campaigns/2031-32/claims", plainJSON, `{"organisation": "` + claimed + `"}`, 404, "unknown-campaign"},
		"cycle of two years":     {"GET", "/campaigns/2022-24", plainJSON, "", 422, "cycle"},
		"identifier without end": {"POST", demoPath("claims"), plainJSON, `{"organisation": "` + strings.Repeat("9", 300) + `"}`, 422, "organisation"},
		"identifier of no one":   {"GET", "/organisations/%E2%80%AEGB-COH:0720981%D9%A3", plainJSON, "", 422, "path"},
		"unknown scheme":         {"POST", demoPath("claims"), plainJSON, `{"organisation": "XX-YYY:1"}`, 422, "organisation"},
		"unknown field":          {"POST", demoPath("claims"), plainJSON, `{"organisation": "` + claimed + `", "colour": 1}`, 422, "colour"},
		"half a JSON":            {"POST", demoPath("claims"), plainJSON, `{"organisation": `, 400, "JSON"},
		"a list for an object":   {"POST", demoPath("claims"), plainJSON, `[1, 2]`, 422, "body"},
		"no JSON":                {"POST", demoPath("claims"), "text/plain", claimed, 415, ""},
		"a name twice":           {"PUT", answers, plainJSON, `{"answers": {"q10": 1, "q10": 2}}`, 400, "twice"},
		"a negative number":      {"PUT", answers, plainJSON, `{"answers": {"q08": -5}}`, 422, "q08"},
		"an absurd number":       {"PUT", answers, plainJSON, `{"answers": {"q08": 1e99}}`, 422, "q08"},
		"a number beyond floats": {"PUT", answers, plainJSON, `{"answers": {"q08": 1e309}}`, 400, ""},
		"more money than exists": {"PUT", answers, plainJSON, `{"answers": {"q08": "99999999999999999999"}}`, 422, "q08"},
		"thirds of a penny":      {"PUT", answers, plainJSON, `{"answers": {"q08": "1.333"}}`, 422, "q08"},
		"text for a number":      {"PUT", answers, plainJSON, `{"answers": {"q10": "many"}}`, 422, "q10"},
		"an unknown question":    {"PUT", answers, plainJSON, `{"answers": {"q99": 1}}`, 422, "q99"},
		"another's company":      {"PUT", demoPath("responses/GB-COH:98765432"), plainJSON, `{"answers": {"q01": "yes"}}`, 404, "GB-COH:98765432"},
		"a long text":            {"PUT", answers, plainJSON, `{"answers": {"q15": "` + strings.Repeat("x", 5000) + `"}}`, 422, "q15"},
		"a body without end":     {"PUT", answers, plainJSON, `{"answers": {"q15": "` + strings.Repeat("x", 9<<20) + `"}}`, 413, ""},
		"a limit without end":    {"GET", "/organisations?limit=100000", plainJSON, "", 422, "limit"},
		"a forged cursor":        {"GET", "/organisations?cursor=x", plainJSON, "", 400, "cursor"},
		"no such path":           {"GET", "/nothing", plainJSON, "", 404, ""},
		"no such method":         {"DELETE", demoPath("claims"), plainJSON, "", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, problem := d.ask(d.node(0), tc.method, tc.path, tc.contentType, tc.body)
			fields := problem.Code + " " + problem.Detail
			for _, f := range problem.Errors {
				fields += " " + f.Field + " " + f.Message
			}
			if status != tc.status || !strings.Contains(fields, tc.word) || problem.Detail == "" {
				t.Errorf("status %d, want %d; %q in %q", status, tc.status, tc.word, fields)
			}
		})
	}
	if status, _ := d.ask(d.node(0), http.MethodGet, answers, plainJSON, ""); status != http.StatusNotFound {
		t.Errorf("answers were recorded: status %d", status)
	}
	stranger := d.node(0)
	stranger.Token = "trk_wrong"
	if status, _ := d.ask(stranger, http.MethodGet, "/status", plainJSON, ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: status %d", status)
	}
}

// checkVerbs gives people's mistakes to the verbs.
func (d *federated) checkVerbs(t *testing.T, claimed string) {
	for _, tc := range []struct {
		code  int
		word  string
		input string
		args  []string
	}{
		{cli.ExitNotFound, "98765432", "", []string{"claim", "98765432", "--cycle", "2022-23"}},
		{cli.ExitNotFound, "98765432", "", []string{"org", "show", "98765432"}},
		{cli.ExitNotFound, "2031-32", "", []string{"claim", claimed, "--cycle", "2031-32"}},
		{cli.ExitNotFound, "2031-32", "", []string{"totals", "--cycle", "2031-32"}},
		{cli.ExitUsage, "unknown region", "", []string{"offer", claimed, "--cycle", "2022-23", "--to", "hin"}},
		{cli.ExitUsage, "2022-24", "", []string{"claim", claimed, "--cycle", "2022-24"}},
		{cli.ExitUsage, "company number", "", []string{"claim", "see notes", "--cycle", "2022-23"}},
		{cli.ExitUsage, "q08", `{"q08": -1}`, []string{"response", "record", claimed, "--cycle", "2022-23", "--file", "-"}},
		{cli.ExitUsage, "q03", `{"q03": 1e99}`, []string{"response", "record", claimed, "--cycle", "2022-23", "--file", "-"}},
		{cli.ExitUsage, "not a JSON object", "yes", []string{"response", "record", claimed, "--cycle", "2022-23", "--file", "-"}},
	} {
		said := d.tracker(d.node(0), tc.input, tc.args...)
		if said.code != tc.code || !strings.Contains(said.err, tc.word) || said.out != "" {
			t.Errorf("%v: exit %d, want %d with %q: %s%s", tc.args, said.code, tc.code, tc.word, said.out, said.err)
		}
	}
}

// fails runs a verb that cannot start: it must say why, soon, and end.
func fails(t *testing.T, word string, args ...string) {
	t.Helper()
	begun := time.Now()
	s := spawn(t, args...)
	code, ended := s.wait(saysTimeout)
	if !ended || code == cli.ExitDone || !strings.Contains(s.said(), word) {
		t.Errorf("%v after %v: ended %v with exit %d, want %q in: %s", args, time.Since(begun), ended, code, word, s.said())
	}
}

// checkDirectory gives a node's directory the faults that a person can make.
func (d *federated) checkDirectory(t *testing.T, n cli.DemoNode) {
	fails(t, "records.db: in use by another process", "serve", "--dir", n.Dir)
	d.end(n.PID, syscall.SIGTERM)

	key, settings := filepath.Join(n.Dir, node.KeyFile), filepath.Join(n.Dir, config.FileName)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, "chmod 600 "+key, "serve", "--dir", n.Dir)
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings, append(good, "lissen: \":1\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, settings+": unknown key lissen: did you mean listen?", "serve", "--dir", n.Dir)
	if err := os.WriteFile(settings, good, 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, "is not a node's directory", "serve", "--dir", t.TempDir())
	d.serve(n, true)
}
