package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ahsn-network/tracker/config"
)

func TestProfile(t *testing.T) {
	dir := t.TempDir()
	demo := DemoFile{Cycle: "2022-23", CA: filepath.Join(dir, "demo", "ca.pem")}
	for i, region := range []string{"otv", "sw"} {
		nodeDir := filepath.Join(dir, "demo", region)
		place(t, "region: "+region+"\n", nodeDir, config.FileName)
		demo.Nodes = append(demo.Nodes, DemoNode{Region: region, URL: fmt.Sprintf("https://127.0.0.1:%d", 9000+i), Token: "token-" + region, Dir: nodeDir, Operator: "http://127.0.0.1:1"})
	}
	text, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	place(t, string(text), dir, "demo", "demo.json")
	node := filepath.Join(dir, "node")
	place(t, "region: otv\nlisten: \":8500\"\n", node, config.FileName)
	place(t, "secret\n", node, "admin.token")
	ca := place(t, "", node, "ca.pem")

	for name, tc := range map[string]struct {
		cli  Invocation
		want Profile
		code int
	}{
		"a demo is its first node":     {cli: Invocation{DirFlag: filepath.Join(dir, "demo")}, want: Profile{URL: "https://127.0.0.1:9000", Token: "token-otv", ca: demo.CA}},
		"a node of a demo":             {cli: Invocation{DirFlag: filepath.Join(dir, "demo", "sw")}, want: Profile{URL: "https://127.0.0.1:9001", Token: "token-sw", ca: demo.CA}},
		"a node's directory":           {cli: Invocation{Env: []string{"TRACKER_DIR=" + node}}, want: Profile{URL: "https://127.0.0.1:8500", Token: "secret", ca: ca}},
		"variables":                    {cli: Invocation{Env: []string{"TRACKER_NODE_URL=https://n:1", "TRACKER_TOKEN=t", "TRACKER_CA=c"}}, want: Profile{URL: "https://n:1", Token: "t", ca: "c"}},
		"a variable beside the dir":    {cli: Invocation{Env: []string{"TRACKER_DIR=" + node, "TRACKER_TOKEN=t"}}, want: Profile{URL: "https://127.0.0.1:8500", Token: "t", ca: ca}},
		"--dir wins over variables":    {cli: Invocation{DirFlag: node, Env: []string{"TRACKER_NODE_URL=https://n:1", "TRACKER_TOKEN=t"}}, want: Profile{URL: "https://127.0.0.1:8500", Token: "secret", ca: ca}},
		"flags win over all":           {cli: Invocation{DirFlag: node, Node: "https://m:2", token: "u", ca: "d"}, want: Profile{URL: "https://m:2", Token: "u", ca: "d"}},
		"nothing is guessed":           {code: ExitUsage},
		"an address without a token":   {cli: Invocation{Node: "https://n:1"}, code: ExitUsage},
		"a token in the clear":         {cli: Invocation{Node: "http://n:1", token: "t"}, code: ExitUsage},
		"an address with a path":       {cli: Invocation{Node: "https://n:1/api/v1", token: "t"}, code: ExitUsage},
		"a directory with nothing":     {cli: Invocation{DirFlag: t.TempDir()}, code: exitFailed},
		"loopback may do without TLS":  {cli: Invocation{Node: "http://[::1]:1", token: "t"}, want: Profile{URL: "http://[::1]:1", Token: "t"}},
		"a demo file that is not JSON": {cli: Invocation{DirFlag: filepath.Dir(place(t, "{", t.TempDir(), "demo.json"))}, code: exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.cli.Profile()
			if ExitCode(err) != tc.code {
				t.Fatalf("exit %d: %v", ExitCode(err), err)
			}
			got.Operator, got.Dir = "", ""
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// place writes a file and what is above it.
func place(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
