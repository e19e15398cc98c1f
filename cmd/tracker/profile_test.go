package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ahsn-network/tracker/config"
)

func TestProfile(t *testing.T) {
	dir := t.TempDir()
	demo := demoFile{Cycle: "2022-23", CA: filepath.Join(dir, "demo", "ca.pem")}
	for i, region := range []string{"otv", "sw"} {
		nodeDir := filepath.Join(dir, "demo", region)
		writeFile(t, "region: "+region+"\n", nodeDir, config.FileName)
		demo.Nodes = append(demo.Nodes, demoNode{Region: region, URL: fmt.Sprintf("https://127.0.0.1:%d", 9000+i), Token: "token-" + region, Dir: nodeDir, Operator: "http://127.0.0.1:1"})
	}
	text, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, string(text), dir, "demo", "demo.json")
	node := filepath.Join(dir, "node")
	writeFile(t, "region: otv\nlisten: \":8500\"\n", node, config.FileName)
	writeFile(t, "secret\n", node, "admin.token")
	ca := writeFile(t, "", node, "ca.pem")

	for name, tc := range map[string]struct {
		cli  cli
		want profile
		code int
	}{
		"a demo is its first node":     {cli: cli{dirFlag: filepath.Join(dir, "demo")}, want: profile{url: "https://127.0.0.1:9000", token: "token-otv", ca: demo.CA}},
		"a node of a demo":             {cli: cli{dirFlag: filepath.Join(dir, "demo", "sw")}, want: profile{url: "https://127.0.0.1:9001", token: "token-sw", ca: demo.CA}},
		"a node's directory":           {cli: cli{env: []string{"TRACKER_DIR=" + node}}, want: profile{url: "https://127.0.0.1:8500", token: "secret", ca: ca}},
		"variables":                    {cli: cli{env: []string{"TRACKER_NODE_URL=https://n:1", "TRACKER_TOKEN=t", "TRACKER_CA=c"}}, want: profile{url: "https://n:1", token: "t", ca: "c"}},
		"a variable beside the dir":    {cli: cli{env: []string{"TRACKER_DIR=" + node, "TRACKER_TOKEN=t"}}, want: profile{url: "https://127.0.0.1:8500", token: "t", ca: ca}},
		"--dir wins over variables":    {cli: cli{dirFlag: node, env: []string{"TRACKER_NODE_URL=https://n:1", "TRACKER_TOKEN=t"}}, want: profile{url: "https://127.0.0.1:8500", token: "secret", ca: ca}},
		"flags win over all":           {cli: cli{dirFlag: node, node: "https://m:2", token: "u", ca: "d"}, want: profile{url: "https://m:2", token: "u", ca: "d"}},
		"nothing is guessed":           {code: exitUsage},
		"an address without a token":   {cli: cli{node: "https://n:1"}, code: exitUsage},
		"a token in the clear":         {cli: cli{node: "http://n:1", token: "t"}, code: exitUsage},
		"an address with a path":       {cli: cli{node: "https://n:1/api/v1", token: "t"}, code: exitUsage},
		"a directory with nothing":     {cli: cli{dirFlag: t.TempDir()}, code: exitFailed},
		"loopback may do without TLS":  {cli: cli{node: "http://[::1]:1", token: "t"}, want: profile{url: "http://[::1]:1", token: "t"}},
		"a demo file that is not JSON": {cli: cli{dirFlag: filepath.Dir(writeFile(t, "{", t.TempDir(), "demo.json"))}, code: exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.cli.profile()
			if exitCode(err) != tc.code {
				t.Fatalf("exit %d: %v", exitCode(err), err)
			}
			got.operator, got.dir = "", ""
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
