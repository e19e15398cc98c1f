//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestARestoredNodeEntersAgain loses a whole machine and puts its backup on
// another one: it enters under the next generation, with its records and
// without anybody's step at the others.
func TestARestoredNodeEntersAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	f := &independent{t: t, dir: t.TempDir(), nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	f.must(append([]string{"init", "--region", "otv", "--policy", "open", "--solo-steps"}, f.ports("otv")...)...)
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 1 })
	for _, region := range []string{"sw", "we"} {
		f.must(append([]string{"join", f.at("otv", "invite", region)}, f.ports(region)...)...)
		f.serve(region)
	}
	f.await("otv", "three voting", func(s survey.FederationStatus) bool { return s.Quorum.Voters == 3 && s.Quorum.Reachable == 3 })
	f.at("otv", "campaign", "open", "2022-23")
	f.at("we", "campaign", "open", "2022-23") // the second region's consent
	f.at("sw", "org", "add", "Some Company Ltd", "--identifier", "GB-COH:99000001")
	f.at("sw", "claim", "GB-COH:99000001", "--cycle", "2022-23")
	f.at("sw", "record", "add", "notes", "--set", "organisation=GB-COH:99000001", "--set", "note=met them")

	key := filepath.Join(f.dir, "organisation.key")
	f.at("sw", "backup", "key", key)
	said := f.at("sw", "backup", "--json")
	_, name, _ := strings.Cut(said, `"name": "`)
	name, _, _ = strings.Cut(name, `"`)
	sw := f.nodes["sw"].Dir
	saved := filepath.Join(f.dir, "elsewhere.tar.age")
	if err := os.Rename(filepath.Join(sw, "backups", name), saved); err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(filepath.Join(sw, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	f.stop("sw")
	if err := os.RemoveAll(sw); err != nil {
		t.Fatal(err)
	}

	f.must("restore", saved, "--key", key, "--dir", sw)
	if peers, err := federation.LoadPeers(sw); err != nil || !peers.Rejoin {
		t.Fatalf("%+v %v", peers, err)
	}
	if err := os.WriteFile(filepath.Join(sw, "admin.token"), token, 0o600); err != nil {
		t.Fatal(err)
	}
	f.serve("sw")
	f.await("sw", "itself voting again", func(s survey.FederationStatus) bool {
		return row(s, "sw").Stage == "votes" && s.Quorum.Reachable == 3
	})
	if peers, err := federation.LoadPeers(sw); err != nil || peers.Rejoin || peers.Generation != 2 {
		t.Errorf("%+v %v", peers, err)
	}
	if shown := f.at("sw", "record", "list", "notes", "--organisation", "GB-COH:99000001"); !strings.Contains(shown, "met them") {
		t.Errorf("the note is gone: %s", shown)
	}
	f.at("sw", "contact", "GB-COH:99000001", "--cycle", "2022-23")
	f.at("sw", "check")
}
