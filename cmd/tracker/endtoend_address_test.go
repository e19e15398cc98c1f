package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestANodeThatJoinedUnderAWrongAddress: nobody can reach it, so it gets no copy
// of the registry. Once its settings are right it tells the others by itself.
func TestANodeThatJoinedUnderAWrongAddress(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	f.must(append([]string{"init", "--region", "otv", "--policy", "open"}, f.ports("otv")...)...)
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 1 })
	const wrong = "127.0.0.1:9" // the beginning of no other address
	ports := f.ports("sw")
	right := f.nodes["sw"].Node
	f.must(append([]string{"join", f.at("otv", "invite", "sw"), "--node-advertise", wrong}, ports...)...)
	f.serve("sw")
	f.await("otv", "sw in the roster, not reached", func(s survey.FederationStatus) bool { return row(s, "sw").Address == wrong })
	f.stop("sw")
	settings := filepath.Join(f.nodes["sw"].Dir, "tracker.yaml")
	text, err := os.ReadFile(settings)
	if err != nil || !strings.Contains(string(text), wrong) {
		t.Fatalf("the settings do not have the address: %v\n%s", err, text)
	}
	if err := os.WriteFile(settings, []byte(strings.ReplaceAll(string(text), wrong, right)), 0o600); err != nil {
		t.Fatal(err)
	}
	f.serve("sw")
	f.await("otv", "sw voting at its address", func(s survey.FederationStatus) bool {
		return row(s, "sw").Address == right && row(s, "sw").Stage == "votes" && s.Quorum.Reachable == 2
	})
}
